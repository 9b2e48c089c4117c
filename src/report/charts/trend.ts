import { aboutMetric, labelOf, type MetricName } from '../../stats/metrics.js';
import type { Axis, LineChart, Series } from './chart.js';
import { hasFigures, type Source, slug } from './sources.js';

const dateAxis: Axis = { label: 'date of the run', quantity: 'date', scale: 'linear' };

/** Figures of each target by the date of the run; nothing for runs of one date. */
export function trendCharts(sources: readonly Source[], operation: string): LineChart[] {
  const dates = new Set(sources.map(({ result }) => result.startedAt));
  if (dates.size < 2) return [];
  const trend = (metric: MetricName, name = '') =>
    trendSeries(sources, { name, operation, metric });
  const named = (metric: MetricName) => trend(metric, ` ${labelOf(metric)}`);
  const common = { kind: 'lines' as const, note: null, x: dateAxis, marks: [] };
  return [
    {
      ...common,
      id: `trend-latency-${slug(operation)}`,
      title: `${operation}: response time by date`,
      summary: `P50 and P99 of the response times of ${operation}, median over rounds, by the date of the run.`,
      y: { label: 'response time', quantity: 'ns', scale: 'log' },
      series: [...named('p50Ns'), ...named('p99Ns')],
    },
    {
      ...common,
      id: `trend-efficiency-${slug(operation)}`,
      title: `${operation}: requests per CPU-second by date`,
      summary: `Requests that a second of the server's CPU time answers, median over rounds, by the date of the run.`,
      y: { label: 'requests per CPU-second', quantity: 'count', scale: 'linear' },
      series: trend('requestsPerCpuSecond'),
    },
  ];
}

interface Figure {
  name: string;
  operation: string;
  metric: MetricName;
}

function trendSeries(sources: readonly Source[], { name, operation, metric }: Figure): Series[] {
  const { measure } = aboutMetric(metric);
  const targets = [...new Set(sources.map(({ target }) => target))];
  return targets
    .map((target) => {
      const own = sources.filter((source) => source.target === target);
      const points = own.flatMap(({ result }) => {
        const entry = result.summary.find(
          (s) => s.target === target && s.measure === measure && s.operation === operation,
        );
        const y = entry?.metrics[metric]?.median;
        return y === undefined ? [] : [{ x: Date.parse(result.startedAt), y }];
      });
      const colour = own[0]?.colour ?? 0;
      return { name: `${target}${name}`, colour, draw: 'line-and-dots' as const, points };
    })
    .filter(hasFigures);
}
