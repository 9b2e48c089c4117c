import { isSame } from '../result/same.js';
import type { RunResult, Spread, Summary } from '../result/schema.js';
import { comparedMetrics, confidence } from './compare.js';
import { type Difference, fingerprintDifferences } from './fingerprint.js';
import { aboutMetric, type MetricName } from './metrics.js';
import {
  hasLargeLag,
  isGeneratorLimited,
  type Kind,
  leftInTime,
  wrongAnswersOf,
} from './summary.js';

/**
 * What may be said of B beside A. `higher`, `lower`: no round of one lies among those of the other;
 * everything else ranks nobody, and says why.
 */
export type FigureVerdict =
  | 'higher'
  | 'lower'
  | 'same'
  | 'unclear'
  | 'too-few-rounds'
  | 'too-few-requests'
  | 'generator-limited'
  | 'rate-not-kept'
  | 'wrong-answers'
  | 'not-comparable';

type Bound = Summary['bounds'][string] | null;

/** One figure of both runs, in the units of its metric. */
export interface ComparedFigure {
  metric: string;
  a: Spread;
  b: Spread;
  /** Whether the figure is a bound, as in the summary of its run. */
  bounds: { a: Bound; b: Bound };
  /** Median of B by that of A; null where A's is 0. */
  ratio: number | null;
  verdict: FigureVerdict;
}

/** A target under one kind of load, in both runs. */
export interface ComparedRow extends Kind {
  target: string;
  roundsA: number;
  roundsB: number;
  figures: ComparedFigure[];
}

type RowName = Kind & { target: string };

/** Two runs side by side. */
export interface ResultComparison {
  rows: ComparedRow[];
  onlyA: RowName[];
  onlyB: RowName[];
  /** Why figures of the two are not ranked. */
  differences: Difference[];
  /** Of targets that both have built: whether it was the same to the byte. */
  artifacts: { target: string; a: string; b: string; isSame: boolean }[];
}

/**
 * Two results side by side. Figures are ranked only where all else was alike, or with `rankAnyway`,
 * and then only by ranges that lie apart: two runs are two moments of a machine, whose noise no test
 * within a run knows.
 */
export function compareResults(
  a: RunResult,
  b: RunResult,
  { rankAnyway = false }: { rankAnyway?: boolean } = {},
): ResultComparison {
  const differences = fingerprintDifferences(a, b);
  const rows = a.summary.flatMap((left) => {
    const right = b.summary.find((entry) => nameOf(entry) === nameOf(left));
    if (!right) return [];
    const isComparable =
      rankAnyway ||
      differences.every(({ measure }) => measure !== null && measure !== left.measure);
    // Two that want another one are the same only where both would say so.
    const precision = Math.min(a.config.precision, b.config.precision);
    return [rowOf(sideOf(a, left), sideOf(b, right), { isComparable, precision })];
  });
  return {
    rows,
    onlyA: missingFrom(b, a.summary),
    onlyB: missingFrom(a, b.summary),
    differences,
    artifacts: a.artifacts.flatMap(({ target, sha256 }) => {
      const other = b.artifacts.find((artifact) => artifact.target === target);
      if (!other) return [];
      return [{ target, a: sha256, b: other.sha256, isSame: sha256 === other.sha256 }];
    }),
  };
}

function nameOf({ measure, operation, target }: RowName): string {
  return `${measure} ${operation} ${target}`;
}

function missingFrom({ summary }: RunResult, entries: readonly Summary[]): RowName[] {
  const there = new Set(summary.map(nameOf));
  return entries
    .filter((entry) => !there.has(nameOf(entry)))
    .map(({ measure, operation, target }) => ({ measure, operation, target }));
}

/** One run's part of a row. */
interface Side {
  entry: Summary;
  /** Whether it was answered wrongly, or writes were lost. */
  isWrong: boolean;
  /** Whether its requests left in time, if they had a schedule. */
  inTime: boolean;
  /** Whether lag is large beside the P50, where not each round tells it of each percentile. */
  isLate: boolean;
}

function sideOf({ trials }: RunResult, entry: Summary): Side {
  const own = trials.filter((trial) => nameOf(trial) === nameOf(entry));
  const isWrong = own.some((trial) => wrongAnswersOf(trial) > 0);
  if (entry.measure === 'throughput') return { entry, isWrong, inTime: true, isLate: false };
  const isTold = own.every(({ responseTime }) => responseTime?.low);
  return { entry, isWrong, inTime: leftInTime(own), isLate: !isTold && hasLargeLag(own) };
}

function rowOf(
  left: Side,
  right: Side,
  { isComparable, precision }: { isComparable: boolean; precision: number },
): ComparedRow {
  const { measure, operation, target, rounds } = left.entry;
  const figures = comparedMetrics[measure].flatMap((metric) => {
    const [a, b] = [left.entry.metrics[metric], right.entry.metrics[metric]];
    if (!a || !b) return [];
    const verdict = isComparable
      ? (doubtOf(left, metric) ??
        doubtOf(right, metric) ??
        verdictOf(a, b, { roundsA: rounds, roundsB: right.entry.rounds, precision }))
      : 'not-comparable';
    const bounds = {
      a: left.entry.bounds[metric] ?? null,
      b: right.entry.bounds[metric] ?? null,
    };
    return [{ metric, a, b, bounds, ratio: a.median === 0 ? null : b.median / a.median, verdict }];
  });
  return { measure, operation, target, roundsA: rounds, roundsB: right.entry.rounds, figures };
}

function doubtOf(
  { entry, isWrong, inTime, isLate }: Side,
  metric: MetricName,
): FigureVerdict | null {
  if (isWrong) return 'wrong-answers';
  if (metric === 'requestsPerSecond' && isGeneratorLimited(entry)) return 'generator-limited';
  // What is partly the generator's can't be ranked; of CPU time no part is.
  const isOurs = !aboutMetric(metric).isOfCpu && (isLate || entry.bounds[metric] !== undefined);
  if (!inTime || isOurs) return 'rate-not-kept';
  // One figure of all rounds together has no range that could lie apart from another.
  return entry.pooled.some((name) => name === metric) ? 'too-few-requests' : null;
}

/**
 * Ranges that lie apart are the most extreme outcome that a rank-sum test knows. It ranks if there
 * are so many rounds that chance alone seldom gives it: five on each side at 99 %.
 */
function verdictOf(
  a: Spread,
  b: Spread,
  { roundsA, roundsB, precision }: { roundsA: number; roundsB: number; precision: number },
): FigureVerdict {
  if (chanceOfSeparation(roundsA, roundsB) > 1 - confidence) return 'too-few-rounds';
  if (b.min > a.max) return 'higher';
  if (b.max < a.min) return 'lower';
  // Whatever round of one is held against whatever round of the other.
  const range = { low: b.min / a.max, high: b.max / a.min };
  return isSame(range, precision) ? 'same' : 'unclear';
}

/** How often all of n values lie on one side of all of m others that are alike: 2 / C(n + m, n). */
export function chanceOfSeparation(n: number, m: number): number {
  let ways = 1;
  for (let i = 1; i <= n; i++) ways = (ways * (m + i)) / i;
  return Math.min(1, 2 / ways);
}
