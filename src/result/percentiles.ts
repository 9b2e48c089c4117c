import type { LatencyHistogram } from './histogram.js';
import { type Latency, type PercentileName, percentileNames } from './schema.js';

/** What is read off a histogram and the census of what was waited for in vain. */
export type LatencyFigures = Omit<Latency, 'histogram' | 'low'>;

/** The percentile that a figure is; the maximum is the hundredth. */
export const percentileOf = {
  p50Ns: 50,
  p90Ns: 90,
  p99Ns: 99,
  p999Ns: 99.9,
  maxNs: 100,
} as const satisfies Record<PercentileName, number>;

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
  const rankOf = (name: PercentileName) =>
    Math.max(1, Math.ceil((percentileOf[name] / 100) * all - 1e-9));
  const entries = percentileNames.map((name) => {
    const rank = rankOf(name);
    return [name, rank > totalCount ? boundNs : valueAtRank(histogram, rank)];
  });
  return {
    meanNs: histogram.mean,
    ...(Object.fromEntries(entries) as Record<PercentileName, number>),
    censored,
    atLeast: percentileNames.filter((name) => rankOf(name) > totalCount),
  };
}

/** The value of that rank, from 1 on: cells are wider than what is in them, so none is above the longest. */
export function valueAtRank(histogram: LatencyHistogram, rank: number): number {
  const { maxValue, totalCount } = histogram;
  const value = histogram.getValueAtPercentile(((rank - 0.5) / totalCount) * 100);
  return Math.min(value, maxValue);
}
