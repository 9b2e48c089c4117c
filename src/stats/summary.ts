import type { Measure } from '../config/schema.js';
import { median } from '../median.js';
import { askedNameOf } from '../plan/plan.js';
import { isPercentile, type PercentileName, percentileNames } from '../result/percentile-table.js';
import type { RunResult, Spread, Summary, Trial } from '../result/schema.js';
import { keptShare, latencyOf } from '../result/trial.js';
import {
  isOfRounds,
  type RoundLatency,
  summarizePercentile,
  typicalRequests,
} from './latency-summary.js';
import { aboutMetric, type MetricName, metricNames } from './metrics.js';
import { spread } from './spread.js';

/** Requests around a trial that did not end in a right answer, and writes that were lost. */
export function errorsOf(trial: Trial): number {
  const failed = Object.values(trial.requests.errors).reduce((sum, count) => sum + count, 0);
  return (
    failed + trial.warmup.errors + (trial.readBack?.lost ?? 0) + (trial.readBack?.unreadable ?? 0)
  );
}

/** Requests without an answer in time: in every percentile as longer than all others. */
export function lateAnswersOf({ requests }: Trial): number {
  return requests.errors.timeout + requests.errors.unfinished;
}

/** Whether a stop of the generator, as long as the shortest wait, can be why requests were not answered in time. */
export function isHeldUp({ generator, responseTime }: Trial): boolean {
  const { censored = null } = responseTime ?? {};
  const { timeMs = 0, longestMs = timeMs } = generator?.stalls ?? {};
  return censored !== null && longestMs * 1e6 >= censored.atLeastNs;
}

/** All that was asked of a target around a trial: what `errorsOf` is a share of. */
function askedOf({ requests, warmup, readBack }: Trial): number {
  return requests.planned + warmup.planned + (readBack?.checked ?? 0);
}

/** What trials belong to one row of a table. */
export interface Kind {
  measure: Measure;
  operation: string;
}

/** Every measure and operation of a run, in the order in which they are shown. */
export function kindsOf({ config }: Pick<RunResult, 'config'>): Kind[] {
  return config.measures.flatMap((measure) =>
    config.operations.map((operation) => ({ measure, operation })),
  );
}

/** Names of the targets as they were measured, in the order of the config. */
export function targetsOf({ config, trials }: Pick<RunResult, 'config' | 'trials'>): string[] {
  const names = [...new Set(trials.map((trial) => trial.target))];
  const rank = (name: string) => {
    const index = config.targets.indexOf(askedNameOf(name));
    return index < 0 ? config.targets.length : index;
  };
  // By number: `go#10` comes after `go#9`.
  return names.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, 'en', { numeric: true }));
}

/** One entry for each measure, operation and target that has a trial. */
export function summarize(result: Pick<RunResult, 'config' | 'trials'>): Summary[] {
  const targets = targetsOf(result);
  return kindsOf(result).flatMap(({ measure, operation }) =>
    targets.flatMap((target) => {
      const own = trialsOf(result.trials, { target, measure, operation });
      if (own.length === 0) return [];
      const spreads = metricNames.map((name) => [name, spreadOf(own, name)]);
      const rounds = latenciesOf(own);
      const latencies = percentileNames.map(
        (name) => [name, summarizePercentile(rounds, name)] as const,
      );
      const bounds = latencies.flatMap(([name, { bound }]) => (bound ? [[name, bound]] : []));
      return {
        target,
        measure,
        operation,
        rounds: own.length,
        planned: own.reduce((sum, trial) => sum + askedOf(trial), 0),
        errors: own.reduce((sum, trial) => sum + errorsOf(trial), 0),
        retried: own.reduce((sum, trial) => sum + trial.requests.retried, 0),
        generatorLimitedRounds: limitedRoundsOf(own),
        rateKept: measure === 'latency' ? leftInTime(own) : null,
        metrics: {
          ...Object.fromEntries(spreads),
          ...Object.fromEntries(latencies.map(([name, summary]) => [name, summary.spread])),
        },
        bounds: Object.fromEntries(bounds),
        pooled: latencies.filter(([, { isPooled }]) => isPooled).map(([name]) => name),
      };
    }),
  );
}

