import type { RunConfig } from '../config/schema.js';
import type { Plan } from '../plan/plan.js';
import { formatMs } from './format.js';
import { plural } from './text.js';

/** What `--dry-run` prints: every round with its order, and how long the load takes. */
export function reportPlan({ rounds, loadMs }: Plan, config: RunConfig): string {
  const trials = rounds.reduce((sum, round) => sum + round.trials.length, 0);
  const lines = [
    `${plural(rounds.length, 'round')}, ${plural(trials, 'trial')}, ${formatMs(loadMs)} under load ` +
      `(${formatMs(config.durationMs)} measured and ${formatMs(config.warmupMs)} of warm-up a trial)`,
    `${plural(config.connections, 'connection')}, ${plural(config.keys, 'key')}, ${config.distribution}, ` +
      `values of ${config.valueSizeBytes} bytes, seed ${config.seed}`,
    ...rounds.map(({ number, startOrder, trials: own }) => {
      const steps = own.map(({ target, operation }) => `${target} ${operation}`).join(', ');
      return `round ${number}: start ${startOrder.join(', ')}; ${steps}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}
