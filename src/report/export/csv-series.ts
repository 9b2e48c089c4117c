import { KvbenchError } from '../../errors.js';
import { percentiles, seriesPercentiles } from '../../result/percentile-table.js';
import type { TimeSeries } from '../../result/schema.js';
import type { Column } from './csv-columns.js';
import { csvText } from './csv-text.js';
import type { MeasuredTrial } from './trials.js';

/** One interval of a trial. */
interface Interval extends MeasuredTrial {
  series: TimeSeries;
  index: number;
}

/**
 * Every interval of every trial as a row, after columns of the kind's own; throws a usage error if there are
 * none. Times are from the start of the trial.
 */
export function exportSeriesCsv(
  measured: readonly MeasuredTrial[],
  own: readonly Column<MeasuredTrial>[] = [],
): string {
  const intervals = measured.flatMap(intervalsOf);
  if (intervals.length === 0) {
    throw new KvbenchError(
      'usage',
      'The result holds no time series.',
      'Those of imported results are not known; leave out --series for one row a trial.',
    );
  }
  const all = [...own, ...columns];
  return csvText(
    all.map(({ name }) => name),
    intervals.map((interval) => all.map(({ read }) => read(interval))),
  );
}

function intervalsOf(measured: MeasuredTrial): Interval[] {
  const { series } = measured.trial;
  return series ? series.loadedMs.map((_, index) => ({ ...measured, series, index })) : [];
}

const columns: readonly Column<Interval>[] = [
  { name: 'round', read: ({ trial }) => trial.round },
  { name: 'target', read: ({ trial }) => trial.target },
  { name: 'measure', read: ({ trial }) => trial.measure },
  { name: 'operation', read: ({ trial }) => trial.operation },
  { name: 'trial_started_at', read: ({ trial }) => trial.startedAt },
  { name: 'start_ms', read: ({ series, index }) => index * series.intervalMs },
  { name: 'interval_ms', read: ({ series }) => series.intervalMs },
  column('loaded_ms', 'loadedMs'),
  column('answered', 'answered'),
  column('errors', 'errors'),
  ...seriesPercentiles.map((name) => column(`${percentiles[name].name}_ns`, name)),
  column('cpu_ns', 'cpuNs'),
  column('rss_bytes', 'rssBytes'),
  { name: 'gc_pauses', read: (interval) => pausesIn(interval)?.length ?? null },
  {
    name: 'gc_pause_ns',
    read: (interval) =>
      pausesIn(interval)?.reduce((sum, { durationNs }) => sum + durationNs, 0) ?? null,
  },
];

function column(
  name: string,
  key: Exclude<keyof TimeSeries, 'intervalMs' | 'gcPauses'>,
): Column<Interval> {
  return { name, read: ({ series, index }) => series[key][index] ?? null };
}

function pausesIn({ series, index }: Interval) {
  const { gcPauses, intervalMs, loadedMs } = series;
  // The last answers, and so pauses, come a little after the last interval.
  const last = loadedMs.length - 1;
  const inIt = (atMs: number) => Math.min(last, Math.floor(atMs / intervalMs)) === index;
  return gcPauses?.filter(({ atMs }) => inIt(atMs)) ?? null;
}
