import type { RunConfig } from '../config/schema.js';
import type { Plan } from '../plan/plan.js';
import { plural } from '../plural.js';
import { describeLoad } from './describe.js';
import { formatMs } from './format.js';

function engineOf({ engine }: RunConfig): string {
  return engine === 'auto' ? 'the native engine if it can be built' : `the ${engine} engine`;
}

/**
 * How long a run is going to be, in a clause: under load, and in all; `expectedMs` is null where nobody knows
 * how many rounds there will be.
 */
export function describeTime(plan: Plan, config: RunConfig, expectedMs: number | null): string {
  if (plan.automatic || expectedMs === null) {
    return (
      `rounds of ${formatMs(plan.roundMs)} under load until ±${Number((config.precision * 100).toPrecision(3))} %, ` +
      `or ${formatMs(config.timeBudgetMs)} are over`
    );
  }
  const loadMs = plan.roundMs * plan.maxRounds;
  return `${plural(plan.maxRounds, 'round')}, ${formatMs(loadMs)} under load, about ${formatMs(roundedMs(expectedMs))} with starts, filling and checks`;
}

/** As exact as it can be known: two digits of seconds, tens of seconds from two minutes on. */
function roundedMs(ms: number): number {
  const stepMs = ms < 120_000 ? 1000 : 10_000;
  return Math.max(1, Math.ceil(ms / stepMs)) * stepMs;
}

/** How many targets, and how many of them are up at the same time if not all. */
export function describeTargets(plan: Plan): string {
  const targets = plural(plan.targets.length, 'target');
  if (plan.blockSize >= plan.targets.length) return targets;
  const sizes = new Set(plan.round(1).blocks.map((block) => block.length));
  return `${targets} in blocks of ${[...sizes].join(' and ')}, drawn anew each round`;
}

/** What `--dry-run` prints: every round with its order, and how long it all takes. */
export function reportPlan(plan: Plan, config: RunConfig, expectedMs: number | null): string {
  const perTrial = `${formatMs(config.durationMs)} measured and ${formatMs(config.warmupMs)} of warm-up a trial`;
  const shown = plan.automatic ? 1 : plan.maxRounds;
  const lines = [
    ...(plan.blockSize < plan.targets.length ? [describeTargets(plan)] : []),
    `${describeTime(plan, config, expectedMs)} (${perTrial})`,
    `${describeLoad(config)}, ${engineOf(config)}, seed ${config.seed}`,
    ...Array.from({ length: shown }, (_, index) => plan.round(index + 1)).map((round) => {
      const kinds = round.stretches.map(({ measure, operation }) => `${measure} ${operation}`);
      const order = round.blocks.map((block) => block.join(', ')).join(' | ');
      return `round ${round.number}: start ${order}; ${kinds.join(', ')}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}
