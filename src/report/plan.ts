import type { RunConfig } from '../config/schema.js';
import type { Plan } from '../plan/plan.js';
import { plural } from '../plural.js';
import { formatMs } from './format.js';
import { describeLoad } from './text.js';

function engineOf({ engine }: RunConfig): string {
  return engine === 'auto' ? 'the native engine if it can be built' : `the ${engine} engine`;
}

/** How long a run is going to be under load, in a clause. */
export function describeTime(plan: Plan, config: RunConfig): string {
  return plan.automatic
    ? `rounds of ${formatMs(plan.roundMs)} under load until ±${Number((config.precision * 100).toPrecision(3))} %, ` +
        `or ${formatMs(config.timeBudgetMs)} are over`
    : `${plural(plan.maxRounds, 'round')}, ${formatMs(plan.roundMs * plan.maxRounds)} under load`;
}

/** What `--dry-run` prints: every round with its order, and how long the load takes. */
export function reportPlan(plan: Plan, config: RunConfig): string {
  const perTrial = `${formatMs(config.durationMs)} measured and ${formatMs(config.warmupMs)} of warm-up a trial`;
  const shown = plan.automatic ? 1 : plan.maxRounds;
  const lines = [
    `${describeTime(plan, config)} (${perTrial})`,
    `${describeLoad(config)}, ${engineOf(config)}, seed ${config.seed}`,
    ...Array.from({ length: shown }, (_, index) => plan.round(index + 1)).map((round) => {
      const kinds = round.stretches.map(({ measure, operation }) => `${measure} ${operation}`);
      return `round ${round.number}: start ${round.startOrder.join(', ')}; ${kinds.join(', ')}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}
