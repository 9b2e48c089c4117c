import { bracket } from './next.js';
import type { SweepCurve, SweepStep } from './schema.js';
import type { Rung } from './standing.js';
import { isConfirmed, standings } from './standing.js';

/** What decides the way on, of a step. */
export function rungOf({ purpose, level, outcome, trial }: SweepStep): Rung {
  return { purpose, level, outcome, requestsPerSecond: rateOf(trial) };
}

/** The highest level that keeps the objective, and what ended the climb; null if none does. */
export function kneeOf(rungs: readonly Rung[]): SweepCurve['knee'] {
  const known = standings(rungs);
  const { lo, hi } = bracket(known);
  if (!lo) return null;
  const broken = known.find(({ level, status }) => level > lo.level && status === 'broken');
  return {
    level: lo.level,
    brokenAt: broken?.level ?? null,
    confirmed: isConfirmed(lo),
    limitedBy: !hi ? 'ladder' : hi.status === 'generator-limited' ? 'generator' : 'server',
  };
}

/** The most that was answered in a second, and by what it was limited; null without a trial. */
export function capacityOf(
  trials: readonly Pick<SweepStep['trial'], 'requestsPerSecond' | 'limitedBy'>[],
): SweepCurve['capacity'] {
  const [most] = trials.toSorted((a, b) => rateOf(b) - rateOf(a));
  if (!most) return null;
  return { requestsPerSecond: rateOf(most), limitedBy: most.limitedBy };
}

/** Only what another tool has measured has none. */
function rateOf({ requestsPerSecond }: Pick<SweepStep['trial'], 'requestsPerSecond'>): number {
  return requestsPerSecond ?? 0;
}
