import { IntervalHistogram } from '../interval-histogram.js';
import type { LoadInterval } from '../load/protocol.js';
import { mergeIntervals } from '../load/timeline.js';
import { median } from '../median.js';
import type { TimeSeries } from '../result/schema.js';
import { resolves } from '../stats/resolution.js';
import type { Sample } from './part.js';

/** Whether an interval holds what requests may have suffered from; null: that can't be told of it. */
export type Held = boolean | null;

/** Fewer intervals than this that hold it, or that do not, tell nothing. */
export const fewestIntervals = 3;

interface About {
  percent: number;
  what: string;
}

/**
 * The median, over the intervals that hold it, of a percentile of each, by that over the others. A CPU that the
 * host takes away makes a few of either kind as slow as that, which moves no median.
 */
export function besideOthers(
  intervals: readonly LoadInterval[],
  held: readonly Held[],
  { percent, what }: About,
): Sample {
  const middle = (side: readonly LoadInterval[]) =>
    median(side.map(({ latency }) => IntervalHistogram.from(latency).valueAt(percent) as number));
  return compare(intervals, held, what, (having, others) => middle(having) / middle(others));
}

/** A percentile of all requests answered in the intervals that hold it, by that in the others: where one interval has too few. */
export function allBesideOthers(
  intervals: readonly LoadInterval[],
  held: readonly Held[],
  { percent, what }: About,
): Sample {
  return compare(intervals, held, what, (having, others) => {
    const [beside, apart] = [allOf(having), allOf(others)];
    const requests = Math.min(beside.total, apart.total);
    if (!resolves(percent, requests)) {
      return { reason: `${requests} requests are too few to tell P${percent}` };
    }
    return (beside.valueAt(percent) as number) / (apart.valueAt(percent) as number);
  });
}

/** Of the intervals in which anything was answered those that hold it beside those that surely do not, if there are enough. */
function compare(
  intervals: readonly LoadInterval[],
  held: readonly Held[],
  what: string,
  ratio: (having: readonly LoadInterval[], others: readonly LoadInterval[]) => Sample,
): Sample {
  const ofKind = (kind: boolean) =>
    intervals.filter(({ answered }, index) => held[index] === kind && answered > 0);
  const [having, others] = [ofKind(true), ofKind(false)];
  if (Math.min(having.length, others.length) >= fewestIntervals) return ratio(having, others);
  const which = having.length < fewestIntervals ? 'few' : 'many';
  return {
    reason: `of ${intervals.length} intervals ${having.length} held ${what}, and ${others.length} surely did not: too ${which} to compare`,
  };
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

/** Of the CPUs, what Go's collector has while it marks: `gcBackgroundUtilization` in runtime/mgcpacer.go. */
const leastShare = 0.25;

/** As long as a cycle of Go's collector marks at the most, in ms, by the CPU time of them all; 0 without any. */
export function longestMarkingMs(cycles: number, collectorNs: number, cpus: number): number {
  return cycles === 0 ? 0 : collectorNs / 1e6 / cycles / (cpus * leastShare);
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
