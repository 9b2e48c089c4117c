import { keysOf, nameOf } from '../gate/policy.js';
import { pairsOf } from '../gate/rounds.js';
import type { GateResult } from '../gate/schema.js';
import type { RunResult } from '../result/schema.js';
import type { SweepResult } from '../sweep/schema.js';
import type { Chart, LineChart } from './charts/chart.js';
import { p99OverTime, rateOverTime } from './charts/over-time.js';
import { quantityText } from './charts/quantity.js';
import { cpuCharts } from './charts/ratios.js';
import { percentileCharts } from './charts/run.js';
import { scalingCharts } from './charts/scaling.js';
import { sparkline } from './charts/sparkline.js';
import { sweepCharts } from './charts/sweep.js';
import { chartText } from './charts/text.js';
import { forestText } from './charts/text-forest.js';
import { formatCount, formatNs, oneLine } from './format.js';
import { labelOf } from './gate/words.js';
import type { PlotContext } from './text-options.js';

/**
 * The plots of a run for a terminal of 80 columns: what many targets cost, throughput by workers, latency
 * by percentile, and the course of time.
 */
export function runPlots(result: RunResult, context: PlotContext): string {
  const options = { ...context, width: plotWidth(context) };
  return [
    ...cpuCharts(result).map((chart) => forestText(chart, options)),
    ...lineCharts([...scalingCharts([result]), ...percentileCharts([result])], context),
    courses(result, context),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

/** The plots of a sweep: how latency rises with the load. */
export function sweepPlots(result: SweepResult, context: PlotContext): string {
  const charts = sweepCharts(result).filter(({ id }) => id.startsWith('sweep-latency'));
  return lineCharts(charts, context).join('\n\n');
}

/** At the most 78: a plot that goes on and on shows no more. */
function plotWidth({ width = 80 }: PlotContext): number {
  return Math.max(24, Math.min(80, width) - 2);
}

/** Charts of lines as text; the others are tables already. */
function lineCharts(charts: readonly Chart[], context: PlotContext): string[] {
  return charts
    .filter((chart): chart is LineChart => chart.kind === 'lines')
    .map((chart) => chartText(chart, { ...context, width: plotWidth(context) }));
}

interface Course {
  label: string;
  values: number[];
  write: (value: number) => string;
}

/** A line for each target and operation: how its P99 and its throughput went, round after round. */
function courses(result: RunResult, context: PlotContext): string {
  const all = result.summary.map(({ target, operation, measure }): Course => {
    const isLatency = measure === 'latency';
    const points = (isLatency ? p99OverTime : rateOverTime)({ result, target }, operation);
    return {
      label: `${target} ${operation} ${isLatency ? 'P99' : 'requests/s'}`,
      values: points.flatMap(({ y }) => y ?? []),
      write: isLatency ? formatNs : formatCount,
    };
  });
  return courseLines('Over the run', 'by interval', all, context);
}

/** A line for each figure that a gate judges: its ratio round by round. */
export function gatePlots(result: GateResult, context: PlotContext): string {
  const { judgement, policy, rounds } = result;
  const all = keysOf(policy).flatMap((key): Course[] => {
    const row = judgement.metrics.find(({ name }) => name === nameOf(key));
    if (!row || row.allowance === null) return [];
    const values = pairsOf(rounds, key).map(({ base, head }) => head / base);
    return [{ label: labelOf(row), values, write: (value) => quantityText(value, 'ratio') }];
  });
  return courseLines('Round by round', 'head / base', all, context);
}

/** A sparkline a course between its name and its range; empty without values. */
function courseLines(
  title: string,
  what: string,
  courses: readonly Course[],
  context: PlotContext,
): string {
  const { chalk, ascii } = context;
  const shown = courses.filter(({ values }) => values.length > 1);
  if (shown.length === 0) return '';
  let isMerged = false;
  const labelWidth = Math.min(28, Math.max(...shown.map(({ label }) => label.length)));
  const lines = shown.map(({ label, values, write }) => {
    const ends = [Math.min, Math.max].map((pick) => write(values.reduce((a, b) => pick(a, b))));
    const range = `${ends[0]} to ${ends[1]}`;
    const width = Math.max(4, Math.min(30, plotWidth(context) - labelWidth - 2 - range.length));
    isMerged ||= values.length > width;
    const text = oneLine(label).slice(0, labelWidth).padEnd(labelWidth);
    return `${text} ${sparkline(values, { width, ascii })} ${chalk.dim(range)}`;
  });
  const detail = isMerged ? `${what}; the highest where several share a bar` : what;
  return `${chalk.bold(title)} ${chalk.dim(`(${detail})`)}\n${lines.join('\n')}`;
}
