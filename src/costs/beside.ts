import type { LoadInterval } from '../load/protocol.js';
import { mergeIntervals } from '../load/timeline.js';
import { IntervalHistogram } from '../result/interval-histogram.js';
import type { TimeSeries } from '../result/schema.js';
import { resolves } from '../stats/resolution.js';
import { median } from '../stats/spread.js';
import type { Sample } from './part.js';

/** Whether an interval holds what requests may have suffered from; null: that can't be told of it. */
export type Held = boolean | null;

/** Fewer intervals than this that hold it, or that do not, tell nothing. */
export const fewestIntervals = 3;

/** A percentile of all requests answered in the intervals that hold it, by that of those in the others. */
export function besideOthers(
  intervals: readonly LoadInterval[],
  held: readonly Held[],
  { percent, what }: { percent: number; what: string },
): Sample {
  const having = intervals.filter((_, index) => held[index] === true);
  const others = intervals.filter((_, index) => held[index] === false);
  if (Math.min(having.length, others.length) < fewestIntervals) {
    const which = having.length < fewestIntervals ? 'few' : 'many';
    return {
      reason: `of ${intervals.length} intervals ${having.length} held ${what}, and ${others.length} surely did not: too ${which} to compare`,
    };
  }
  const [beside, apart] = [allOf(having), allOf(others)];
  const requests = Math.min(beside.total, apart.total);
  if (!resolves(percent, requests)) {
    return { reason: `${requests} requests are too few to tell P${percent}` };
  }
  return (beside.valueAt(percent) as number) / (apart.valueAt(percent) as number);
}

function allOf(intervals: readonly LoadInterval[]): IntervalHistogram {
  return IntervalHistogram.from(...intervals.map(({ latency }) => latency));
}

/** Which intervals, by their index, hold the end of a collection; empty where none are told. */
export function intervalsWithCollection({ gcPauses, intervalMs }: TimeSeries): Set<number> {
  return new Set((gcPauses ?? []).map(({ atMs }) => Math.floor(atMs / intervalMs)));
}

/**
 * Which intervals hold the end of a collection. Its beginning is not told: of those before it that its marking
 * may have reached it can't be told.
 */
export function holdCollection(series: TimeSeries, markingMs: number): Held[] {
  const ends = intervalsWithCollection(series);
  const { intervalMs, gcPauses } = series;
  const held: Held[] = series.p99Ns.map((_, index) => ends.has(index));
  for (const { atMs } of gcPauses ?? []) {
    const first = Math.max(0, Math.floor((atMs - markingMs) / intervalMs));
    for (let index = first; index < held.length && index * intervalMs < atMs; index++) {
      if (held[index] === false) held[index] = null;
    }
  }
  return held;
}

/**
 * About how long Go's collector marks, in ms: it has the CPUs that requests leave, and at least a quarter of
 * them (`gcBackgroundUtilization` in runtime/mgcpacer.go). 0 without any collection.
 */
export function markingMs(cycles: number, use: CollectorUse): number {
  if (cycles === 0) return 0;
  const { collectorNs, serverNs, windowMs, cpus } = use;
  const requestsShare = (serverNs - collectorNs) / 1e6 / (windowMs * cpus);
  return collectorNs / 1e6 / cycles / (cpus * Math.min(1, Math.max(0.25, 1 - requestsShare)));
}

interface CollectorUse {
  /** CPU time of the collector, and of the whole server. */
  collectorNs: number;
  serverNs: number;
  windowMs: number;
  cpus: number;
}

/** Which intervals hold more of something than the middle one; of those without a count it can't be told. */
export function holdMore(counts: readonly (number | null)[]): Held[] {
  const known = counts.filter((count) => count !== null);
  if (known.length === 0) return counts.map(() => null);
  const middle = median(known);
  return counts.map((count) => (count === null ? null : count > middle));
}

/** Every so many intervals as one; those left over at the end are left out. */
export function joined(intervals: readonly LoadInterval[], each: number): LoadInterval[] {
  return Array.from({ length: Math.floor(intervals.length / each) }, (_, index) =>
    mergeIntervals(intervals.slice(index * each, (index + 1) * each)),
  );
}
