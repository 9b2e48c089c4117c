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
  const interval = { low, high };
  const sides = [target, reference].map((side) =>
    targetFigure(expression, side, operation, result),
  ) as [Figure, Figure];
  const text = `${interval.low.toFixed(2)} to ${interval.high.toFixed(2)}`;
  const doubt = `the interval ${text} holds the bound: more rounds would narrow it`;
  return { name, value, ranges: [{ ...interval, doubt }, ...widened(interval, sides)] };
}

/** The interval with what each side may truly be, if that is not what was measured. */
function widened(
  interval: { low: number; high: number },
  [target, reference]: readonly [Figure, Figure],
): Range[] {
  const doubts = [target, reference].flatMap(({ ranges }) => ranges.map(({ doubt }) => doubt));
  if (doubts.length === 0) return [];
  const { least: leastTarget, most: mostTarget } = shareOfValue(target);
  const { least: leastReference, most: mostReference } = shareOfValue(reference);
  return [
    {
      low: (interval.low * leastTarget) / mostReference,
      high: (interval.high * mostTarget) / leastReference,
      doubt: [...new Set(doubts)].join('; '),
    },
  ];
}

/** The ends of a figure's range by its value. */
function shareOfValue({ value, ranges: [range] }: Figure): { least: number; most: number } {
  if (!range || !value) return { least: 1, most: 1 };
  return { least: range.low / value, most: range.high / value };
}
