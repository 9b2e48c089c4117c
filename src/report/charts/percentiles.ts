import { createHistogram, decodeHistogram, type LatencyHistogram } from '../../result/histogram.js';
import type { LineChart, Point } from './chart.js';
import { hasFigures, newest, newestNote, notes, type Source, slug, trialsOf } from './sources.js';

/** Response times of an operation in an open loop, by percentile: HdrHistogram's curve. */
export function percentileChart(all: readonly Source[], operation: string): LineChart {
  const sources = newest(all, 8);
  let unreadable = 0;
  const series = sources.map((source) => {
    const merged = mergedHistogram(
      trialsOf(source, 'latency', operation).map((trial) => trial.responseTime?.histogram ?? null),
    );
    unreadable += merged.unreadable;
    return {
      name: source.name,
      colour: source.colour,
      draw: 'line' as const,
      points: percentilePoints(merged.histogram),
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
      unreadable > 0 ? `${unreadable} histograms could not be read, and are left out.` : null,
    ),
    x: { label: 'share of requests', quantity: 'quantile', scale: 'quantile' },
    y: { label: 'response time', quantity: 'ns', scale: 'log' },
    series: series.filter(hasFigures),
    marks: [],
  };
}

/** Every request of all trials counts the same. */
function mergedHistogram(encoded: readonly (string | null)[]) {
  const histogram = createHistogram();
  let unreadable = 0;
  for (const text of encoded) {
    if (text === null) continue;
    try {
      histogram.add(decodeHistogram(text));
    } catch {
      unreadable++;
    }
  }
  return { histogram, unreadable };
}

/** Distances from 1, in units of a power of ten: quantiles that people know are among them. */
const distances = [10, 9, 8, 7, 6, 5, 4, 3.5, 3, 2.5, 2, 1.75, 1.5, 1.25];

/** The value at quantiles that get denser towards 1, as far as the requests bear it. */
function percentilePoints(histogram: LatencyHistogram): Point[] {
  const total = histogram.totalCount;
  if (total === 0) return [];
  const last = total < 2 ? 0 : 1 - 1 / total;
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
      y: Math.min(histogram.getValueAtPercentile(x * 100), histogram.maxValue),
    })),
    { x: last, y: histogram.maxValue },
  ];
}
