import { gateFigures, isGateMetric } from '../../gate/metrics.js';
import type { MetricRow } from '../../gate/schema.js';
import { formatAmount, formatRatios, oneLine } from '../format.js';

/** What a build has is no figure of a round. */
const rowFigures = {
  ...gateFigures,
  binarySize: { label: 'binary size' },
  buildTime: { label: 'build time' },
} as const satisfies Record<MetricRow['metric'], { label: string }>;

/** `get P50`, `RSS peak`: what a row is about. The operation is cut to fit `width` columns. */
export function labelOf(
  { metric, operation }: MetricRow,
  width = Number.POSITIVE_INFINITY,
): string {
  const { label } = rowFigures[metric];
  if (operation === null) return label;
  const room = Math.max(2, width - label.length - 1);
  const name = oneLine(operation);
  return `${name.length > room ? `${name.slice(0, room - 1)}…` : name} ${label}`;
}

/** An arm's figure of a row in its unit; `no answer` where there was none in time, or `n/a`. */
export function figureText(row: MetricRow, arm: 'base' | 'head'): string {
  const { unit, unanswered } = row;
  const value = row[arm];
  if (unanswered?.includes(arm)) return 'no answer';
  if (value === null) return 'n/a';
  return formatAmount(value, unit);
}

/** Ratio and interval, with digits that can be read together. */
export function ratioTexts({ ratio, metric }: MetricRow): { estimate: string; interval: string } {
  if (!ratio) return { estimate: 'n/a', interval: '' };
  const { low, high, estimate } = ratio;
  if (!isGateMetric(metric)) {
    return { estimate: formatRatios(estimate)[0] as string, interval: '' };
  }
  if (low === null || high === null) {
    return { estimate: formatRatios(estimate)[0] as string, interval: 'too few rounds' };
  }
  const [middle, from, to] = formatRatios(estimate, low, high) as [string, string, string];
  return { estimate: middle, interval: `${from} to ${to}` };
}

/** `+5 %`, or nothing for a figure that decides nothing. */
export function allowanceText({ allowance }: MetricRow): string {
  return allowance === null ? '' : `+${Number((allowance * 100).toPrecision(3))} %`;
}

/** `a, b and c`. */
export function listOf(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
