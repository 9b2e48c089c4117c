import type { Comparison, RunResult } from '../result/schema.js';
import { aboutMetric, labelOf, type MetricName } from '../stats/metrics.js';
import type { FigureTable } from './figures.js';
import { formatAmount, formatRatios } from './format.js';

/** What many targets are ranked by, in the order of what people ask. */
const criteria = [
  'requestsPerCpuSecond',
  'p50Ns',
  'p99Ns',
] as const satisfies readonly MetricName[];

/** The places that a target can have, as far as intervals tell: 1 to 3 of those that nothing separates. */
interface Rank {
  target: string;
  best: number;
  worst: number;
  median: number;
}

/** An operation's targets, each with its ranks by what intervals separate; a table an operation. */
export function rankFigures(result: RunResult): FigureTable[] {
  return operationsOf(result).flatMap((operation) => {
    const columns = criteria
      .map((metric) => ({ metric, ranks: ranksOf(result, operation, metric) }))
      .filter(({ ranks }) => ranks.length > 0);
    const [first] = columns;
    if (!first) return [];
    return [
      {
        title: `Ranks, ${operation}`,
        detail: 'targets that no interval separates share them',
        head: ['target', ...columns.flatMap(({ metric }) => ['rank', labelOf(metric)])],
        left: 1,
        rows: first.ranks.map(({ target }) => [
          target,
          ...columns.flatMap(({ metric, ranks }) => {
            const own = ranks.find((rank) => rank.target === target);
            const { unit } = aboutMetric(metric);
            return own ? [rankText(own), formatAmount(own.median, unit)] : ['', ''];
          }),
        ]),
        note: null,
      },
    ];
  });
}

/** The sentence that matters of each operation: who leads, with whom, and how far behind the last is. */
export function rankSentences(result: RunResult): string[] {
  return operationsOf(result).flatMap((operation) => {
    const ranks = ranksOf(result, operation, criteria[0]);
    const [first] = ranks;
    const last = ranks.at(-1);
    if (!first || !last || first === last) return [];
    const leaders = ranks.filter(({ best }) => best === 1).map(({ target }) => target);
    const count = `of ${ranks.length} targets`;
    const what = 'requests per CPU-second';
    if (leaders.length === ranks.length) {
      return [`${operation}: ${count}, nothing separates any from the first in ${what}.`];
    }
    const lead =
      leaders.length === 1
        ? `${first.target} answers the most ${what}`
        : `nothing separates the first ${leaders.length} in ${what} (${leaders.join(', ')})`;
    return [`${operation}: ${count}, ${lead}; ${behind(result, operation, first, last)}.`];
  });
}

function behind(result: RunResult, operation: string, first: Rank, last: Rank): string {
  const found = between(result, operation, criteria[0], last.target, first.target);
  const [estimate, low, high] = found ? formatRatios(...found.ratios) : [];
  const interval = low === undefined || high === undefined ? '' : ` (${low} to ${high})`;
  return `${last.target} answers ${estimate ?? 'fewer'} as many as ${first.target}${interval}`;
}

function rankText({ best, worst }: Rank): string {
  return best === worst ? `${best}` : `${best}–${worst}`;
}

function operationsOf({ comparisons }: RunResult): string[] {
  return [...new Set(comparisons.map(({ operation }) => operation))];
}

/** Ranks of an operation's targets, the best first; none where the metric was not compared. */
function ranksOf(result: RunResult, operation: string, metric: MetricName): Rank[] {
  const { measure, better } = aboutMetric(metric);
  const isMoreBetter = better === 'higher';
  const entries = result.summary.filter(
    (entry) => entry.operation === operation && entry.measure === measure,
  );
  const names = new Set(
    result.comparisons
      .filter((c) => c.operation === operation && c.metric === metric && c.measure === measure)
      .flatMap(({ target, reference }) => [target, reference]),
  );
  const known = entries.flatMap(({ target, metrics }) => {
    const median = metrics[metric]?.median;
    return names.has(target) && median !== undefined ? [{ target, median }] : [];
  });
  const isBetter = (a: string, b: string) => {
    const found = between(result, operation, metric, a, b);
    return found?.verdict === better;
  };
  return known
    .map(({ target, median }) => {
      const others = known.filter((other) => other.target !== target);
      const better = others.filter((other) => isBetter(other.target, target)).length;
      const worse = others.filter((other) => isBetter(target, other.target)).length;
      return { target, median, best: 1 + better, worst: known.length - worse };
    })
    .sort(
      (a, b) =>
        a.best - b.best ||
        a.worst - b.worst ||
        (isMoreBetter ? b.median - a.median : a.median - b.median),
    );
}

/** How one target stands to another, whichever was named first. */
function between(
  { comparisons }: RunResult,
  operation: string,
  metric: MetricName,
  target: string,
  reference: string,
): { verdict: Comparison['verdict']; ratios: number[] } | null {
  const { measure } = aboutMetric(metric);
  const own = comparisons.filter(
    (c) => c.operation === operation && c.metric === metric && c.measure === measure,
  );
  const there = own.find((c) => c.target === target && c.reference === reference);
  const bounds = ({ estimate, low, high }: Comparison['ratio']) =>
    low === null || high === null ? [estimate] : [estimate, low, high];
  if (there) return { verdict: there.verdict, ratios: bounds(there.ratio) };
  const back = own.find((c) => c.target === reference && c.reference === target);
  if (!back) return null;
  const [estimate = 1, low, high] = bounds(back.ratio);
  const ratios = low === undefined || high === undefined ? [estimate] : [estimate, high, low];
  const turned = { higher: 'lower', lower: 'higher' } as const;
  const { verdict } = back;
  return {
    verdict: verdict === 'higher' || verdict === 'lower' ? turned[verdict] : verdict,
    ratios: ratios.map((ratio) => 1 / ratio),
  };
}
