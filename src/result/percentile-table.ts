/** A figure that is read off a histogram of times, in ns. */
interface Percentile {
  /** What people write in thresholds, objectives and policies. */
  name: string;
  /** The share of the requests that took no longer, of 100; the maximum is the hundredth. */
  percent: number;
  label: string;
  /** Whether two targets have a ratio of it: rare ones would need far longer. */
  isCompared: boolean;
}

/**
 * The percentiles of every latency, by the field in which documents hold them, in the order in which
 * they are shown.
 */
export const percentiles = {
  p50Ns: { name: 'p50', percent: 50, label: 'P50', isCompared: true },
  p90Ns: { name: 'p90', percent: 90, label: 'P90', isCompared: true },
  p99Ns: { name: 'p99', percent: 99, label: 'P99', isCompared: true },
  p999Ns: { name: 'p999', percent: 99.9, label: 'P99.9', isCompared: false },
  maxNs: { name: 'max', percent: 100, label: 'max', isCompared: false },
} as const satisfies Readonly<Record<`${string}Ns`, Percentile>>;

export type PercentileName = keyof typeof percentiles;

export const percentileNames = Object.keys(percentiles) as readonly PercentileName[];

/** Those of each interval of a time series, which has too few requests for the others. */
export const seriesPercentiles = [
  'p50Ns',
  'p90Ns',
  'p99Ns',
  'maxNs',
] as const satisfies readonly PercentileName[];

/** Whether a figure is a percentile of latencies. */
export function isPercentile(field: string): field is PercentileName {
  return Object.hasOwn(percentiles, field);
}

/** The percentile that people call so; undefined: none. */
export function percentileNamed(name: string): PercentileName | undefined {
  return percentileNames.find((field) => percentiles[field].name === name);
}

/** One value for each of those percentiles. */
export function byPercentile<Name extends PercentileName, T>(
  names: readonly Name[],
  read: (name: Name) => T,
): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, read(name)])) as Record<Name, T>;
}
