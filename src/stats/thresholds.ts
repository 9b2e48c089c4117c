import type { Measure } from '../config/schema.js';
import { KvbenchError } from '../errors.js';
import { isNullTarget } from '../plan/plan.js';
import { plural } from '../plural.js';
import type { RunResult, Threshold } from '../result/schema.js';
import { aboutMetric, metricNamed } from './metrics.js';
import type { Comparator, ThresholdExpression } from './threshold-expression.js';
import { type Figure, type FigureSource, targetFigure } from './threshold-figures.js';
import { ratioFigure } from './threshold-ratios.js';

/** What a run is going to measure, as far as thresholds can name it. */
interface Outline {
  /** Names in the run, as `go#2`. */
  targets: readonly string[];
  operations: readonly string[];
  measures: readonly Measure[];
}

/** Throws a usage error if an expression is about something that the run does not measure. */
export function checkThresholds(
  expressions: readonly ThresholdExpression[],
  outline: Outline,
): void {
  for (const expression of expressions) checkOne(resolve(expression, outline), outline);
}

function checkOne(
  { source, subject, operation, metric }: ThresholdExpression,
  { targets, operations, measures }: Outline,
): void {
  const refuse = (problem: string, hint: string): never => {
    throw new KvbenchError('usage', `The threshold ${source} ${problem}.`, hint);
  };
  const there = `There are the targets ${targets.join(', ')} and the operations ${operations.join('; ')}.`;
  const named = subject.kind === 'ratio' ? [subject.target, subject.reference] : [subject.target];
  for (const name of named) {
    if (name === null) continue;
    if (!targets.includes(name)) refuse(`names ${name}, which is no target of this run`, there);
    if (subject.kind === 'ratio' && isNullTarget(name)) {
      refuse(`names ${name}, and null targets are not compared`, 'Name two servers.');
    }
  }
  if (operation !== null && !operations.includes(operation)) {
    const kind = subject.target === null ? 'neither an operation nor a target' : 'no operation';
    refuse(`names ${operation}, which is ${kind} of this run`, there);
  }
  if (metric === 'errors') return;
  const { measure } = aboutMetric(metricNamed[metric]);
  if (!measures.includes(measure)) {
    refuse(`needs a measure that this run leaves out`, `Add ${measure} to --measure.`);
  }
}

/**
 * What the expressions come to: an entry for each figure that one applies to. Only a figure that
 * can be trusted is kept or broken: if the truth may lie on either side of the bound it is
 * untrusted, and the entry says why. Null targets are the instrument's and need to be named.
 */
export function evaluateThresholds(
  expressions: readonly ThresholdExpression[],
  result: FigureSource & Pick<RunResult, 'state' | 'config' | 'targets'>,
): Threshold[] {
  const targets = result.targets.map(({ name }) => name);
  const { operations } = result.config;
  return expressions
    .map((expression) => resolve(expression, { targets, operations }))
    .flatMap((expression) =>
      figuresOf(expression, targets, operations, result).map((figure) => ({
        expression: expression.source,
        figure: figure.name,
        value: figure.value,
        ...judge(expression, figure, result.state),
      })),
    );
}

function figuresOf(
  expression: ThresholdExpression,
  targets: readonly string[],
  operations: readonly string[],
  result: FigureSource,
): Figure[] {
  const { subject, operation, metric } = expression;
  const ofOperations = operation === null ? operations : [operation];
  if (subject.kind === 'ratio') {
    if (metric === 'errors') throw new Error('the parser lets no ratio of errors through');
    return ofOperations.map((name) =>
      ratioFigure({ ...expression, metric }, subject, name, result),
    );
  }
  const ofTargets =
    subject.target === null ? targets.filter((name) => !isNullTarget(name)) : [subject.target];
  return ofTargets.flatMap((target) =>
    ofOperations.map((name) => targetFigure(expression, target, name, result)),
  );
}

const comparators: Record<Comparator, (value: number, bound: number) => boolean> = {
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
};

function judge(
  { comparator, bound }: ThresholdExpression,
  { value, ranges }: Figure,
  state: RunResult['state'],
): Pick<Threshold, 'outcome' | 'reason'> {
  const untrusted = (reason: string) => ({ outcome: 'untrusted' as const, reason });
  if (state !== 'complete') return untrusted('the run is not complete');
  if (value === null) return untrusted('it was not measured');
  const isBroken = (truth: number) => comparators[comparator](truth, bound);
  const open = ranges.find(({ low, high }) => isBroken(low) !== isBroken(high));
  if (open) return untrusted(open.doubt);
  return { outcome: isBroken(value) ? 'broken' : 'kept', reason: null };
}

/**
 * The names of an expression as the run has them: the one name of `go.rss` is a target's if there is
 * no such operation, and the parts of a mix may come in any order.
 */
function resolve(
  expression: ThresholdExpression,
  { targets, operations }: Pick<Outline, 'targets' | 'operations'>,
): ThresholdExpression {
  const { subject, operation } = expression;
  if (operation === null) return expression;
  const known = operations.find((name) => sortedParts(name) === sortedParts(operation));
  if (known !== undefined) return { ...expression, operation: known };
  return subject.target === null && targets.includes(operation)
    ? { ...expression, subject: { kind: 'target', target: operation }, operation: null }
    : expression;
}

function sortedParts(operation: string): string {
  return operation.split(',').sort().join(',');
}

/** The error that a run ends with: one that is broken comes before any that is untrusted, or null. */
export function thresholdFailure(thresholds: readonly Threshold[]): KvbenchError | null {
  const broken = thresholds.filter(({ outcome }) => outcome === 'broken');
  if (broken.length > 0) {
    const verb = broken.length === 1 ? 'is' : 'are';
    return new KvbenchError(
      'regression',
      `${plural(broken.length, 'threshold')} ${verb} broken: ${named(broken)}.`,
      'The report has what was measured; the bounds are those of --fail-on.',
    );
  }
  const untrusted = thresholds.filter(({ outcome }) => outcome === 'untrusted');
  const [first] = untrusted;
  if (!first) return null;
  return new KvbenchError(
    'untrusted',
    `${plural(untrusted.length, 'threshold')} can't be decided: ${named(untrusted)}.`,
    `Of the first: ${first.reason}.`,
  );
}

function named(thresholds: readonly Threshold[]): string {
  return thresholds.map(({ expression, figure }) => `${figure} (${expression})`).join(', ');
}
