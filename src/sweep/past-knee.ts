import { IntervalHistogram } from '../interval-histogram.js';
import type { LoadInterval, Timeline } from '../load/protocol.js';
import { percentiles } from '../result/percentile-table.js';
import type { Slo, SweepCurve } from './schema.js';

/** So long the objective must be kept again: in a shorter time few answers decide. */
const windowMs = 300;

/**
 * What an overload did, and how long its traces lasted. Goodput is what came in time within the
 * overload. Recovery ends where intervals of that time keep the objective and all that follows
 * it, taken together, does so too: a single hiccup later on is not the overload's.
 */
export function pastKnee(
  { intervals, intervalMs }: Timeline,
  { ratePerSecond, overloadMs, slo }: { ratePerSecond: number; overloadMs: number; slo: Slo },
): NonNullable<SweepCurve['overload']> {
  const during = Math.round(overloadMs / intervalMs);
  const overload = intervals.slice(0, during);
  const after = intervals.slice(during);
  const answered = overload.reduce((sum, interval) => sum + interval.answered, 0);
  const inTime = histogramOf(overload).countAtMost(slo.limitNs);
  const perSecond = (count: number) => (count / overloadMs) * 1000;
  const length = Math.ceil(windowMs / intervalMs);
  const recovered = after.findIndex(
    (_, index) =>
      index + length <= after.length &&
      keeps(after.slice(index, index + length), slo) &&
      keeps(after.slice(index), slo),
  );
  return {
    ratePerSecond,
    goodputPerSecond: perSecond(Math.min(answered, inTime)),
    answeredPerSecond: perSecond(answered),
    recoveryMs: recovered < 0 ? null : recovered * intervalMs,
  };
}

function keeps(intervals: readonly LoadInterval[], { metric, limitNs }: Slo): boolean {
  if (intervals.some(({ errors }) => errors > 0)) return false;
  const ns = histogramOf(intervals).valueAt(percentiles[metric].percent);
  return ns !== null && ns < limitNs;
}

function histogramOf(intervals: readonly LoadInterval[]): IntervalHistogram {
  return IntervalHistogram.from(...intervals.map(({ latency }) => latency));
}
