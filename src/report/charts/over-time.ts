import type { TimeSeries, Trial } from '../../result/schema.js';
import type { Axis, LineChart, Point, Series } from './chart.js';
import { quantityText } from './quantity.js';
import {
  hasFigures,
  newest,
  newestNote,
  notes,
  type Source,
  slug,
  type TargetOfRun,
  trialsOf,
} from './sources.js';

/** Under load for less of its time than this, an interval has no rate worth a point. */
const leastLoadedShare = 0.1;

const timeAxis: Axis = { label: 'time', quantity: 'ms', scale: 'linear' };

/** What an operation's trials were like from interval to interval, rounds one after the other. */
export function overTimeCharts(all: readonly Source[], operation: string): LineChart[] {
  const cost = all.some((source) => hasSeries(trialsOf(source, 'latency', operation)))
    ? 'latency'
    : 'throughput';
  return [
    latencyOverTime(all, operation),
    throughputOverTime(all, operation),
    cpuOverTime(all, operation, cost),
    memoryOverTime(all, operation, cost),
  ];
}

/** P99 of the response times (ns) by interval of the open loops. */
export function p99OverTime(source: TargetOfRun, operation: string): Point[] {
  return percentileOf(timelineOf(source, 'latency', operation), 'p99Ns');
}

/** Right answers by the second under load, by interval of the closed loops. */
export function rateOverTime(source: TargetOfRun, operation: string): Point[] {
  return pointsOf(timelineOf(source, 'throughput', operation), (series, index) =>
    byLoadedTime(series, index, (series.answered[index] ?? 0) * 1000),
  );
}

function latencyOverTime(all: readonly Source[], operation: string): LineChart {
  const sources = newest(all, 2);
  const series = sources.flatMap((source) => {
    const timeline = timelineOf(source, 'latency', operation);
    return [
      line(`${source.name} P50`, source, percentileOf(timeline, 'p50Ns')),
      line(`${source.name} P99`, source, percentileOf(timeline, 'p99Ns')),
      pauses(timeline, source, ({ durationNs }) => ({ y: durationNs })),
    ];
  });
  return {
    ...lines(`latency-over-time-${slug(operation)}`, series, newestNote(sources, all)),
    title: `${operation}: response time over time`,
    summary:
      `P50 and P99 of the response times of ${operation} by interval of an open loop, ` +
      "rounds one after the other; dots are pauses of Go's garbage collector.",
    y: { label: 'response time', quantity: 'ns', scale: 'log' },
  };
}

function throughputOverTime(all: readonly Source[], operation: string): LineChart {
  const sources = newest(all, 4);
  const series = sources.map((source) =>
    line(source.name, source, rateOverTime(source, operation)),
  );
  const limited = sources.filter((source) =>
    trialsOf(source, 'throughput', operation).some(({ limitedBy }) => limitedBy === 'generator'),
  );
  return {
    ...lines(
      `throughput-over-time-${slug(operation)}`,
      series,
      notes(
        newestNote(sources, all),
        limited.length > 0
          ? `The load generator was the limit for ${limited.map(({ name }) => name).join(', ')}, which could do more.`
          : null,
      ),
    ),
    title: `${operation}: throughput over time`,
    summary: `Right answers to ${operation} by time under load, in a closed loop, rounds one after the other.`,
    y: { label: 'requests a second', quantity: 'perSecond', scale: 'linear' },
  };
}

function cpuOverTime(all: readonly Source[], operation: string, measure: Measure): LineChart {
  const sources = newest(all, 4);
  const series = sources.map((source) => {
    const points = pointsOf(timelineOf(source, measure, operation), (series, i) => {
      const cpuNs = series.cpuNs[i] ?? null;
      return cpuNs === null ? null : byLoadedTime(series, i, cpuNs / 1e6);
    });
    return line(source.name, source, points);
  });
  return {
    ...lines(`cpu-over-time-${slug(operation)}`, series, newestNote(sources, all)),
    title: `${operation}: CPU of the server over time`,
    summary: `CPU time of each server by its time under ${loads[measure]} of ${operation}, rounds one after the other.`,
    y: { label: 'CPUs', quantity: 'cpus', scale: 'linear' },
  };
}

