import { minAutomaticRounds } from '../plan/plan.js';
import { plural } from '../plural.js';
import { comparisonBetween } from './compare.js';
import { aboutMetric, labelOf, metricNamed, type NamedMetric } from './metrics.js';
import type { ThresholdExpression } from './threshold-expression.js';
import {
  anything,
  type Figure,
  type FigureSource,
  type Range,
  targetFigure,
} from './threshold-figures.js';

/** The figure that an expression has of two targets: the ratio within rounds, and its interval. */
export function ratioFigure(
  expression: ThresholdExpression & { metric: NamedMetric },
  { target, reference }: { target: string; reference: string },
  operation: string,
  result: FigureSource,
): Figure {
  const metric = metricNamed[expression.metric];
  const { measure } = aboutMetric(metric);
  const name = `${target}/${reference} ${operation} ${labelOf(metric)}`;
  const about = { measure, operation, metric };
  const found = comparisonBetween(result.comparisons, about, target, reference);
  if (!found) return { name, value: null, ranges: [] };
  const { estimate: value, low, high } = found.ratio;
  if (low === null || high === null) {
    const doubt = `${plural(found.rounds, 'round')} can't give an interval: at least ${minAutomaticRounds} are needed`;
    return { name, value, ranges: [anything(doubt)] };
  }
  const sides = [target, reference].map((side) =>
    targetFigure(expression, side, operation, result),
  ) as [Figure, Figure];
  const doubt = `the interval ${low.toFixed(2)} to ${high.toFixed(2)} holds the bound: more rounds would narrow it`;
  return { name, value, ranges: [{ low, high, doubt }, widened({ low, high }, sides)] };
}

/** The interval with what each side may truly be. */
function widened(
  interval: { low: number; high: number },
  [target, reference]: readonly [Figure, Figure],
): Range {
  const doubts = [target, reference].flatMap(({ ranges }) => ranges.map(({ doubt }) => doubt));
  const { least: leastTarget, most: mostTarget } = shareOfValue(target);
  const { least: leastReference, most: mostReference } = shareOfValue(reference);
  const high = (interval.high * mostTarget) / leastReference;
  return {
    low: (interval.low * leastTarget) / mostReference,
    // A ratio of 0 (the reference never answered) times no end (nothing is known of the target) is anything.
    high: Number.isNaN(high) ? Number.POSITIVE_INFINITY : high,
    doubt: [...new Set(doubts)].join('; '),
  };
}

/** The ends of a figure's range by its value. */
function shareOfValue({ value, ranges: [range] }: Figure): { least: number; most: number } {
  if (!range || !value) return { least: 1, most: 1 };
  return { least: range.low / value, most: range.high / value };
}
