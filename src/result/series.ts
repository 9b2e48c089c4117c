import type { Timeline } from '../load/protocol.js';
import type { Pauses } from '../observe/pauses.js';
import { type UsageSample, usageByInterval } from '../observe/sampler.js';
import { IntervalHistogram } from './interval-histogram.js';
import { byPercentile, percentiles, seriesPercentiles } from './percentile-table.js';
import type { TimeSeries } from './schema.js';

/** What was seen of a server while its timeline was kept. */
export interface Watched {
  /** In their order; none where there is no /proc. */
  samples: readonly UsageSample[];
  /** Null: the server does not tell. */
  pauses: Pauses | null;
  /** Ms since the epoch when the clock of the timeline was at 0. */
  epochMs: number;
}

/** A trial's time series as it is stored. */
export function toSeries(
  { startedAtMs, intervalMs, intervals }: Timeline,
  { samples, pauses, epochMs }: Watched,
): TimeSeries {
  const histograms = intervals.map(({ latency }) => IntervalHistogram.from(latency));
  const at = (percentile: number) => histograms.map((histogram) => histogram.valueAt(percentile));
  const fromMs = epochMs + startedAtMs;
  const untilMs = fromMs + intervals.length * intervalMs;
  return {
    intervalMs,
    loadedMs: intervals.map(({ loadedMs }) => Math.round(loadedMs * 1000) / 1000),
    answered: intervals.map(({ answered }) => answered),
    errors: intervals.map(({ errors }) => errors),
    ...byPercentile(seriesPercentiles, (name) => at(percentiles[name].percent)),
    ...usageByInterval(samples, { startedAtMs, intervalMs, count: intervals.length }),
    gcPauses:
      pauses &&
      [...pauses]
        .filter(([endMs]) => endMs >= fromMs && endMs < untilMs)
        .sort(([a], [b]) => a - b)
        .map(([endMs, durationNs]) => ({
          atMs: Math.round((endMs - fromMs) * 1000) / 1000,
          durationNs,
        })),
  };
}
