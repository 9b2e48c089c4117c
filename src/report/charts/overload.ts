import type { SweepCurve, SweepResult } from '../../sweep/schema.js';
import { formatMs, formatNumber } from '../format.js';
import type { LineChart, Mark } from './chart.js';
import { byLoadedTime } from './over-time.js';
import { hasFigures, notes, slug } from './sources.js';

/** What is answered while more is offered than the knee, and after it. */
export function overloadChart(
  { policy }: SweepResult,
  operation: string,
  curves: readonly (SweepCurve & { colour: number })[],
): LineChart {
  const series = curves.map(({ target, colour, steps }) => {
    const { series } = steps.findLast(({ purpose }) => purpose === 'overload')?.trial ?? {};
    const points = series
      ? series.answered.map((answered, index) => ({
          x: (index + 0.5) * series.intervalMs,
          y: byLoadedTime(series, index, answered * 1000),
        }))
      : [];
    return { name: target, colour, draw: 'line' as const, points };
  });
  const end: Mark[] = policy.overload
    ? [{ axis: 'x', at: policy.overload.overloadMs, label: 'overload ends', colour: null }]
    : [];
  return {
    kind: 'lines',
    id: `sweep-overload-${slug(operation)}`,
    title: `${operation}: under overload, and after it`,
    summary: `Right answers to ${operation} by interval while more is offered than the knee, and when that has ended.`,
    note: notes(...curves.map((curve) => overloadText(curve, policy.slo.expression))),
    x: { label: 'time from the start of the overload', quantity: 'ms', scale: 'linear' },
    y: { label: 'answered', quantity: 'perSecond', scale: 'linear' },
    series: series.filter(hasFigures),
    marks: end,
  };
}

function overloadText({ target, overload }: SweepCurve, objective: string): string | null {
  if (!overload) return null;
  const { ratePerSecond, goodputPerSecond, recoveryMs } = overload;
  const recovery =
    recoveryMs === null
      ? 'no recovery was seen'
      : `the objective was kept again ${recoveryMs === 0 ? 'at once' : `after ${formatMs(recoveryMs)}`}`;
  return (
    `${target}: of ${formatNumber(ratePerSecond)}/s ${formatNumber(goodputPerSecond)}/s were answered ` +
    `within ${objective}; ${recovery}.`
  );
}