function memoryOverTime(all: readonly Source[], operation: string, measure: Measure): LineChart {
  const sources = newest(all, 4);
  const series = sources.flatMap((source) => {
    const timeline = timelineOf(source, measure, operation);
    return [
      line(
        source.name,
        source,
        pointsOf(timeline, ({ rssBytes }, i) => rssBytes[i] ?? null),
      ),
      pauses(timeline, source, ({ durationNs }) => ({
        y: 0,
        note: quantityText(durationNs, 'ns'),
      })),
    ];
  });
  return {
    ...lines(`memory-over-time-${slug(operation)}`, series, newestNote(sources, all)),
    title: `${operation}: memory of the server over time`,
    summary:
      `Resident memory of each server under ${loads[measure]} of ${operation}, rounds one after the ` +
      "other; rings at the bottom are pauses of Go's garbage collector.",
    y: { label: 'RSS', quantity: 'bytes', scale: 'linear' },
  };
}

type Measure = Trial['measure'];

const loads: Record<Measure, string> = {
  latency: 'an open loop',
  throughput: 'a closed loop',
};

/** A trial's series, and when it began in the time of all rounds together. */
interface Segment {
  startMs: number;
  series: TimeSeries;
}

function hasSeries(trials: readonly Trial[]): boolean {
  return trials.some(({ series }) => series !== null);
}

/** The rounds of a target one after the other, each as long as its longest trial of that kind. */
function timelineOf(source: TargetOfRun, measure: Measure, operation: string): Segment[] {
  const lengths = new Map<number, number>();
  for (const trial of source.result.trials) {
    if (trial.measure !== measure || trial.operation !== operation || !trial.series) continue;
    lengths.set(trial.round, Math.max(lengths.get(trial.round) ?? 0, lengthMs(trial.series)));
  }
  const starts = new Map<number, number>();
  let startMs = 0;
  for (const [round, length] of [...lengths].sort(([a], [b]) => a - b)) {
    starts.set(round, startMs);
    startMs += length;
  }
  return trialsOf(source, measure, operation).flatMap(({ round, series }) =>
    series ? [{ startMs: starts.get(round) ?? 0, series }] : [],
  );
}

function lengthMs({ intervalMs, loadedMs }: TimeSeries): number {
  return intervalMs * loadedMs.length;
}

/**
 * A point in the middle of each interval in which the target had its turn; the line is broken where
 * nothing was measured in one, and between rounds, which are fresh processes.
 */
function pointsOf(
  timeline: readonly Segment[],
  read: (series: TimeSeries, index: number) => number | null,
): Point[] {
  return timeline.flatMap(({ startMs, series }, stretch) => {
    const points = series.loadedMs.flatMap((loadedMs, index) =>
      loadedMs === 0
        ? []
        : [{ x: startMs + (index + 0.5) * series.intervalMs, y: read(series, index) }],
    );
    return stretch === 0 ? points : [{ x: startMs, y: null }, ...points];
  });
}

function percentileOf(timeline: readonly Segment[], name: 'p50Ns' | 'p99Ns'): Point[] {
  return pointsOf(timeline, (series, index) => series[name][index] ?? null);
}

/** An amount of an interval by its time under load; null if that was too short to say. */
export function byLoadedTime(
  { loadedMs, intervalMs }: TimeSeries,
  index: number,
  amount: number,
): number | null {
  const loaded = loadedMs[index] ?? 0;
  return loaded < intervalMs * leastLoadedShare ? null : amount / loaded;
}

function pauses(
  timeline: readonly Segment[],
  { name, colour }: Source,
  toPoint: (pause: { durationNs: number }) => Omit<Point, 'x'>,
): Series {
  const points = timeline.flatMap(({ startMs, series }) =>
    (series.gcPauses ?? []).map((pause) => ({ x: startMs + pause.atMs, ...toPoint(pause) })),
  );
  return { name: `${name} GC pauses`, colour, draw: 'dots', points };
}

function line(name: string, { colour }: Source, points: Point[]): Series {
  return { name, colour, draw: 'line', points };
}

function lines(id: string, series: readonly Series[], note: string | null) {
  return {
    kind: 'lines' as const,
    id,
    note,
    x: timeAxis,
    series: series.filter(hasFigures),
    marks: [],
  };
}
