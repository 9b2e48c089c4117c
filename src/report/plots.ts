import type { ChalkInstance } from 'chalk';
import type { RunResult } from '../result/schema.js';
import type { Chart, LineChart } from './charts/chart.js';
import { percentileCharts } from './charts/run.js';
import { sparkline } from './charts/sparkline.js';
import { chartText } from './charts/text.js';
import { formatCount, formatNs, printable } from './format.js';

export interface PlotContext {
  chalk: ChalkInstance;
  ascii: boolean;
}

/** The plots of a run for a terminal of 80 columns: latency by percentile, and the course of time. */
export function runPlots(result: RunResult, context: PlotContext): string {
  return [...lineCharts(percentileCharts([result]), context), courses(result, context)]
    .filter((text) => text !== '')
    .join('\n\n');
}

/** Charts of lines as text; the others are tables already. */
export function lineCharts(charts: readonly Chart[], context: PlotContext): string[] {
  return charts
    .filter((chart): chart is LineChart => chart.kind === 'lines')
    .map((chart) => chartText(chart, context));
}

interface Course {
  label: string;
  values: (number | null)[];
  write: (value: number) => string;
}

/** A line for each target and operation: how its P99 and its throughput went, round after round. */
function courses(result: RunResult, { chalk, ascii }: PlotContext): string {
  const rows: Course[] = result.summary.map(({ target, operation, measure }) => {
    const series = result.trials
      .filter((trial) => trial.target === target && trial.operation === operation)
      .flatMap((trial) => (trial.measure === measure && trial.series ? trial.series : []));
    return measure === 'latency'
      ? {
          label: `${target} ${operation} P99`,
          values: series.flatMap(({ p99Ns, loadedMs }) => loaded(p99Ns, loadedMs)),
          write: formatNs,
        }
      : {
          label: `${target} ${operation} requests/s`,
          values: series.flatMap(({ answered, loadedMs }) =>
            loaded(
              answered.map((count, i) => (count / (loadedMs[i] ?? 1)) * 1000),
              loadedMs,
              0.5,
            ),
          ),
          write: formatCount,
        };
  });
  const shown = rows.filter(({ values }) => values.some((value) => value !== null));
  if (shown.length === 0) return '';
  const labelWidth = Math.min(28, Math.max(...shown.map(({ label }) => label.length)));
  const lines = shown.map(({ label, values, write }) => {
    const known = values.filter((value) => value !== null);
    const ends = [Math.min, Math.max].map((pick) => write(known.reduce((a, b) => pick(a, b))));
    const range = `${ends[0]} to ${ends[1]}`;
    const width = Math.min(30, 78 - labelWidth - 2 - range.length);
    const text = printable(label).slice(0, labelWidth).padEnd(labelWidth);
    return `${text} ${sparkline(values, { width, ascii })} ${chalk.dim(range)}`;
  });
  return `${chalk.bold('Over the run')} ${chalk.dim('(by interval; the highest where several share a bar)')}\n${lines.join('\n')}`;
}

/** Only intervals that were under load, for a share of the longest: the others' turns are no gaps. */
function loaded(
  values: readonly (number | null)[],
  loadedMs: readonly number[],
  share = 0,
): (number | null)[] {
  const most = loadedMs.reduce((a, b) => Math.max(a, b), 0);
  return values.filter((_, index) => (loadedMs[index] ?? 0) > most * share);
}
