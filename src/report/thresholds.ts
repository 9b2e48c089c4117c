import type { Threshold } from '../result/schema.js';
import type { TrialUnit } from '../stats/metrics.js';
import { parseThreshold } from '../stats/threshold-expression.js';
import {
  formatBytes,
  formatCount,
  formatNs,
  formatNumber,
  formatRate,
  formatRatios,
} from './format.js';

const format: Record<TrialUnit, (value: number) => string> = {
  ns: formatNs,
  bytes: formatBytes,
  count: formatCount,
  perSecond: formatRate,
  share: (value) => `${formatNumber(value * 100)} %`,
  ratio: (value) => formatRatios(value)[0] ?? '',
};

/** `go.rss>5MiB: go get RSS peak 10.8 MiB`, and why it is not to be trusted, if it is not. */
export function thresholdSentence({ expression, figure, value, reason }: Threshold): string {
  const amount = value === null ? '' : ` ${formatOf(expression)(value)}`;
  return `${expression}: ${figure}${amount}${reason === null ? '' : `; ${reason}`}`;
}

/** How the figure of an expression is written; as it is, if a damaged file has another text there. */
function formatOf(expression: string): (value: number) => string {
  try {
    return format[parseThreshold(expression).unit];
  } catch {
    return formatNumber;
  }
}
