import { createHistogram, decodeHistogram, type LatencyHistogram } from '../../histogram.js';
import { plural } from '../../plural.js';
import { longestNs } from '../../result/percentiles.js';
import type { Latency } from '../../result/schema.js';
import { latencyOf } from '../../result/trial.js';
import type { LineChart, Point } from './chart.js';
import { hasFigures, newest, newestNote, notes, type Source, slug, trialsOf } from './sources.js';

/** Response times of an operation in an open loop, by percentile: HdrHistogram's curve. */
export function percentileChart(all: readonly Source[], operation: string): LineChart {
  const sources = newest(all, 8);
  let unreadable = 0;
  let unanswered = 0;
  const series = sources.map((source) => {
    const merged = mergedHistogram(trialsOf(source, 'latency', operation).map(latencyOf));
    unanswered += merged.censored;
    unreadable += merged.unreadable;
    return {
      name: source.name,
      colour: source.colour,
      draw: 'line' as const,
      points: percentilePoints(merged),
    };
  });
  return {
    kind: 'lines',
    id: `percentiles-${slug(operation)}`,
    title: `${operation}: response time by percentile`,
    summary:
      `Response times of ${operation} in an open loop, by the share of requests that took no longer; ` +
      'all rounds together. Lower is better.',
    note: notes(
      newestNote(sources, all),
      unanswered > 0
        ? `${plural(unanswered, 'request')} had no answer in time: a line ends where only they are left.`
        : null,
      unreadable > 0 ? `Left out, for it can't be read: ${plural(unreadable, 'histogram')}.` : null,
    ),
    x: { label: 'share of requests', quantity: 'quantile', scale: 'quantile' },
    y: { label: 'response time', quantity: 'ns', scale: 'log' },
    series: series.filter(hasFigures),
    marks: [],
  };
}

/** Answers of several trials, and what was waited for in vain beside them. */
interface Merged {
  histogram: LatencyHistogram;
  longestNs: number;
  censored: number;
  unreadable: number;
}

/** Every request of all trials counts the same. */
function mergedHistogram(latencies: readonly (Latency | null)[]): Merged {
  const merged = { histogram: createHistogram(), longestNs: 0, censored: 0, unreadable: 0 };
  for (const latency of latencies) {
    if (!latency?.histogram) continue;
    try {
      const own = decodeHistogram(latency.histogram);
      merged.histogram.add(own);
      merged.longestNs = Math.max(merged.longestNs, longestNs(own, latency));
      merged.censored += latency.censored?.count ?? 0;
    } catch {
      merged.unreadable++;
    }
  }
  return merged;
}

/** Distances from 1, in units of a power of ten: quantiles that people know are among them. */
const distances = [10, 9, 8, 7, 6, 5, 4, 3.5, 3, 2.5, 2, 1.75, 1.5, 1.25];

/** The value at quantiles that get denser towards 1, as far as the requests bear it. */
function percentilePoints({ histogram, longestNs, censored }: Merged): Point[] {
  const answered = histogram.totalCount;
  if (answered === 0) return [];
  // Of all requests: what had no answer took longer than every answer.
  const total = answered + censored;
  const last = total < 2 ? 0 : (answered - (censored > 0 ? 0 : 1)) / total;
  const quantiles: number[] = [];
  for (let decade = 1; decade <= 9; decade++) {
    for (const distance of distances) {
      const quantile = Number((1 - distance * 10 ** -decade).toFixed(decade + 2));
      if (quantile < last) quantiles.push(quantile);
    }
  }
  return [
    ...quantiles.map((x) => ({
      x,
      y: Math.min(histogram.getValueAtPercentile(((x * total) / answered) * 100), longestNs),
    })),
    { x: last, y: longestNs },
  ];
}
