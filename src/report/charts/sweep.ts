import { percentiles } from '../../result/percentile-table.js';
import { cpusOf, latencyOf } from '../../result/trial.js';
import { measuredLevels } from '../../sweep/levels.js';
import type { SweepCurve, SweepResult, SweepStep } from '../../sweep/schema.js';
import { formatNumber } from '../format.js';
import type { Axis, Chart, LineChart, Mark, Point, Series } from './chart.js';
import { overloadChart } from './overload.js';
import { finished, hasFigures, notes, slug } from './sources.js';

/**
 * The charts of a sweep, operation by operation: latency, throughput, CPU and memory against the
 * load, with knees and objective, and what an overload did.
 */
export function sweepCharts(result: SweepResult): Chart[] {
  const operations = [...new Set(result.curves.map(({ operation }) => operation))];
  const targets = [...new Set(result.curves.map(({ target }) => target))];
  return finished(
    operations.flatMap((operation) => {
      const curves = result.curves
        .filter((curve) => curve.operation === operation)
        .map((curve) => ({
          ...curve,
          colour: targets.indexOf(curve.target) % 8,
          levels: measuredLevels(curve.steps, result.policy.slo).map(({ typical }) => typical),
        }));
      return [
        latencyChart(result, operation, curves),
        throughputChart(result, operation, curves),
        costChart(result, operation, curves, {
          id: 'cpu',
          what: 'CPU of the server',
          axis: { label: 'CPUs', quantity: 'cpus', scale: 'linear' },
          read: ({ trial }) => cpusOf(trial),
        }),
        costChart(result, operation, curves, {
          id: 'memory',
          what: 'memory of the server',
          axis: { label: 'RSS', quantity: 'bytes', scale: 'linear' },
          read: ({ trial }) => trial.server?.rssSteadyBytes ?? null,
        }),
        overloadChart(result, operation, curves),
      ];
    }),
  );
}

/** A curve with a step for each level of its climb. An overload is a story of its own. */
type ColouredCurve = SweepCurve & { colour: number; levels: SweepStep[] };

function latencyChart(
  { policy }: SweepResult,
  operation: string,
  curves: readonly ColouredCurve[],
): LineChart {
  const { metric, limitNs, expression } = policy.slo;
  const figures = metric === 'p50Ns' ? ([metric] as const) : (['p50Ns', metric] as const);
  const series = curves.flatMap((curve) => [
    ...figures.map((figure) =>
      serverSeries(
        `${curve.target} ${percentiles[figure].label}`,
        curve,
        ({ trial }) => latencyOf(trial)?.[figure],
      ),
    ),
    limitedSeries(
      `${curve.target} ${percentiles[metric].label}`,
      curve,
      ({ trial }) => latencyOf(trial)?.[metric],
    ),
  ]);
  const knees = curves.flatMap(({ target, knee, colour }): Mark[] =>
    knee ? [{ axis: 'x', at: knee.level, label: kneeText(target, knee, policy.by), colour }] : [],
  );
  return {
    ...against(policy, `sweep-latency-${slug(operation)}`, series),
    title: `${operation}: latency against ${policy.by === 'rate' ? 'rate' : 'connections'}`,
    summary:
      `How the latency of ${operation} rises with the load, the objective ${expression}, and the knee: ` +
      'the highest load that keeps it.',
    note: notes(
      ...curves.map(({ target, knee }) =>
        knee ? unprovenText(target, knee) : `${target} kept the objective at no step.`,
      ),
      limitedNote(curves),
    ),
    y: { label: 'latency', quantity: 'ns', scale: 'log' },
    marks: [{ axis: 'y', at: limitNs, label: expression, colour: null }, ...knees],
  };
}

type Knee = NonNullable<SweepCurve['knee']>;

function kneeText(target: string, { level, limitedBy }: Knee, by: 'rate' | 'connections'): string {
  const bound = limitedBy === 'server' ? '' : '≥ ';
  return `${target} knee ${bound}${by === 'rate' ? `${formatNumber(level)}/s` : level}`;
}

