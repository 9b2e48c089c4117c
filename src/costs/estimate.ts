import { median } from '../median.js';
import { estimateShift, walshAverages } from '../stats/signed-rank.js';

/** Of every interval of `kvbench costs`, two-sided. */
export const confidence = 0.99;

/** From so many values on ranks alone give an interval of that confidence: 2 / 2⁸ < 1 %. */
const fewestForRanks = 8;

/** A figure over rounds, or a ratio of two. */
export interface Estimate {
  value: number;
  /** Null: one value has no interval. */
  low: number | null;
  high: number | null;
}

/**
 * The middle of values and its 99 % interval. Of eight or more: the estimate of Hodges and Lehmann and its
 * exact interval (see `estimateShift`), which suppose a symmetric distribution and no more. Of fewer no
 * interval of ranks is so sure: then the median, and Student's t for the mean, which supposes a normal
 * one. Both on the logarithmic scale where all values are positive.
 */
export function estimate(values: readonly number[]): Estimate {
  const isPositive = values.every((value) => value > 0);
  const scaled = isPositive ? values.map(Math.log) : values;
  const back = isPositive ? Math.exp : (x: number) => x;
  if (values.length >= fewestForRanks) {
    const shift = estimateShift(walshAverages(scaled), (1 - confidence) / 2);
    const [low, high] = [shift.low, shift.high].map((end) => (end === null ? null : back(end)));
    return { value: back(shift.estimate), low: low ?? null, high: high ?? null };
  }
  const value = median(values);
  if (values.length < 2) return { value, low: null, high: null };
  const half = halfWidth(scaled);
  const middle = mean(scaled);
  return {
    value,
    // Skewed values can have a median outside of the interval of their mean.
    low: Math.min(value, back(middle - half)),
    high: Math.max(value, back(middle + half)),
  };
}

/** The ratio of two targets within rounds: both lists by round, null where there is no value. */
export function ratioWithin(
  values: readonly (number | null)[],
  reference: readonly (number | null)[],
): Estimate | null {
  const ratios = values.flatMap((value, index) => {
    const other = reference[index] ?? null;
    return value !== null && other !== null && value > 0 && other > 0 ? [value / other] : [];
  });
  return ratios.length === 0 ? null : estimate(ratios);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of Student's interval for the mean of 2 to 7 values. */
function halfWidth(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  const deviation = Math.sqrt(squares / (values.length - 1));
  return ((tQuantiles[values.length - 2] as number) * deviation) / Math.sqrt(values.length);
}

/** The 99.5 % quantiles of Student's t with 1 to 6 degrees of freedom. */
const tQuantiles = [63.657, 9.925, 5.841, 4.604, 4.032, 3.707];
