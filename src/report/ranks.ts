import { workersOf } from '../config/workers.js';
import { plural } from '../plural.js';
import type { Comparison, RunResult } from '../result/schema.js';
import { comparisonBetween } from '../stats/compare.js';
import { aboutMetric, labelOf, type MetricName } from '../stats/metrics.js';
import type { FigureTable } from './figures.js';
import { formatAmount, formatRatios } from './format.js';

/** What many targets are ranked by, in the order of what people ask. */
const criteria = [
  'requestsPerCpuSecond',
  'p50Ns',
  'p99Ns',
] as const satisfies readonly MetricName[];

type Criterion = (typeof criteria)[number];

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

/**
 * The sentence that matters of each operation: who takes the least CPU, whom nothing separates, and what
 * surely costs the most.
 */
export function rankSentences(result: RunResult): string[] {
  const workers = workersOfAll(result);
  return operationsOf(result).flatMap((operation) => {
    const ranks = ranksOf(result, operation, criteria[0]);
    const [first] = ranks;
    if (!first || ranks.length === 1) return [];
    const isBetter = betterIn(result, operation, criteria[0]);
    const groups = inseparable(
      ranks.map(({ target }) => target),
      isBetter,
    );
    const among = `${operation}: of ${ranks.length} targets${workers}`;
    if (groups.length === 1) {
      return [`${among}, nothing separates any from another in CPU a request.`];
    }
    const cost = clearestCost(result, operation, ranks);
    return [`${among}, ${standing(groups)}${cost === null ? '' : `; ${cost}`}.`];
  });
}

/** ` with 2 workers each`; nothing where names tell, or nobody knows. */
function workersOfAll({ placement, config }: RunResult): string {
  if (!placement || config.targets.some((name) => workersOf(name) !== null)) return '';
  return ` with ${plural(placement.workers, 'worker')} each`;
}

/**
 * Groups within which nothing separates any two, the best first: those that none is better than, then
 * likewise of the rest.
 */
function inseparable(
  targets: readonly string[],
  isBetter: (a: string, b: string) => boolean,
): string[][] {
  const groups: string[][] = [];
  let rest = [...targets];
  while (rest.length > 0) {
    const best = rest.filter((target) => !rest.some((other) => isBetter(other, target)));
    // Intervals of chance can go round in a circle; then nobody is told from anybody.
    const group = best.length > 0 ? best : rest;
    groups.push(group);
    rest = rest.filter((target) => !group.includes(target));
  }
  return groups;
}

/** The least, and each group of several by its places: `nothing separates the first 2 (a, b)`. */
function standing(groups: readonly (readonly string[])[]): string {
  const [first = []] = groups;
  let place = 0;
  const several = groups.flatMap((group) => {
    const from = place + 1;
    place += group.length;
    if (group.length === 1) return [];
    const where = from === 1 ? `the first ${group.length}` : `places ${from}–${place}`;
    return [`${where} (${group.join(', ')})`];
  });
  const together = several.length > 0 ? `nothing separates ${several.join(', nor ')}` : null;
  if (first.length > 1) return `in CPU a request ${together}`;
  const least = `${first[0]} takes the least CPU a request`;
  return together === null ? least : `${least}; ${together}`;
}

/** The most of what a request surely costs more than with the first: by the near end of the interval. */
function clearestCost(result: RunResult, operation: string, ranks: readonly Rank[]): string | null {
  const [first, ...others] = ranks.map(({ target }) => target);
  const found = others.flatMap((target) => {
    // Twice as many requests for a second of CPU are half the CPU of each.
    const turned = between(result, operation, criteria[0], first ?? '', target);
    return turned?.verdict === 'higher' ? [{ target, ratio: turned.ratio }] : [];
  });
  const [most] = found.toSorted((a, b) => (b.ratio.low ?? 0) - (a.ratio.low ?? 0));
  if (!most) return null;
  const { estimate, low, high } = most.ratio;
  const [times, from, to] = formatRatios(estimate, low ?? estimate, high ?? estimate);
  return `clearest of all, ${most.target} costs ${times} the CPU a request of ${first} (${from} to ${to})`;
}

function rankText({ best, worst }: Rank): string {
  return best === worst ? `${best}` : `${best}–${worst}`;
}

function operationsOf({ comparisons }: RunResult): string[] {
  return [...new Set(comparisons.map(({ operation }) => operation))];
}

/** Ranks of an operation's targets, the best first; none where the metric was not compared. */
function ranksOf(result: RunResult, operation: string, metric: Criterion): Rank[] {
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
  const isBetter = betterIn(result, operation, metric);
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

/** Whether an interval says that one target is better than another. */
function betterIn(result: RunResult, operation: string, metric: Criterion) {
  const { better } = aboutMetric(metric);
  return (a: string, b: string) => between(result, operation, metric, a, b)?.verdict === better;
}

/** How one target stands to another, whichever was named first. */
function between(
  { comparisons }: RunResult,
  operation: string,
  metric: Criterion,
  target: string,
  reference: string,
): Comparison | null {
  const { measure } = aboutMetric(metric);
  return comparisonBetween(comparisons, { measure, operation, metric }, target, reference);
}
