import { median } from '../median.js';
import { plural } from '../plural.js';
import { isPercentile, type PercentileName, percentiles } from '../result/percentile-table.js';
import type { RunResult, Summary, Trial } from '../result/schema.js';
import { latencyOf } from '../result/trial.js';
import { aboutMetric, labelOf, type MetricName, metricNamed } from './metrics.js';
import { isGeneratorLimited, isHeldUp, leftInTime, wrongAnswersOf } from './summary.js';
import type { ThresholdExpression } from './threshold-expression.js';

/** Between what the truth lies, and why it may not be what was measured. No figure is negative. */
export interface Range {
  low: number;
  high: number;
  doubt: string;
}

/** A figure as the tables show it; null if there is none. Without ranges it is exact. */
export interface Figure {
  name: string;
  value: number | null;
  ranges: Range[];
}

export type FigureSource = Pick<RunResult, 'trials' | 'summary' | 'comparisons'>;

/** The figure that an expression with that operation has of one target. */
export function targetFigure(
  { metric: asked, unit }: Pick<ThresholdExpression, 'metric' | 'unit'>,
  target: string,
  operation: string,
  result: FigureSource,
): Figure {
  const name = `${target} ${operation}`;
  if (asked === 'errors') {
    const value = errorFigure(unit, target, operation, result);
    return { name: `${name} errors`, value, ranges: [] };
  }
  const metric = metricNamed[asked];
  const value = tableValue(metric, target, operation, result);
  const range = value === null ? null : rangeOf(metric, target, operation, value, result);
  return {
    name: `${name} ${labelOf(metric)}`,
    value,
    ranges: range ? [range] : [],
  };
}

function errorFigure(
  unit: ThresholdExpression['unit'],
  target: string,
  operation: string,
  { summary }: FigureSource,
): number | null {
  const own = summary.filter((entry) => entry.target === target && entry.operation === operation);
  const errors = own.reduce((sum, entry) => sum + entry.errors, 0);
  const planned = own.reduce((sum, entry) => sum + entry.planned, 0);
  if (planned === 0) return null;
  return unit === 'share' ? errors / planned : errors;
}

/** The median over rounds; of the slowest answer the slowest of all. */
function tableValue(
  metric: MetricName,
  target: string,
  operation: string,
  result: FigureSource,
): number | null {
  const spread = entryOf(metric, target, operation, result)?.metrics[metric];
  return (metric === 'maxNs' ? spread?.max : spread?.median) ?? null;
}

function entryOf(
  metric: MetricName,
  target: string,
  operation: string,
  { summary }: FigureSource,
): Summary | undefined {
  const { measure } = aboutMetric(metric);
  return summary.find(
    (e) => e.measure === measure && e.target === target && e.operation === operation,
  );
}

/** How far a figure of one target can be trusted; null: as it stands. */
function rangeOf(
  metric: MetricName,
  target: string,
  operation: string,
  value: number,
  result: FigureSource,
): Range | null {
  const own = result.trials.filter((trial) => trial.target === target);
  const errors = own.reduce((sum, trial) => sum + wrongAnswersOf(trial), 0);
  if (errors > 0) return anything(`${target} gave ${plural(errors, 'wrong or missing answer')}`);
  const { measure } = aboutMetric(metric);
  const trials = own.filter((t) => t.measure === measure && t.operation === operation);
  const entry = entryOf(metric, target, operation, result);
  if (isPercentile(metric)) return latencyRange(metric, value, trials, entry);
  if (metric === 'requestsPerSecond') return throughputRange(value, trials, entry);
  return measure === 'throughput' || leftInTime(trials) ? null : anything(rateNotKept);
}

/** The range of a figure of which nothing is known. */
export function anything(doubt: string): Range {
  return { low: 0, high: Number.POSITIVE_INFINITY, doubt };
}

const rateNotKept = 'the rate was not kept: too few requests left in time';

/**
 * What a generator measured that was the limit itself, is the least that the server can do; and so is what it
 * may have been the limit of, in half of the rounds or more.
 */
function throughputRange(
  value: number,
  trials: readonly Trial[],
  entry: Summary | undefined,
): Range | null {
  const atLeast = (doubt: string): Range => ({ ...anything(doubt), low: value });
  if (entry && isGeneratorLimited(entry)) {
    return atLeast('the load generator was the limit, this server could do more');
  }
  const free = trials.filter(({ limitedBy }) => limitedBy === 'server' || limitedBy === 'neither');
  return free.length * 2 > trials.length
    ? null
    : atLeast('it is not known whether the load generator was the limit');
}

/**
 * Lag of the generator only adds to a response time: the truth lies between what the server surely
 * took and what was measured. Where requests did not leave in time the load was less than was asked
 * for, and the truth may be anything above; if it was not the server that was too slow for the
 * rate, anything at all.
 */
function latencyRange(
  metric: PercentileName,
  value: number,
  all: readonly Trial[],
  entry: Summary | undefined,
): Range {
  // At a low rate there are rounds in which nothing was due.
  const trials = all.filter((trial) => latencyOf(trial) !== null);
  if (trials.some(({ offered }) => offered === null)) {
    return anything('it is not known how well the rate was kept');
  }
  const floors = trials.map((trial) => floorNs(metric, trial));
  const low = Math.min(value, metric === 'maxNs' ? Math.max(...floors) : median(floors));
  if (trials.some(({ responseTime }) => responseTime === null)) {
    return { ...anything('only service times are known, and users may wait longer'), low };
  }
  if (entry?.bounds[metric] === 'least') {
    return { ...anything(trials.some((t) => mayBeHeldUp(metric, t)) ? heldUp : answerless), low };
  }
  if (leftInTime(trials)) {
    return { low, high: value, doubt: "the generator's own lag may be what makes the difference" };
  }
  const served = trials.filter(({ limitedBy }) => limitedBy === 'server').length;
  return served * 2 >= trials.length ? { ...anything(rateNotKept), low } : anything(rateNotKept);
}

const answerless = 'requests that timed out or were never sent have no time, only a least one';
const heldUp = "requests were not answered in time, which may be the load generator's doing";

/** Whether a figure falls on requests that were not answered in time, and that may be the generator's doing. */
function mayBeHeldUp(metric: PercentileName, trial: Trial): boolean {
  const isUnanswered = latencyOf(trial)?.atLeast.includes(metric) ?? false;
  return isUnanswered && (trial.limitedBy === 'generator' || isHeldUp(trial));
}

/**
 * What of a response time can't be the generator's doing: the figure of the requests that met no
 * stall of it, less its lag. What an older result or an import has not told apart is at least the
 * service time, which begins when the request has left, and the response time without the lag: for
 * P50 and P90 that of 99 in 100 requests, which moves them by one in 100; further up the few that are
 * late are the ones that count, and it is the longest. Nothing is known of what the generator itself may have
 * kept from being answered.
 */
function floorNs(metric: PercentileName, trial: Trial): number {
  if (mayBeHeldUp(metric, trial)) return 0;
  const { serviceTime, responseTime, offered } = trial;
  const low = latencyOf(trial)?.low;
  if (low) return low[metric];
  const lag = offered?.scheduleLag;
  const lagNs = (percentiles[metric].percent <= 90 ? lag?.p99Ns : lag?.maxNs) ?? 0;
  return Math.max(serviceTime?.[metric] ?? 0, (responseTime?.[metric] ?? 0) - lagNs, 0);
}
