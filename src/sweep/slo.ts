import { KvbenchError } from '../errors.js';
import { percentileNamed, percentileNames, percentiles } from '../result/percentile-table.js';
import { parseThreshold } from '../stats/threshold-expression.js';
import type { Slo } from './schema.js';

/** Reads an objective, as `p99<5ms`; throws a usage error that says what it may be. */
export function parseSlo(text: string): Slo {
  const { subject, operation, metric, comparator, bound } = parseThreshold(text);
  const known = percentileNamed(metric);
  // A ratio is of targets that it names.
  const isOfAll = subject.target === null && operation === null;
  if (!known || !isOfAll || !comparator.startsWith('<') || bound <= 0) {
    throw new KvbenchError(
      'usage',
      `--slo ${JSON.stringify(text)} is no objective for a latency.`,
      `Give one of ${percentileNames.map((field) => percentiles[field].name).join(', ')} with the limit that it must stay below, as p99<5ms.`,
    );
  }
  return { expression: text, metric: known, limitNs: bound };
}
