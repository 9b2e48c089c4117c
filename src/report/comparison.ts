import { defaultConfig } from '../config/schema.js';
import { plural } from '../plural.js';
import type { Comparison, RunResult } from '../result/schema.js';
import { labelOf } from '../stats/metrics.js';
import type { FigureTable } from './figures.js';
import { formatNs, formatPercent, formatRatios, formatRequestRate, withBound } from './format.js';
import { rankFigures, rankSentences } from './ranks.js';
import { scalingFigures, scalingSentences } from './scaling.js';

/** So many targets are compared each with each; of more, the first with each of the others. */
const maxTargetsInPairs = 3;

/**
 * For each pair a table: a row a figure, a column an operation; before them how targets scale with their
 * workers, and of many targets their ranks.
 */
export function comparisonFigures(result: RunResult): FigureTable[] {
  const shown = shownComparisons(result);
  const ranks = isMany(result) ? rankFigures(result) : [];
  const pairs = [...new Set(shown.map(pairOf))].map((pair) =>
    pairFigures(
      pair,
      shown.filter((c) => pairOf(c) === pair),
    ),
  );
  return [...scalingFigures(result), ...ranks, ...pairs];
}

/** That there are more pairs than are shown; null: all are. */
export function unshownComparisons(result: RunResult): string | null {
  if (shownComparisons(result).length === result.comparisons.length) return null;
  return 'The other pairs are in the saved result; --targets A,B shows two by themselves.';
}

/** The pairs that are shown: of many targets not each with each. */
function shownComparisons({ comparisons }: Pick<RunResult, 'comparisons'>): readonly Comparison[] {
  if (!isMany({ comparisons })) return comparisons;
  return comparisons.filter(({ target }) => target === comparisons[0]?.target);
}

function isMany({ comparisons }: Pick<RunResult, 'comparisons'>): boolean {
  const names = new Set(comparisons.flatMap(({ target, reference }) => [target, reference]));
  return names.size > maxTargetsInPairs;
}

function pairOf({ target, reference }: Comparison): string {
  return `${target} / ${reference}`;
}

function pairFigures(pair: string, own: readonly Comparison[]): FigureTable {
  const operations = [...new Set(own.map(({ operation }) => operation))];
  const rowKey = ({ measure, metric }: Comparison) => `${measure} ${metric}`;
  const rows = [...new Set(own.map(rowKey))].map((key) => {
    const cells = operations.map((operation) => {
      const found = own.find((c) => rowKey(c) === key && c.operation === operation);
      return found ? cell(found) : '';
    });
    const metric = key.slice(key.indexOf(' ') + 1);
    return [labelOf(metric), ...cells];
  });
  const [first] = own;
  const percent = Math.round((first?.ratio.confidence ?? 0) * 100);
  return {
    title: pair,
    detail: `ratios within a round, ${percent} % intervals`,
    head: ['', ...operations],
    rows,
    left: 1 + operations.length,
    keys: 1,
    note: null,
  };
}

function cell({ ratio, verdict, rounds }: Comparison): string {
  const [estimate] = formatRatios(ratio.estimate);
  switch (verdict) {
    case 'generator-limited':
      return 'generator-limited';
    case 'too-few-rounds':
      return `${estimate} (${plural(rounds, 'round')}: no interval)`;
    case 'same':
      return `the same (${plusMinus(ratio)})`;
    case 'unclear':
      return `can't be told (${plusMinus(ratio)})`;
    default:
      return interval(ratio.estimate, ratio.low ?? 0, ratio.high ?? 0);
  }
}

function interval(...ratios: [estimate: number, low: number, high: number]): string {
  const [estimate, low, high] = formatRatios(...ratios);
  return `${estimate} (${low} to ${high})`;
}

/** The largest difference, either way, that the interval leaves open. */
function plusMinus({ low, high }: Comparison['ratio']): string {
  const most = Math.max((high ?? 1) - 1, 1 / (low ?? 1) - 1);
  return `±${formatPercent(most)}`;
}

