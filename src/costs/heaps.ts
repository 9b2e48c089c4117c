import type { RuntimeFacts } from '../observe/runtime.js';
import { fewestIntervals } from './beside.js';

/** How a trial beside the collector is taken. */
export interface TrialShape {
  durationMs: number;
  /** Of its intervals: a divisor of a tenth of a second. */
  intervalMs: number;
}

/** So many collections tell what one does; a trial that can't hold the least of them is not drawn out. */
const collections = { wanted: 8, least: fewestIntervals };
const trialMs = { shortest: 2500, longest: 20_000 };
export const tenthMs = 100;
const intervalsMs = [tenthMs, 50, 20, 10];
/** Of intervals from one collection to the next: so that, beside what marking may reach, some surely hold nothing. */
const intervalsBetween = 12;

/**
 * As long as it takes to see enough collections, of so many a second, and in intervals of which most hold
 * none where that can be had.
 */
export function trialShape(collectionsPerSecond: number): TrialShape {
  const msFor = (count: number) => (1000 * count) / collectionsPerSecond;
  const { shortest, longest } = trialMs;
  const wantedMs = msFor(collections.least) > longest ? 0 : msFor(collections.wanted);
  const durationMs = Math.min(longest, Math.max(shortest, wantedMs));
  return {
    // In whole tenths, which intervals are parts of.
    durationMs: Math.ceil(durationMs / tenthMs) * tenthMs,
    intervalMs:
      intervalsMs.find((ms) => ms <= msFor(1) / intervalsBetween) ?? (intervalsMs.at(-1) as number),
  };
}

/**
 * Collections a second at that rate, by what was allocated for each request and how far the heap may grow
 * from one to the next; 0 where no runtime tells.
 */
export function expectedCollections(
  { go, counted }: Pick<RuntimeFacts, 'go' | 'counted'>,
  ratePerSecond: number,
): number {
  if (!go || !counted) return 0;
  const requests = counted.gets + counted.posts;
  const roomBytes = go.heapGoalBytes - go.heapLiveBytes;
  if (requests === 0 || roomBytes <= 0) return 0;
  return ((go.allocatedBytes / requests) * ratePerSecond) / roomBytes;
}

/** What storing some keys took. */
export interface Stored {
  keys: number;
  grownBytes: number;
  ms: number;
}

/** Of the free memory; the load generator holds the keys as well, and a collector needs room. */
const memoryShare = 0.25;
/** So long may storing them take. */
export const storeMs = 30_000;

/** How many keys fit into so much free memory, and can be stored in time: no fewer than were stored already. */
export function keysThatFit({ keys, grownBytes, ms }: Stored, freeBytes: number): number {
  const byMemory = (freeBytes * memoryShare * keys) / Math.max(1, grownBytes);
  const byTime = (storeMs * keys) / ms;
  return Math.max(keys, Math.floor(Math.min(byMemory, byTime)));
}
