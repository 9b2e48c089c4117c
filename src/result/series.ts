import { IntervalHistogram } from '../interval-histogram.js';
import type { Timeline } from '../load/protocol.js';
import type { SeriesFacts } from '../observe/probes.js';
import { byPercentile, percentiles, seriesPercentiles } from './percentile-table.js';
import type { TimeSeries } from './schema.js';

/** A trial's time series as it is stored, with what probes have told of each interval. */
export function toSeries({ intervalMs, intervals }: Timeline, facts: SeriesFacts): TimeSeries {
  const histograms = intervals.map(({ latency }) => IntervalHistogram.from(latency));
  const at = (percentile: number) => histograms.map((histogram) => histogram.valueAt(percentile));
  return {
    intervalMs,
    loadedMs: intervals.map(({ loadedMs }) => Math.round(loadedMs * 1000) / 1000),
    answered: intervals.map(({ answered }) => answered),
    errors: intervals.map(({ errors }) => errors),
    ...byPercentile(seriesPercentiles, (name) => at(percentiles[name].percent)),
    ...facts,
  };
}
