import { intervalsWithCollection } from '../../costs/beside.js';
import { tenthMs } from '../../costs/heaps.js';
import type { CostSeries, CostsResult } from '../../costs/schema.js';
import { formatCount } from '../format.js';
import type { LineChart, Point } from './chart.js';

/**
 * Of each number of keys: P99 from moment to moment in an open loop, with those marked in which a collection
 * ended, and page faults below it.
 */
export function collectorCharts({ series = [], targets }: CostsResult): LineChart[] {
  const sizes = [...new Set(series.map(({ keys }) => keys))].sort((a, b) => a - b);
  const colourOf = ({ target }: CostSeries) => targets.findIndex(({ name }) => name === target);
  return sizes.flatMap((keys) => {
    const own = series.filter((one) => one.keys === keys);
    const time = { label: 'time', quantity: 'ms' as const, scale: 'linear' as const };
    const collector: LineChart = {
      kind: 'lines',
      id: `collector-${keys}-keys`,
      title: `${formatCount(keys)} keys: response time beside the collector`,
      summary:
        'P99 by interval of an open loop of gets and posts at half of what a closed one answers; ' +
        'dots are intervals in which a collection ended.',
      note: null,
      x: time,
      y: { label: 'P99', quantity: 'ns', scale: 'log' },
      marks: [],
      series: own.flatMap((one) => {
        const colour = colourOf(one);
        const points = pointsOf(one.series.p99Ns, one.series.intervalMs);
        const ended = intervalsWithCollection(one.series);
        const collected = points.filter((_, index) => ended.has(index));
        const line = { name: one.target, colour, draw: 'line' as const, points };
        const dots = { ...line, name: `${one.target}, collected`, draw: 'dots' as const };
        return one.series.gcPauses ? [line, { ...dots, points: collected }] : [line];
      }),
    };
    const faulty = own.filter(({ faults }) => faults?.some((count) => count !== null));
    const faults: LineChart = {
      kind: 'lines',
      id: `faults-${keys}-keys`,
      title: `${formatCount(keys)} keys: page faults`,
      summary: 'Minor page faults of each server by tenth of a second of the same load.',
      note: null,
      x: time,
      y: { label: 'page faults', quantity: 'count', scale: 'linear' },
      marks: [],
      series: faulty.map((one) => ({
        name: one.target,
        colour: colourOf(one),
        draw: 'line',
        points: pointsOf(one.faults ?? [], tenthMs),
      })),
    };
    return faulty.length > 0 ? [collector, faults] : [collector];
  });
}

function pointsOf(values: readonly (number | null)[], intervalMs: number): Point[] {
  return values.map((y, index) => ({ x: (index + 0.5) * intervalMs, y }));
}
