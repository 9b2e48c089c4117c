import type { RunConfig } from '../config/schema.js';
import { errorKinds } from '../load/error-kinds.js';
import { type PercentileName, percentileNamed, percentiles } from '../result/percentile-table.js';
import type { Comparator, ThresholdExpression } from '../stats/threshold-expression.js';
import { type K6Trial, warmupName } from './workload.js';

/** Thresholds by metric of k6, as its option of that name takes them. */
type K6Thresholds = Record<string, string[]>;

/** An expression says what fails, and k6 wants to hear what passes. */
const opposite: Record<Comparator, string> = { '>': '<=', '>=': '<', '<': '>=', '<=': '>' };

/** What k6 calls a percentile in its summaries: `p(99.9)`, `max`. */
export function trendColumn(name: PercentileName): string {
  const { percent } = percentiles[name];
  return percent === 100 ? 'max' : `p(${percent})`;
}

/** What the script can tell apart; `unfinished` is what k6 calls dropped. */
export const scriptErrorKinds = errorKinds.filter((kind) => kind !== 'unfinished');

/**
 * What the import needs. k6 keeps figures of a tag only where a threshold names it; one without a
 * condition is enough.
 */
export function observed(
  trials: readonly K6Trial[],
  requestsOf: (trial: K6Trial) => string[],
): K6Thresholds {
  const metrics = trials.flatMap((trial) => {
    const { name } = trial;
    const parts = [...requestsOf(trial).map((request) => `kv_request:${request}`), 'kv_miss:yes'];
    return [
      `http_req_duration{kv_trial:${name}}`,
      `dropped_iterations{scenario:${name}}`,
      `kv_errors{kv_trial:${warmupName(name)}}`,
      ...parts.flatMap((part) => [
        `http_reqs{kv_trial:${name},${part}}`,
        `kv_errors{kv_trial:${name},${part}}`,
      ]),
      ...scriptErrorKinds.map((kind) => `kv_errors{kv_trial:${name},kv_error:${kind}}`),
    ];
  });
  return Object.fromEntries(metrics.map((metric) => [metric, []]));
}

interface Context {
  config: RunConfig;
  target: string;
  trials: readonly K6Trial[];
  durationMs: number;
  /** Runners that share the load; each judges its own part. */
  parallelism: number;
}

/** Thresholds in k6's words, and a sentence for each that it can't judge, or not as kvbench does. */
export function translated(
  expressions: readonly ThresholdExpression[],
  context: Context,
): { thresholds: K6Thresholds; warnings: string[] } {
  const thresholds: K6Thresholds = {};
  const warnings: string[] = [];
  for (const expression of expressions) {
    const found = translate(expression, context);
    if (typeof found === 'string') {
      warnings.push(`The threshold ${expression.source} is not in the script: ${found}.`);
      continue;
    }
    for (const [metric, condition] of found) {
      thresholds[metric] = [...(thresholds[metric] ?? []), condition];
    }
  }
  if (context.parallelism > 1 && Object.keys(thresholds).length > 0) {
    warnings.push('Every runner judges the thresholds by its own share of the load.');
  }
  return { thresholds, warnings };
}

type Condition = [metric: string, condition: string];

/** Pairs of metric and condition, or why there are none. */
function translate(expression: ThresholdExpression, context: Context): Condition[] | string {
  const { subject, metric, comparator, bound } = expression;
  if (subject.kind === 'ratio') return 'k6 loads one target, and knows no ratio';
  const percentile = percentileNamed(metric);
  if (!percentile && metric !== 'rps' && metric !== 'errors') {
    return "k6 doesn't see the server's process";
  }
  const trials = trialsMeant(expression, context);
  if (typeof trials === 'string') return trials;
  const measure = metric === 'rps' ? 'throughput' : 'latency';
  const own = trials.filter((trial) => metric === 'errors' || trial.measure === measure);
  if (own.length === 0) return `it is about ${measure}, which the script does not measure`;
  const passes = opposite[comparator];
  return own.flatMap((trial): Condition[] => {
    const { name } = trial;
    if (metric === 'errors') return errorConditions(trial, expression, context);
    if (percentile) {
      const condition = `${trendColumn(percentile)}${passes}${decimal(bound / 1e6)}`;
      return [[`http_req_duration{kv_trial:${name}}`, condition]];
    }
    // The rate that k6 gives is that of the whole test.
    const requests = (bound * context.durationMs) / 1000 / context.parallelism;
    return [[`http_reqs{kv_trial:${name}}`, `count${passes}${decimal(requests)}`]];
  });
}

function trialsMeant(
  { subject, operation }: ThresholdExpression,
  { target, trials }: Context,
): readonly K6Trial[] | string {
  const named = subject.kind === 'target' ? subject.target : null;
  if (named !== null && named !== target) return `it is about ${named}, the script loads ${target}`;
  if (operation === null) return trials;
  const parts = (text: string) => text.split(',').sort().join(',');
  const own = trials.filter((trial) => parts(trial.operation) === parts(operation));
  if (own.length > 0) return own;
  // The one name of `go.errors` may be the target's.
  return named === null && operation === target ? trials : `nothing in it is named ${operation}`;
}

/** kvbench counts what was never sent among the errors; k6 has a figure of its own for that. */
function errorConditions(
  { name, measure }: K6Trial,
  { comparator, bound, unit }: ThresholdExpression,
  { config, durationMs }: Context,
): Condition[] {
  const passes = opposite[comparator];
  const dropped = `dropped_iterations{scenario:${name}}`;
  const planned = (Number(config.rate) * durationMs) / 1000;
  const droppedBound = unit === 'share' ? bound * planned : bound;
  const isUpper = comparator === '>' || comparator === '>=';
  const unsent: Condition[] =
    measure === 'latency' && isUpper ? [[dropped, `count${passes}${decimal(droppedBound)}`]] : [];
  return unit === 'share'
    ? [[`checks{kv_trial:${name}}`, `rate${mirrored[passes]}${decimal(1 - bound)}`], ...unsent]
    : [[`kv_errors{kv_trial:${name}}`, `count${passes}${decimal(bound)}`], ...unsent];
}

/** The share of right answers is what errors leave of 1. */
const mirrored: Record<string, string> = { '<=': '>=', '<': '>', '>=': '<=', '>': '<' };

/** k6's parser knows no exponents. */
function decimal(value: number): string {
  return value.toFixed(9).replace(/\.?0+$/, '');
}
