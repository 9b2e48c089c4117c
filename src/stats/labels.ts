import type { MetricName } from './summary.js';

/** What people call a figure, in tables and sentences. */
const labels: Partial<Record<MetricName, string>> = {
  p50Ns: 'P50',
  p90Ns: 'P90',
  p99Ns: 'P99',
  p999Ns: 'P99.9',
  maxNs: 'max',
  cpuPerRequestNs: 'CPU a request',
  requestsPerSecond: 'requests/s',
  requestsPerCpuSecond: 'req/CPU-s',
  rssPeakBytes: 'RSS peak',
};

/** The label of a metric; its own name if it has none. */
export function labelOf(metric: string): string {
  return labels[metric as MetricName] ?? metric;
}
