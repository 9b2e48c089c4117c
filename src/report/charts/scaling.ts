import type { RunResult } from '../../result/schema.js';
import { scalingOf } from '../../stats/scaling.js';
import type { LineChart } from './chart.js';
import { dateText } from './quantity.js';
import { slug } from './sources.js';

/** Throughput by workers, a chart an operation, of each run that measured several numbers of them. */
export function scalingCharts(results: readonly RunResult[]): LineChart[] {
  return results.flatMap((result) => {
    const all = scalingOf(result);
    const when = results.length === 1 ? '' : `, ${dateText(Date.parse(result.startedAt), 16)}`;
    const targets = [...new Set(all.map(({ target }) => target))];
    return [...new Set(all.map(({ operation }) => operation))].map((operation) => ({
      kind: 'lines' as const,
      id: `scaling-${slug(operation)}`,
      title: `${operation}: throughput by workers${when}`,
      summary: `Requests of ${operation} a second in a closed loop, by the number of workers. Medians over rounds; higher is better.`,
      note: all.some(({ steps }) => steps.some(({ isLimited }) => isLimited))
        ? 'Where the load generator was the limit a server could do more.'
        : null,
      x: { label: 'workers', quantity: 'count' as const, scale: 'linear' as const },
      y: { label: 'requests/s', quantity: 'perSecond' as const, scale: 'linear' as const },
      series: all
        .filter((scaling) => scaling.operation === operation)
        .map(({ target, steps }) => ({
          name: target,
          colour: targets.indexOf(target) % 8,
          draw: 'line-and-dots' as const,
          points: steps.map(({ workers, requestsPerSecond, isLimited }) => ({
            x: workers,
            y: requestsPerSecond,
            ...(isLimited && { note: 'generator-limited' }),
          })),
        })),
      marks: [],
    }));
  });
}