function unprovenText(target: string, { confirmed, limitedBy }: Knee): string | null {
  if (limitedBy === 'generator') return `The load generator ended the climb of ${target}.`;
  if (limitedBy === 'ladder') return `${target} kept the objective up to the end of the ladder.`;
  return confirmed ? null : `The knee of ${target} was not confirmed by a second measurement.`;
}

function throughputChart(
  { policy }: SweepResult,
  operation: string,
  curves: readonly ColouredCurve[],
): LineChart {
  const read = ({ trial }: SweepStep) => trial.requestsPerSecond;
  const levels = curves.flatMap((curve) => curve.levels.map(({ level }) => level));
  const offered: Series = {
    name: 'as offered',
    colour: 7,
    draw: 'line',
    points: [Math.min(...levels), Math.max(...levels)].map((level) => ({ x: level, y: level })),
  };
  const series = [
    ...(policy.by === 'rate' && levels.length > 0 ? [offered] : []),
    ...curves.flatMap((curve) => [
      serverSeries(curve.target, curve, read),
      limitedSeries(curve.target, curve, read),
    ]),
  ];
  return {
    ...against(policy, `sweep-throughput-${slug(operation)}`, series),
    title: `${operation}: answered against ${policy.by === 'rate' ? 'offered' : 'connections'}`,
    summary: `Right answers to ${operation} in a second, against the load that was offered.`,
    note: limitedNote(curves),
    y: {
      label: 'answered',
      quantity: 'perSecond',
      scale: policy.by === 'rate' ? loadAxis(policy).scale : 'linear',
    },
  };
}

interface Cost {
  id: string;
  what: string;
  axis: Axis;
  read: Read;
}

function costChart(
  { policy }: SweepResult,
  operation: string,
  curves: readonly ColouredCurve[],
  { id, what, axis, read }: Cost,
): LineChart {
  const series = curves.flatMap((curve) => [
    serverSeries(curve.target, curve, read),
    limitedSeries(curve.target, curve, read),
  ]);
  return {
    ...against(policy, `sweep-${id}-${slug(operation)}`, series),
    title: `${operation}: ${what} against ${policy.by === 'rate' ? 'rate' : 'connections'}`,
    summary: `The ${what} at each load of ${operation}.`,
    note: limitedNote(curves),
    y: axis,
  };
}

function against(policy: SweepResult['policy'], id: string, series: readonly Series[]) {
  return {
    kind: 'lines' as const,
    id,
    x: loadAxis(policy),
    series: series.filter(hasFigures),
    marks: [] as Mark[],
  };
}

function loadAxis({ by, ladder }: SweepResult['policy']): Axis {
  const scale = ladder.kind === 'linear' ? 'linear' : 'log';
  return by === 'rate'
    ? { label: 'offered', quantity: 'perSecond', scale }
    : { label: 'connections', quantity: 'count', scale };
}

type Read = (step: SweepStep) => number | null | undefined;

/** What the server did; the line is broken where the load generator was the limit. */
function serverSeries(name: string, curve: ColouredCurve, read: Read): Series {
  const points = curve.levels.map((step) => ({
    x: step.level,
    y: step.outcome === 'generator-limited' ? null : (read(step) ?? null),
  }));
  return { name, colour: curve.colour, draw: 'line-and-dots', points };
}

const limitedText = 'generator-limited';

/** What was measured where the load generator was the limit: dots that nothing joins. */
function limitedSeries(name: string, curve: ColouredCurve, read: Read): Series {
  const points = curve.levels
    .filter(({ outcome }) => outcome === 'generator-limited')
    .map((step): Point => ({ x: step.level, y: read(step) ?? null, note: limitedText }));
  return { name: `${name}, ${limitedText}`, colour: curve.colour, draw: 'dots', points };
}

function limitedNote(curves: readonly ColouredCurve[]): string | null {
  return curves.some(({ levels }) => levels.some(({ outcome }) => outcome === 'generator-limited'))
    ? 'Hollow marks: the load generator was the limit, so they say nothing of the server.'
    : null;
}
