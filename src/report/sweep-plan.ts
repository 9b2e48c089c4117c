import type { RunConfig } from '../config/schema.js';
import { ladderLevels } from '../sweep/ladder.js';
import type { SweepPolicy } from '../sweep/schema.js';
import { formatCount, formatMs, oneLine, wrap } from './format.js';
import { describeSweptLoad } from './sweep-figures.js';

/** What `sweep --dry-run` prints. */
export function reportSweepPlan(config: RunConfig, policy: SweepPolicy): string {
  const { by, ladder, slo, overload } = policy;
  const unit = by === 'rate' ? 'requests/s' : 'connections';
  const levels =
    ladder.kind === 'auto' && by === 'rate'
      ? 'from an eighth of what a short closed loop answers, each 1.4 times the last'
      : ladderLevels(policy, 1).map(formatCount).join(', ');
  const lines = [
    `${config.targets.join(', ')}: ${describeSweptLoad({ config, policy })}`,
    `${unit}: ${levels}; until ${slo.expression} is broken`,
    policy.search ? 'then the knee is searched between two steps, and measured twice' : 'no search',
    ...(overload
      ? [
          `then ${formatMs(overload.overloadMs)} at ${overload.factor} times the knee, and ${formatMs(overload.recoveryMs)} at half of it`,
        ]
      : []),
    `1 step takes ${formatMs(config.durationMs)} after ${formatMs(config.warmupMs)} of warm-up; seed ${config.seed}`,
  ];
  return `${lines.map((line) => wrap(oneLine(line))).join('\n')}\n`;
}
