import type { Comparison, RunResult } from '../../result/schema.js';
import { comparisonBetween } from '../../stats/compare.js';
import { betterOf, labelOf } from '../../stats/metrics.js';
import type { ForestChart, ForestRow } from './chart.js';
import { dateText } from './quantity.js';
import { slug } from './sources.js';

/** Of more results only the newest have their ratios shown: their figures are in the trend. */
const mostResults = 3;

/** Ratios with their intervals: of two targets all their figures, of more all of them against the first. */
export function ratioCharts(results: readonly RunResult[]): ForestChart[] {
  const byDate = [...results].sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  return byDate.slice(-mostResults).flatMap((result) => {
    const when = results.length === 1 ? '' : `, ${dateText(Date.parse(result.startedAt), 16)}`;
    const charts = namesOf(result).length > 2 ? againstFirst(result) : pairCharts(result);
    return charts.map((chart) => ({ ...chart, title: `${chart.title}${when}` }));
  });
}

/** Names of what is compared, in the order of the config. */
function namesOf({ comparisons }: RunResult): string[] {
  return [...new Set(comparisons.flatMap(({ target, reference }) => [target, reference]))];
}

function pairCharts({ comparisons: own }: RunResult): ForestChart[] {
  const [first] = own;
  if (!first) return [];
  const pair = `${first.target} / ${first.reference}`;
  return [
    {
      kind: 'forest',
      id: `ratios-${slug(pair)}`,
      title: `${pair}: ratios`,
      summary:
        `Each figure of ${first.target} as a multiple of that of ${first.reference}, with its ` +
        `${percentOf(first)} % interval over rounds. An interval that holds 1 shows no difference, and is the same only if it is narrow.`,
      note: own.some(({ verdict }) => verdict === 'generator-limited')
        ? 'Throughputs that the load generator limited say nothing of the servers.'
        : null,
      axis: { label: pair, quantity: 'ratio', scale: 'log' },
      rows: own
        .filter(({ ratio }) => ratio.estimate > 0)
        .map((comparison) =>
          rowOf(
            `${comparison.operation} ${labelOf(comparison.metric)}`,
            comparison,
            betterOf(comparison.metric),
          ),
        ),
    },
  ];
}

/** What many targets are held against the first by; less is better of each. */
const costs = [
  { measure: 'throughput', metric: 'requestsPerCpuSecond', what: 'CPU a request', isInverse: true },
  { measure: 'latency', metric: 'p50Ns', what: 'P50', isInverse: false },
  { measure: 'latency', metric: 'p99Ns', what: 'P99', isInverse: false },
] as const;

type Cost = (typeof costs)[number];

/** A chart for each operation and cost: the cheapest target first, as a multiple of the first of the run. */
function againstFirst(result: RunResult): ForestChart[] {
  return result.config.operations.flatMap((operation) =>
    costs.flatMap((cost) => costChart(result, operation, cost) ?? []),
  );
}

/** The CPU a request of all targets against the first of more than two, a chart an operation. */
export function cpuCharts(result: RunResult): ForestChart[] {
  const [cpu] = costs;
  if (namesOf(result).length <= 2) return [];
  return result.config.operations.flatMap((operation) => costChart(result, operation, cpu) ?? []);
}

function costChart(result: RunResult, operation: string, cost: Cost): ForestChart | null {
  const { measure, metric, what, isInverse } = cost;
  const [first = '', ...others] = namesOf(result);
  const rows = others.flatMap((target) => {
    const about = { measure, operation, metric };
    const found = isInverse
      ? comparisonBetween(result.comparisons, about, first, target)
      : comparisonBetween(result.comparisons, about, target, first);
    // Twice as many requests for a second of CPU are half the CPU of each.
    return found ? [rowOf(target, found, 'lower')] : [];
  });
  if (rows.length === 0) return null;
  const [any] = result.comparisons;
  return {
    kind: 'forest',
    id: `against-first-${slug(`${operation} ${what}`)}`,
    title: `${operation}: ${what}, all against ${first}`,
    summary:
      `${what} of ${operation} as a multiple of that of ${first}, with ${any ? percentOf(any) : 0} % intervals over rounds. ` +
      'Lower is better. An interval that holds 1 shows no difference from the first.',
    note: null,
    axis: { label: `${what}, times that of ${first}`, quantity: 'ratio', scale: 'log' },
    rows: rows.sort((a, b) => a.estimate - b.estimate),
  };
}

function percentOf({ ratio }: Comparison): number {
  return Math.round(ratio.confidence * 100);
}

const words: Record<Comparison['verdict'], string> = {
  higher: 'higher',
  lower: 'lower',
  same: 'the same',
  unclear: "can't be told",
  'too-few-rounds': 'too few rounds',
  'generator-limited': 'generator-limited',
};

function rowOf(
  label: string,
  { ratio, verdict }: Pick<Comparison, 'ratio' | 'verdict'>,
  better: Comparison['verdict'],
): ForestRow {
  const { estimate, low, high } = ratio;
  return {
    label,
    estimate,
    low,
    high,
    verdict: words[verdict],
    tone: toneOf(verdict, better),
    allowed: null,
  };
}

function toneOf(verdict: Comparison['verdict'], better: Comparison['verdict']): ForestRow['tone'] {
  if (verdict !== 'higher' && verdict !== 'lower') return 'neutral';
  return verdict === better ? 'good' : 'bad';
}