/**
 * The two sentences that people came for, of each operation and pair: who answers more for a
 * second of CPU, and who sooner. Throughput as such is in none: the generator may have limited it.
 */
export function comparisonSentences(result: RunResult): string[] {
  const scaling = scalingSentences(result);
  if (isMany(result)) return [...rankSentences(result), ...scaling];
  const sentences = shownComparisons(result)
    .filter(
      ({ metric, measure }) =>
        metric === 'requestsPerCpuSecond' || (metric === 'p50Ns' && measure === 'latency'),
    )
    .sort((a, b) => (a.operation < b.operation ? -1 : a.operation > b.operation ? 1 : 0))
    .map((comparison) => comparisonSentence(comparison, result.config.precision))
    .filter((sentence) => sentence !== '');
  return [...sentences, ...scaling];
}

/** One comparison in words; nothing if there are too few rounds to say anything. */
export function comparisonSentence(
  comparison: Comparison,
  precision = defaultConfig.precision,
): string {
  const { operation, metric, target, reference, ratio, verdict } = comparison;
  const isMore = metric === 'requestsPerCpuSecond';
  const what = isMore ? 'requests per CPU-second' : 'the P50 at the same rate';
  if (verdict === 'same') {
    return `${operation}: ${target} and ${reference} are the same in ${what} (${plusMinus(ratio)}).`;
  }
  if (verdict === 'unclear') {
    return `${operation}: whether ${target} and ${reference} differ in ${what} can't be told (${plusMinus(ratio)}): ${whatWouldTell(comparison, precision)}.`;
  }
  if (verdict !== 'higher' && verdict !== 'lower') return '';
  // The subject is the one that has more of it, so that the factor always reads as "more".
  const [more, less, values] =
    verdict === 'higher'
      ? [target, reference, [ratio.estimate, ratio.low ?? 0, ratio.high ?? 0]]
      : [reference, target, [1 / ratio.estimate, 1 / (ratio.high ?? 1), 1 / (ratio.low ?? 1)]];
  const [factor, low, high] = formatRatios(...values);
  const claim = isMore
    ? `${more} answers ${factor} as many requests per CPU-second as ${less}`
    : `${more}'s P50 at the same rate is ${factor} that of ${less}`;
  return `${operation}: ${claim} (${low} to ${high}).`;
}

/** So many rounds nobody waits for. */
const mostRounds = 500;

/**
 * How many rounds would tell, or what else may. Intervals narrow around their estimate with the square
 * root of the rounds, until 1 is outside (they differ) or all of them is within the precision (the same),
 * whichever comes first.
 */
function whatWouldTell({ ratio, rounds }: Comparison, precision: number): string {
  const half = Math.log((ratio.high ?? 1) / (ratio.low ?? 1)) / 2;
  const apart = Math.abs(Math.log(ratio.estimate));
  const enough = Math.max(apart, Math.log1p(precision) - apart);
  const needed = Math.max(rounds + 1, Math.ceil(rounds * (half / enough) ** 2));
  return needed <= mostRounds
    ? `about --rounds ${needed} would tell`
    : 'more rounds would take too long; longer ones (--duration) or a quieter machine may tell';
}

/** For a run that compares nothing: how long answers take, of each target and operation. */
export function aloneSentences({ summary, rate }: RunResult): string[] {
  return summary.flatMap(({ target, operation, measure, metrics, bounds }) => {
    const { p50Ns, p99Ns } = metrics;
    if (measure !== 'latency' || !rate || !p50Ns || !p99Ns) return [];
    const at = formatRequestRate(rate.ratePerSecond);
    return `${operation}: at ${at} half of the answers of ${target} take ${withBound(formatNs(p50Ns.median), bounds['p50Ns'])} or less, and 99 % ${withBound(formatNs(p99Ns.median), bounds['p99Ns'])}.`;
  });
}
