import type { Measure } from '../config/schema.js';
import { isNullTarget } from '../plan/plan.js';
import { isSame } from '../result/same.js';
import type { Comparison, RunResult, Trial } from '../result/schema.js';
import { aboutMetric, type MetricName, metricNames } from './metrics.js';
import { endlessRatio, estimateRatio } from './signed-rank.js';
import {
  comparableMetricOf,
  hasFigureOfRounds,
  isGeneratorLimited,
  kindsOf,
  limitedRoundsOf,
  targetsOf,
  trialsOf,
  wrongAnswersOf,
} from './summary.js';

/** What is compared, by measure, in the order in which it is shown. */
export const comparedMetrics: Readonly<Record<Measure, readonly MetricName[]>> = {
  latency: comparedBy('latency'),
  throughput: comparedBy('throughput'),
};

function comparedBy(measure: Measure): MetricName[] {
  return metricNames.filter((name) => {
    const metric = aboutMetric(name);
    return metric.measure === measure && metric.isCompared;
  });
}

/**
 * Two-sided confidence of every interval. 95 % would call one in twenty pairs of equal servers
 * different, and a run compares a dozen figures.
 */
export const confidence = 0.99;

/**
 * Every target against every one that is named after it, kind by kind and metric by metric, from
 * ratios within a round: what both share of a round's noise cancels. Rounds with wrong answers on
 * either side are left out, requests without an answer are infinitely long, and percentiles of too few
 * requests a round have no ratio. Null targets are the instrument's and not compared.
 */
export function compareTargets(result: Pick<RunResult, 'config' | 'trials'>): Comparison[] {
  const targets = targetsOf(result).filter((name) => !isNullTarget(name));
  const pairs = targets.flatMap((target, i) =>
    targets.slice(i + 1).map((reference) => ({ target, reference })),
  );
  return kindsOf(result).flatMap((kind) =>
    pairs.flatMap((pair) => {
      const own = trialsOf(result.trials, { ...kind, target: pair.target });
      const others = trialsOf(result.trials, { ...kind, target: pair.reference });
      return comparedMetrics[kind.measure].flatMap((metric) => {
        const ratios = ratiosWithinRounds(own, others, metric);
        if (ratios.length === 0) return [];
        const ratio = estimateRatio(ratios, confidence);
        const blurred = metric === 'requestsPerSecond' && [own, others].some(isLimited);
        const verdict = blurred ? 'generator-limited' : verdictOf(ratio, result.config.precision);
        return [{ ...kind, metric, ...pair, rounds: ratios.length, ratio, verdict }];
      });
    }),
  );
}

function isLimited(trials: readonly Trial[]): boolean {
  return isGeneratorLimited({
    generatorLimitedRounds: limitedRoundsOf(trials),
    rounds: trials.length,
  });
}

/**
 * One of three answers, or that there is none: different, if the interval leaves out 1; the same within
 * what matters, if it lies within the precision around 1; else it can't be told.
 */
function verdictOf(
  { low, high }: Pick<Comparison['ratio'], 'low' | 'high'>,
  precision: number,
): Comparison['verdict'] {
  if (low === null || high === null) return 'too-few-rounds';
  if (low > 1) return 'higher';
  if (high < 1) return 'lower';
  return isSame({ low, high }, precision) ? 'same' : 'unclear';
}

function ratiosWithinRounds(
  own: readonly Trial[],
  others: readonly Trial[],
  metric: MetricName,
): number[] {
  if (![own, others].every((side) => hasFigureOfRounds(side, metric))) return [];
  const figureOf = (trial: Trial) =>
    wrongAnswersOf(trial) === 0 ? comparableMetricOf(trial, metric) : null;
  const references = new Map(others.map((trial) => [trial.round, figureOf(trial)]));
  return own.flatMap((trial) => {
    const a = figureOf(trial);
    const b = references.get(trial.round);
    const isPair = a && b && (Number.isFinite(a) || Number.isFinite(b));
    return isPair ? [a / b] : [];
  });
}

/** Figures that decide whether automatic rounds may end; tails would need far longer. */
const preciseMetrics: ReadonlySet<string> = new Set<MetricName>([
  'p50Ns',
  'cpuPerRequestNs',
  'requestsPerCpuSecond',
]);

/**
 * Whether the intervals are as narrow as asked for: half their width, as a fraction of the ratio.
 * With nothing to compare (one target) there is nothing to wait for.
 */
export function isPrecise(comparisons: readonly Comparison[], precision: number): boolean {
  return comparisons
    .filter(({ metric }) => preciseMetrics.has(metric))
    .every(({ ratio }) => {
      const half = halfWidth(ratio);
      return half !== null && half <= precision;
    });
}

/** A pair's comparison, whichever of the two was named first; null: there is none. */
export function comparisonBetween(
  comparisons: readonly Comparison[],
  { measure, operation, metric }: Pick<Comparison, 'measure' | 'operation' | 'metric'>,
  target: string,
  reference: string,
): Comparison | null {
  const find = (a: string, b: string) =>
    comparisons.find(
      (c) =>
        c.metric === metric &&
        c.operation === operation &&
        c.measure === measure &&
        c.target === a &&
        c.reference === b,
    );
  const back = find(reference, target);
  return find(target, reference) ?? (back ? turned(back) : null);
}

const opposites: Partial<Record<Comparison['verdict'], Comparison['verdict']>> = {
  higher: 'lower',
  lower: 'higher',
};

/** The same comparison from the other side. Intervals are of logarithms, so turning one is exact. */
function turned(comparison: Comparison): Comparison {
  const { target, reference, ratio, verdict } = comparison;
  const over = (value: number) => Math.min(1 / value, endlessRatio);
  return {
    ...comparison,
    target: reference,
    reference: target,
    ratio: {
      ...ratio,
      estimate: over(ratio.estimate),
      low: ratio.high === null ? null : over(ratio.high),
      high: ratio.low === null ? null : over(ratio.low),
    },
    verdict: opposites[verdict] ?? verdict,
  };
}

/** Half the width of the interval of the logarithm, which is about the relative one; or null. */
export function halfWidth({ low, high }: Comparison['ratio']): number | null {
  if (low === null || high === null) return null;
  // Both are 0 where the reference never answered in time: no width, as when the target did not.
  return low === high ? 0 : Math.expm1(Math.log(high / low) / 2);
}
