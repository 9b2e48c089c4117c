import type { TimeSeries, Trial } from '../result/schema.js';
import { median } from '../stats/spread.js';
import type { Sample } from './part.js';

/** Fewer intervals than this with a collection, or without, tell nothing. */
const fewest = 3;

/** Which intervals, by their index, hold the end of a collection; empty where none are told. */
export function intervalsWithCollection({ gcPauses, intervalMs }: TimeSeries): Set<number> {
  return new Set((gcPauses ?? []).map(({ atMs }) => Math.floor(atMs / intervalMs)));
}

/** The median of a figure over intervals with the end of a collection, by that over those without. */
export function besideOthers({ series }: Pick<Trial, 'series'>, figure: 'p99Ns' | 'maxNs'): Sample {
  if (!series?.gcPauses) return { reason: 'it was not told when collections ended' };
  const ended = intervalsWithCollection(series);
  const values = (isBeside: boolean) =>
    series[figure].filter(
      (value, index): value is number => value !== null && ended.has(index) === isBeside,
    );
  const [beside, others] = [values(true), values(false)];
  if (beside.length < fewest || others.length < fewest) {
    return {
      reason: `of ${beside.length + others.length} tenths of a second ${beside.length} held a collection: too ${beside.length < fewest ? 'few' : 'many'} to compare`,
    };
  }
  return median(beside) / median(others);
}
