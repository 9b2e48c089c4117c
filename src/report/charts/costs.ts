import { intervalsWithCollection } from '../../costs/beside.js';
import type { CostSeries, CostsResult } from '../../costs/schema.js';
import { formatCount } from '../format.js';
import type { LineChart, Point } from './chart.js';

/** P99 of each tenth of a second in an open loop, with those marked in which a collection ended. */
export function collectorCharts({ series = [], targets }: CostsResult): LineChart[] {
  const sizes = [...new Set(series.map(({ keys }) => keys))].sort((a, b) => a - b);
  return sizes.map((keys) => ({
    kind: 'lines',
    id: `collector-${keys}-keys`,
    title: `${formatCount(keys)} keys: response time beside the collector`,
    summary:
      `P99 by tenth of a second of an open loop of gets and posts at half of what a closed one answers; ` +
      'dots are tenths in which a collection ended.',
    note: null,
    x: { label: 'time', quantity: 'ms', scale: 'linear' },
    y: { label: 'P99', quantity: 'ns', scale: 'log' },
    marks: [],
    series: series
      .filter((one) => one.keys === keys)
      .flatMap((one) => {
        const colour = targets.findIndex(({ name }) => name === one.target);
        const points = pointsOf(one);
        const ended = intervalsWithCollection(one.series);
        return [
          { name: one.target, colour, draw: 'line' as const, points },
          {
            name: `${one.target}, collected`,
            colour,
            draw: 'dots' as const,
            points: points.filter((_, index) => ended.has(index)),
          },
        ];
      }),
  }));
}

function pointsOf({ series }: CostSeries): Point[] {
  return series.p99Ns.map((y, index) => ({ x: (index + 0.5) * series.intervalMs, y }));
}
