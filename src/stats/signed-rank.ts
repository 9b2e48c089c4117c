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
  const averages = walshAverages(ratios.map(Math.log));
  const middle = averages.length / 2;
  const estimate =
    averages.length % 2 === 1
      ? (averages[Math.floor(middle)] as number)
      : ((averages[middle - 1] as number) + (averages[middle] as number)) / 2;
  const k = criticalRank(ratios.length, (1 - confidence) / 2);
  return {
    estimate: Math.exp(estimate),
    low: k === 0 ? null : Math.exp(averages[k - 1] as number),
    high: k === 0 ? null : Math.exp(averages[averages.length - k] as number),
    confidence,
  };
}

/** All (dᵢ + dⱼ) / 2 with i ≤ j, in ascending order: n (n + 1) / 2 of them. */
export function walshAverages(values: readonly number[]): Float64Array {
  const n = values.length;
  const averages = new Float64Array((n * (n + 1)) / 2);
  let next = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      averages[next++] = ((values[i] as number) + (values[j] as number)) / 2;
    }
  }
  return averages.sort();
}

/**
 * The largest k with P(T⁺ ≤ k − 1) ≤ α under the null hypothesis, for n rounds; 0 if there is none.
 * The k-th smallest Walsh average is then a one-sided bound of confidence 1 − α or more.
 */
export function criticalRank(n: number, alpha: number): number {
  const probabilities = signedRankDistribution(n);
  let k = 0;
  let cumulative = 0;
  for (const probability of probabilities) {
    cumulative += probability;
    if (cumulative > alpha) break;
    k++;
  }
  return k;
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
