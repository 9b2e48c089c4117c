import { formatRatios } from '../format.js';
import type { Chart, ForestChart, LineChart, Point, Series } from './chart.js';
import { quantityText } from './quantity.js';

/** The figures of a chart as texts, for whoever can't see it or wants to read them. */
export interface ChartTable {
  head: string[];
  rows: string[][];
}

/** Longer tables are thinned: nobody reads six hundred rows. */
const mostRows = 60;

/**
 * The figures that a chart shows, a row for each x, or for each point where series share hardly
 * any x; texts are not escaped. Of long series the head says every how many rows are there.
 */
export function chartTable(chart: Chart): ChartTable {
  return chart.kind === 'forest' ? forestTable(chart) : linesTable(chart);
}

function forestTable({ rows, axis }: ForestChart): ChartTable {
  const hasLimits = rows.some(({ allowed }) => allowed !== null);
  return {
    head: ['figure', axis.label, 'interval', ...(hasLimits ? ['allowed'] : []), 'verdict'],
    rows: rows.map(({ label, estimate, low, high, allowed, verdict }) => [
      label,
      quantityText(estimate, axis.quantity),
      low === null || high === null ? '' : formatRatios(low, high).join(' to '),
      ...(hasLimits ? [allowed === null ? '' : quantityText(allowed, axis.quantity)] : []),
      verdict,
    ]),
  };
}

function linesTable(chart: LineChart): ChartTable {
  const measured = chart.series.map((series) => ({ ...series, points: measuredOf(series, chart) }));
  const xs = [...new Set(measured.flatMap(({ points }) => points.map(({ x }) => x)))];
  const longest = Math.max(0, ...measured.map(({ points }) => points.length));
  return xs.length <= longest * 1.5 || measured.length < 2
    ? wideTable(
        chart,
        measured,
        xs.sort((a, b) => a - b),
      )
    : longTable(chart, measured);
}

/** On an axis of quantiles, those that people know, and the last. */
function measuredOf({ points }: Series, { x: { scale } }: LineChart): readonly Point[] {
  const measured = points.filter(({ y }) => y !== null);
  if (scale !== 'quantile') return measured;
  return measured.filter(({ x }, index) => index === measured.length - 1 || isFamiliar(x));
}

/** 0, 50, 75, 90, 95, 99, 99.9, 99.99, … %. */
function isFamiliar(quantile: number): boolean {
  return [0, 0.5, 0.75, 0.95].includes(quantile) || /^0\.9+$/.test(String(quantile));
}

function wideTable(
  { x, y }: LineChart,
  series: readonly Series[],
  xs: readonly number[],
): ChartTable {
  const byX = series.map(({ points }) => new Map(points.map((point) => [point.x, point])));
  const { kept, every } = thinnedRows(xs);
  return {
    head: [`${x.label}${every}`, ...series.map(({ name }) => name)],
    rows: kept.map((at) => [
      quantityText(at, x.quantity),
      ...byX.map((points) => figureText(points.get(at), y.quantity)),
    ]),
  };
}

function longTable({ x, y }: LineChart, series: readonly Series[]): ChartTable {
  const thinned = series.map((one) => ({ ...one, ...thinnedRows(one.points) }));
  return {
    head: ['series', x.label, y.label],
    rows: thinned.flatMap(({ name, kept, every }) =>
      kept.map((point) => [
        `${name}${every}`,
        quantityText(point.x, x.quantity),
        figureText(point, y.quantity),
      ]),
    ),
  };
}

function figureText(point: Point | undefined, quantity: LineChart['y']['quantity']): string {
  if (!point || point.y === null) return '';
  const text = quantityText(point.y, quantity);
  return point.note === undefined ? text : `${text} (${point.note})`;
}

/** Every second, every third, … so that few enough are left, and in words how many. */
function thinnedRows<T>(rows: readonly T[]): { kept: T[]; every: string } {
  const step = Math.ceil(rows.length / mostRows);
  if (step <= 1) return { kept: [...rows], every: '' };
  return {
    kept: rows.filter((_, index) => index % step === 0),
    every: ` (every ${ordinal(step)} of ${rows.length})`,
  };
}

function ordinal(count: number): string {
  const tens = count % 100;
  const suffix = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
  return `${count}${suffix}`;
}