/** Over the rounds that have the figure; null: none has, or of some it is not known. */
function spreadOf(trials: readonly Trial[], name: MetricName): Spread | null {
  if (hasUnknownCpu(trials, name)) return null;
  return spread(trials.map(aboutMetric(name).of).filter((value) => value !== null));
}

/** The latencies that people read, of the rounds that have one, and of how many requests they are. */
function latenciesOf(trials: readonly Trial[]): RoundLatency[] {
  return trials.flatMap((trial) => {
    const own = latencyOf(trial);
    if (!own) return [];
    return [{ latency: own, requests: trial.requests.answered + (own.censored?.count ?? 0) }];
  });
}

/** The trials of one row of a table. */
export function trialsOf(
  trials: readonly Trial[],
  { target, measure, operation }: Kind & { target: string },
): Trial[] {
  return trials.filter(
    (t) => t.target === target && t.operation === operation && t.measure === measure,
  );
}

/** How many requests a typical round of those trials has that percentiles are of. */
export function requestsOfRound(trials: readonly Trial[]): number {
  return typicalRequests(latenciesOf(trials));
}

/**
 * Whether a figure is of CPU that is not known in some of the rounds: the others, in which less ended or
 * more was used, would be a choice by their outcome.
 */
function hasUnknownCpu(trials: readonly Trial[], name: MetricName): boolean {
  const { isOfCpu = false } = aboutMetric(name);
  return isOfCpu && trials.some(({ server }) => (server?.cpuUnknown ?? null) !== null);
}

/** Whether a figure can be compared round by round: a percentile needs the requests for it in each. */
export function hasFigureOfRounds(trials: readonly Trial[], name: MetricName): boolean {
  if (hasUnknownCpu(trials, name)) return false;
  return !isPercentile(name) || isOfRounds(latenciesOf(trials), name);
}

/** A figure of a round for comparisons: without end where it falls on what was never answered. */
export function comparableMetricOf(trial: Trial, name: MetricName): number | null {
  const isUnanswered = latencyOf(trial)?.atLeast.includes(name as PercentileName);
  return isUnanswered ? Number.POSITIVE_INFINITY : aboutMetric(name).of(trial);
}

/** Requests that were answered wrongly, and writes that were lost; what came too late is neither. */
export function wrongAnswersOf(trial: Trial): number {
  return errorsOf(trial) - (latencyOf(trial)?.censored ? lateAnswersOf(trial) : 0);
}

/** More lag than this share of the median response time, and the figure is partly our own. */
export const lagShare = 0.1;

/** Whether the schedule lag, of 99 in 100 requests, is large beside the P50 of a typical round. */
export function hasLargeLag(trials: readonly Trial[]): boolean {
  const { lagNs, p50Ns } = typicalSchedule(trials);
  return lagNs > p50Ns * lagShare;
}

/** Whether nearly all requests of an open loop left in time, in a typical round. */
export function leftInTime(trials: readonly Trial[]): boolean {
  return typicalSchedule(trials).sent >= keptShare;
}

/** How well an open loop was kept, in a typical round: a share, the P99 of the lag, and the P50. */
export function typicalSchedule(trials: readonly Trial[]) {
  const typical = (read: (trial: Trial) => number) => median(trials.map(read));
  return {
    sent: typical((trial) => trial.offered?.sentShare ?? 0),
    lagNs: typical((trial) => trial.offered?.scheduleLag?.p99Ns ?? 0),
    p50Ns: typical((trial) => trial.responseTime?.p50Ns ?? 0),
  };
}

/** How many of those trials the generator limited. */
export function limitedRoundsOf(trials: readonly Trial[]): number {
  return trials.filter(({ limitedBy }) => limitedBy === 'generator').length;
}

/** Whether a throughput is the generator's rather than the server's, and so only a lower bound. */
export function isGeneratorLimited({
  generatorLimitedRounds,
  rounds,
}: Pick<Summary, 'generatorLimitedRounds' | 'rounds'>): boolean {
  return generatorLimitedRounds * 2 >= rounds;
}
