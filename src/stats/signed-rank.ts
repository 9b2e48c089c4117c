/** What rounds say about a ratio, with the interval that the rounds allow. */
export interface RatioEstimate {
  estimate: number;
  /** Null if there are too few rounds for the confidence that was asked for. */
  low: number | null;
  high: number | null;
  confidence: number;
}

/**
 * The Hodges–Lehmann estimate of a ratio and its exact interval: the median of the Walsh averages
 * of the logarithms, and the averages between which the Wilcoxon signed-rank test does not reject
 * (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 3.3). It rests on the rounds
 * being independent and, were the targets equal, symmetric: no normal distribution, no pooling of
 * requests. `ratios` must be positive and not empty; `confidence` is two-sided.
 */
export function estimateRatio(ratios: readonly number[], confidence: number): RatioEstimate {
  const shift = estimateShift(walshAverages(ratios.map(Math.log)), (1 - confidence) / 2);
  return { ...toRatio(shift), confidence };
}

/** Stands for a ratio without an end, which a document can't hold: that of requests without an answer. */
export const endlessRatio = 1e9;

/** A shift of logarithms as a ratio, as large as a document has it. */
export function toRatio({ estimate, low, high }: ShiftEstimate): ShiftEstimate {
  const ratio = (shift: number) => Math.min(Math.exp(shift), endlessRatio);
  return {
    estimate: ratio(estimate),
    low: low === null ? null : ratio(low),
    high: high === null ? null : ratio(high),
  };
}

/** Where the middle of differences lies, in their unit, with a bound on each side. */
export interface ShiftEstimate {
  estimate: number;
  /** Null if there are too few differences for that α. */
  low: number | null;
  high: number | null;
}

/**
 * The Hodges–Lehmann estimate of the middle of differences, given as their Walsh averages (of at
 * least one), and its exact one-sided bounds: the truth lies below `low`, or above `high`, with a
 * probability of at most `alpha` each.
 */
export function estimateShift(averages: Float64Array, alpha: number): ShiftEstimate {
  const middle = averages.length >> 1;
  const upper = averages[middle] as number;
  const k = criticalRank(countOf(averages), alpha);
  return {
    estimate: averages.length % 2 === 1 ? upper : between(averages[middle - 1] as number, upper),
    low: k === 0 ? null : (averages[k - 1] as number),
    high: k === 0 ? null : (averages[averages.length - k] as number),
  };
}

function between(low: number, high: number): number {
  const middle = (low + high) / 2;
  return Number.isNaN(middle) ? 0 : middle;
}

/**
 * The exact one-sided p-value of the signed-rank test of "the middle is `bound` or less", from the
 * Walsh averages: the chance of so few of them at or below the bound, were the middle there.
 *
 * It is at most α exactly when the lower bound for that α lies above `bound`, because both count the
 * same averages. An average equal to the bound speaks for the hypothesis. Ties and zeros are
 * therefore never dropped, and can only make the test more careful: breaking them by fair coins
 * would give the exact distribution, and never a larger count.
 */
export function pValueAbove(averages: Float64Array, bound: number): number {
  const above = averages.findIndex((average) => average > bound);
  const atOrBelow = above < 0 ? averages.length : above;
  return cumulativeDistribution(countOf(averages))[atOrBelow] as number;
}

/** n, from the n (n + 1) / 2 averages that there are. */
function countOf({ length }: Float64Array): number {
  return (Math.sqrt(8 * length + 1) - 1) / 2;
}

/**
 * All (dᵢ + dⱼ) / 2 with i ≤ j, in ascending order: n (n + 1) / 2 of them. Differences may be
 * infinite, as ranks know no size; opposite ones average to 0, as any two that are equal and opposite.
 */
export function walshAverages(values: readonly number[]): Float64Array {
  const n = values.length;
  const averages = new Float64Array((n * (n + 1)) / 2);
  let next = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      const average = ((values[i] as number) + (values[j] as number)) / 2;
      averages[next++] = Number.isNaN(average) ? 0 : average;
    }
  }
  return averages.sort();
}

/**
 * The largest k with P(T⁺ ≤ k − 1) ≤ α under the null hypothesis, for n rounds; 0 if there is none.
 * The k-th smallest Walsh average is then a one-sided bound of confidence 1 − α or more.
 */
export function criticalRank(n: number, alpha: number): number {
  const k = cumulativeDistribution(n).findIndex((probability) => probability > alpha);
  return k < 0 ? (n * (n + 1)) / 2 : k;
}

const cumulative = new Map<number, Float64Array>();

/** P(T⁺ ≤ s), kept for each n: a simulation asks for it a million times. */
function cumulativeDistribution(n: number): Float64Array {
  const known = cumulative.get(n);
  if (known) return known;
  let sum = 0;
  const sums = signedRankDistribution(n).map((probability) => {
    sum += probability;
    // From 54 rounds on sums are rounded, and could end a little above 1, where no probability is.
    return Math.min(sum, 1);
  });
  cumulative.set(n, sums);
  return sums;
}

/** P(T⁺ = s) for s = 0 … n (n + 1) / 2: each rank is in the sum or not, by a fair coin. */
export function signedRankDistribution(n: number): Float64Array {
  const largest = (n * (n + 1)) / 2;
  const probabilities = new Float64Array(largest + 1);
  probabilities[0] = 1;
  for (let rank = 1; rank <= n; rank++) {
    for (let s = largest; s >= 0; s--) {
      const without = probabilities[s] as number;
      const withRank = s >= rank ? (probabilities[s - rank] as number) : 0;
      probabilities[s] = (without + withRank) / 2;
    }
  }
  return probabilities;
}
