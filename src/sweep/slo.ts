import { KvbenchError } from '../errors.js';
import { parseThreshold, type ThresholdMetric } from '../stats/threshold-expression.js';
import type { Slo } from './schema.js';

const metrics: Partial<Record<ThresholdMetric, Slo['metric']>> = {
  p50: 'p50Ns',
  p90: 'p90Ns',
  p99: 'p99Ns',
  p999: 'p999Ns',
  max: 'maxNs',
};

/** Reads an objective, as `p99<5ms`; throws a usage error that says what it may be. */
export function parseSlo(text: string): Slo {
  const { subject, operation, metric, comparator, bound } = parseThreshold(text);
  const known = metrics[metric];
  const isOfAll = subject.kind === 'target' && subject.target === null && operation === null;
  if (!known || !isOfAll || !comparator.startsWith('<') || bound <= 0) {
    throw new KvbenchError(
      'usage',
      `--slo ${JSON.stringify(text)} is no objective for a latency.`,
      `Give one of ${Object.keys(metrics).join(', ')} with the limit that it must stay below, as p99<5ms.`,
    );
  }
  return { expression: text, metric: known, limitNs: bound };
}
