import { median } from '../median.js';
import type { Spread } from '../result/schema.js';

/** Median, smallest and largest of a list, or null if it is empty. */
export function spread(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** Half the range by the median, as a fraction: the `± x %` beside a figure. */
export function relativeHalfRange({ median: middle, min, max }: Spread): number {
  return middle === 0 ? 0 : (max - min) / 2 / middle;
}
