import type { Measure } from '../config/schema.js';
import { byPercentile, percentileNames, percentiles } from '../result/percentile-table.js';
import type { Trial } from '../result/schema.js';
import { latencyOf } from '../result/trial.js';

/** What a figure is of: `number` of anything, `ratio` of two like things, `flag` 1 for yes and 0 for no. */
export type Unit = 'ns' | 'bytes' | 'perSecond' | 'count' | 'number' | 'ratio' | 'share' | 'flag';

/** A figure of a trial, or of whatever else is measured, and how it is to be read. */
export interface Metric<Source = Trial> {
  /** What people write in thresholds; without one there is no threshold about it. */
  name?: string;
  label: string;
  unit: Unit;
  better: 'lower' | 'higher';
  /** In its unit; null where the source does not tell. */
  of: (source: Source) => number | null;
}

/** Of what a trial has, and so of the bounds of thresholds. */
export type TrialUnit = Exclude<Unit, 'number' | 'flag'>;

export interface TrialMetric extends Metric {
  unit: TrialUnit;
  /**
   * The loop in which it decides, of those that have it: the open one (latency) for what a user waits
   * and for CPU, that at an equal rate; the closed one (throughput) for what is the most.
   */
  measure: Measure;
  /** Whether two targets have a ratio of it. */
  isCompared?: boolean;
  /** Whether it is of the server's CPU time, which is not known in every trial. */
  isOfCpu?: boolean;
}

/** From the sending on; without what was picked up late, where that is known. */
function serviceOf({ parts, serviceTime }: Trial) {
  return parts?.server ?? serviceTime;
}

const latencies = byPercentile(percentileNames, (field) => ({
  ...percentiles[field],
  ...({ unit: 'ns', better: 'lower', measure: 'latency' } as const),
  of: (trial: Trial) => latencyOf(trial)?.[field] ?? null,
}));

/**
 * Every figure of a trial that rounds are summarised by, by its name in documents and in their order.
 * A new one is a row here, or in the table of percentiles.
 */
export const metrics = {
  requestsPerSecond: {
    name: 'rps',
    label: 'requests/s',
    unit: 'perSecond',
    better: 'higher',
    measure: 'throughput',
    isCompared: true,
    of: (trial) => trial.requestsPerSecond,
  },
  requestsPerCpuSecond: {
    label: 'req/CPU-s',
    unit: 'perSecond',
    better: 'higher',
    measure: 'throughput',
    isCompared: true,
    isOfCpu: true,
    of: ({ server }) => server?.requestsPerCpuSecond ?? null,
  },
  ...latencies,
  serviceP50Ns: {
    label: 'service P50',
    unit: 'ns',
    better: 'lower',
    measure: 'latency',
    of: (trial) => serviceOf(trial)?.p50Ns ?? null,
  },
  serviceP99Ns: {
    label: 'service P99',
    unit: 'ns',
    better: 'lower',
    measure: 'latency',
    of: (trial) => serviceOf(trial)?.p99Ns ?? null,
  },
  cpuPerRequestNs: {
    name: 'cpu',
    label: 'CPU a request',
    unit: 'ns',
    better: 'lower',
    measure: 'latency',
    isCompared: true,
    isOfCpu: true,
    of: ({ server }) => server?.cpuPerRequestNs ?? null,
  },
  rssSteadyBytes: {
    label: 'RSS',
    unit: 'bytes',
    better: 'lower',
    measure: 'throughput',
    of: ({ server }) => server?.rssSteadyBytes ?? null,
  },
  rssPeakBytes: {
    name: 'rss',
    label: 'RSS peak',
    unit: 'bytes',
    better: 'lower',
    measure: 'throughput',
    isCompared: true,
    of: ({ server }) => server?.rssPeakBytes ?? null,
  },
  scheduleLagP99Ns: {
    label: 'lag P99',
    unit: 'ns',
    better: 'lower',
    measure: 'latency',
    of: ({ offered }) => offered?.scheduleLag?.p99Ns ?? null,
  },
} as const satisfies Readonly<Record<string, TrialMetric>>;

export type MetricName = keyof typeof metrics;

/** What people write in thresholds: `p99`, `rps`. */
export type NamedMetric = Extract<(typeof metrics)[MetricName], { name: string }>['name'];

export const metricNames = Object.keys(metrics) as readonly MetricName[];

/** All that is known of a metric. */
export function aboutMetric(name: MetricName): TrialMetric {
  return metrics[name];
}

/** The name in documents of what thresholds name; what users wait comes first. */
export const metricNamed = Object.fromEntries(
  [...new Set([...percentileNames, ...metricNames])].flatMap((metric) => {
    const { name } = aboutMetric(metric);
    return name === undefined ? [] : [[name, metric]];
  }),
) as Readonly<Record<NamedMetric, MetricName>>;

export const namedMetrics = Object.keys(metricNamed) as readonly NamedMetric[];

/** The label of a metric; what is none stands for itself. */
export function labelOf(metric: string): string {
  return isMetric(metric) ? metrics[metric].label : metric;
}

/** Whether more of a metric is better, or less; of what is none less is. */
export function betterOf(metric: string): Metric['better'] {
  return isMetric(metric) ? metrics[metric].better : 'lower';
}

function isMetric(name: string): name is MetricName {
  return Object.hasOwn(metrics, name);
}
