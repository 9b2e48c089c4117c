import type { Comparison, RunResult, Summary, Trial } from '../result/schema.js';
import { spread } from './spread.js';

/** The figures of a trial that rounds are summarised by, in the units that their names say. */
const metrics = {
  requestsPerSecond: (trial) => trial.requestsPerSecond,
  requestsPerCpuSecond: (trial) => trial.server?.requestsPerCpuSecond ?? null,
  p50Ns: (trial) => trial.serviceTime?.p50Ns ?? null,
  p90Ns: (trial) => trial.serviceTime?.p90Ns ?? null,
  p99Ns: (trial) => trial.serviceTime?.p99Ns ?? null,
  p999Ns: (trial) => trial.serviceTime?.p999Ns ?? null,
  maxNs: (trial) => trial.serviceTime?.maxNs ?? null,
  cpuPerRequestNs: (trial) => trial.server?.cpuPerRequestNs ?? null,
  rssSteadyBytes: (trial) => trial.server?.rssSteadyBytes ?? null,
  rssPeakBytes: (trial) => trial.server?.rssPeakBytes ?? null,
} satisfies Record<string, (trial: Trial) => number | null>;

export type MetricName = keyof typeof metrics;

/** Requests around a trial that did not end in a right answer, and writes that were lost. */
export function errorsOf(trial: Trial): number {
  const failed = Object.values(trial.requests.errors).reduce((sum, count) => sum + count, 0);
  return (
    failed + trial.warmupErrors + (trial.readBack?.lost ?? 0) + (trial.readBack?.unreadable ?? 0)
  );
}

/** One entry for each target and operation that has a trial, in the order of the config. */
export function summarize({ config, trials }: Pick<RunResult, 'config' | 'trials'>): Summary[] {
  return config.operations.flatMap((operation) =>
    config.targets.flatMap((target) => {
      const own = trials.filter((t) => t.target === target && t.operation === operation);
      if (own.length === 0) return [];
      const spreads = Object.entries(metrics).map(([name, read]) => [
        name,
        spread(own.map(read).filter((value) => value !== null)),
      ]);
      return {
        target,
        operation,
        rounds: own.length,
        planned: own.reduce((sum, trial) => sum + trial.requests.planned, 0),
        errors: own.reduce((sum, trial) => sum + errorsOf(trial), 0),
        generatorLimitedRounds: own.filter((trial) => trial.limitedBy === 'generator').length,
        metrics: Object.fromEntries(spreads),
      };
    }),
  );
}

/**
 * Every target against every one that the config names after it, operation by operation, as
 * ratios of requests per CPU-second within a round: what both share of a round's noise cancels.
 * Only rounds without errors on either side are compared.
 */
export function compareTargets({
  config,
  trials,
}: Pick<RunResult, 'config' | 'trials'>): Comparison[] {
  const metric: MetricName = 'requestsPerCpuSecond';
  const inRound = (round: number, target: string, operation: string) => {
    const trial = trials.find(
      (t) => t.round === round && t.target === target && t.operation === operation,
    );
    return trial && errorsOf(trial) === 0 ? metrics[metric](trial) : null;
  };
  const rounds = [...new Set(trials.map((trial) => trial.round))];
  const pairs = config.targets.flatMap((target, i) =>
    config.targets.slice(i + 1).map((reference) => ({ target, reference })),
  );
  return config.operations.flatMap((operation) =>
    pairs.flatMap(({ target, reference }) => {
      const ratios = rounds.flatMap((round) => {
        const a = inRound(round, target, operation);
        const b = inRound(round, reference, operation);
        return a && b ? [a / b] : [];
      });
      const ratio = spread(ratios);
      return ratio ? [{ operation, metric, target, reference, ratio }] : [];
    }),
  );
}
