import type { LatencyHistogram } from '../histogram.js';
import {
  byPercentile,
  type PercentileName,
  percentileNames,
  percentiles,
} from './percentile-table.js';
import type { Latency } from './schema.js';

/** What is read off a histogram and the census of what was waited for in vain. */
export type LatencyFigures = Omit<Latency, 'histogram' | 'low'>;

/**
 * Percentiles of all requests, those included that were waited for in vain: they are longer than
 * every other, by rank. A figure that falls on one of them is what it has waited at the least, or the
 * longest answer if that took longer. The histogram must not be empty.
 */
export function figuresOf(
  histogram: LatencyHistogram,
  censored: Latency['censored'],
): LatencyFigures {
  const { maxValue, totalCount } = histogram;
  const all = totalCount + (censored?.count ?? 0);
  const boundNs = Math.max(censored?.atLeastNs ?? 0, maxValue);
  const rank = (name: PercentileName) => rankOf(percentiles[name].percent / 100, all);
  return {
    meanNs: histogram.mean,
    ...byPercentile(percentileNames, (name) => {
      const own = rank(name);
      return own > totalCount ? boundNs : valueAtRank(histogram, own);
    }),
    censored,
    atLeast: percentileNames.filter((name) => rank(name) > totalCount),
  };
}

/** A tenth of a per cent each, from the 90th to the 99th percentile. */
const tailQuantiles = Array.from({ length: 90 }, (_, index) => 0.9005 + index / 1000);

/**
 * The mean of the times from the 90th to the 99th percentile of so many requests, in ns; null where the
 * last of them was never answered. A trimmed mean: it tells of the tail what P99 tells, and does not
 * hang on where one rank falls (Tukey 1962, The Future of Data Analysis, 14).
 */
export function tailMeanOf(histogram: LatencyHistogram, requests: number): number | null {
  if (rankOf(0.99, requests) > histogram.totalCount) return null;
  const values = tailQuantiles.map((q) => valueAtRank(histogram, rankOf(q, requests)));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The rank of a quantile among so many, from 1 on: what a product is too large by rounding alone is none. */
export function rankOf(quantile: number, count: number): number {
  return Math.max(1, Math.ceil(quantile * count - 1e-9));
}

/** The longest answer of a stored histogram, whose cells are wider than what is in them; a bound is none. */
export function longestNs({ maxValue }: LatencyHistogram, { atLeast, maxNs }: Latency): number {
  return atLeast.includes('maxNs') ? maxValue : Math.min(maxValue, maxNs);
}

/** The value of that rank, from 1 on: cells are wider than what is in them, so none is above the longest. */
export function valueAtRank(histogram: LatencyHistogram, rank: number): number {
  const { maxValue, totalCount } = histogram;
  const value = histogram.getValueAtPercentile(((rank - 0.5) / totalCount) * 100);
  return Math.min(value, maxValue);
}
