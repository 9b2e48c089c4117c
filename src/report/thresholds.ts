import type { ChalkInstance } from 'chalk';
import type { RunResult, Threshold } from '../result/schema.js';
import type { TrialUnit } from '../stats/metrics.js';
import { parseThreshold } from '../stats/threshold-expression.js';
import {
  formatBytes,
  formatCount,
  formatNs,
  formatNumber,
  formatRate,
  formatRatios,
  oneLine,
  wrap,
} from './format.js';
import { coloured, thresholdTones } from './tone.js';

const format: Record<TrialUnit, (value: number) => string> = {
  ns: formatNs,
  bytes: formatBytes,
  count: formatCount,
  perSecond: formatRate,
  share: (value) => `${formatNumber(value * 100)} %`,
  ratio: (value) => formatRatios(value)[0] ?? '',
};

/** A line for each figure that a threshold was applied to; nothing without thresholds. */
export function thresholdLines({ thresholds }: RunResult, chalk: ChalkInstance): string {
  if (thresholds.length === 0) return '';
  const lines = thresholds.map((threshold) => line(threshold, chalk));
  return [`${chalk.bold('Thresholds')} ${chalk.dim('(what fails)')}`, ...lines].join('\n');
}

const words: Record<Threshold['outcome'], string> = {
  kept: 'kept',
  broken: 'BROKEN',
  untrusted: 'untrusted',
};
const indent = words.untrusted.length + 2;

function line(threshold: Threshold, chalk: ChalkInstance) {
  const { outcome } = threshold;
  const text = wrap(oneLine(thresholdSentence(threshold)), { used: indent, indent });
  return `${coloured(words[outcome].padEnd(indent), thresholdTones[outcome], chalk)}${text}`;
}

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
