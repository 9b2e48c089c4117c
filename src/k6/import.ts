import { defaultConfig, type RunConfig } from '../config/schema.js';
import { KvbenchError } from '../errors.js';
import { noErrors } from '../load/error-kinds.js';
import { type RunResult, schemaVersion, type Trial, type Warning } from '../result/schema.js';
import { keptShare } from '../result/trial.js';
import { compareTargets } from '../stats/compare.js';
import { summarize } from '../stats/summary.js';
import { parseThreshold } from '../stats/threshold-expression.js';
import { evaluateThresholds } from '../stats/thresholds.js';
import { runWarnings } from '../stats/warnings.js';
import { importWarnings } from './import-warnings.js';
import { foreignRequest, type K6Figures, type K6Outcome, type Tally } from './outcome.js';
import type { K6Trial } from './workload.js';

export interface ImportOptions {
  /** Name of the target in place of the script's. */
  target: string | null;
  /** Stands in for a start that k6 does not tell. */
  now: Date;
  kvbenchVersion: string;
}

/**
 * The outcome of a k6 test as a result of one round. k6 measures service time, so there is no
 * response time in it; all else that k6 does not tell is null, too. Throws a usage error if nothing
 * was sent.
 */
export function importK6(outcome: K6Outcome, options: ImportOptions): RunResult {
  const { origin } = outcome;
  const target = options.target ?? origin?.target ?? 'k6';
  const startedAt = outcome.startedAt ?? options.now.toISOString();
  const config = origin ? { ...origin.config, targets: [target] } : foreignConfig(outcome, target);
  const stretches = origin
    ? origin.trials.map((trial) => ({ trial, figures: outcome.figuresOf(trial.name) }))
    : [{ trial: foreignTrial, figures: outcome.total }];
  const isDivided = outcome.gapMs !== null;
  const windowMs = isDivided ? 0 : origin ? config.durationMs : (outcome.durationMs ?? 0);
  const trials = stretches
    .filter(({ figures }) => sum(figures.byRequest.values(), 'sent') + figures.dropped > 0)
    .map(({ trial, figures }) => toTrial(trial, figures, { config, target, startedAt, windowMs }));
  if (trials.length === 0) {
    throw new KvbenchError(
      'usage',
      'k6 sent no request that was measured.',
      'Look at what it printed: the preload may have failed, or the test was ended too soon.',
    );
  }
  const cut = trials.filter((trial) => isCut(trial, config));
  const measured = { config, trials };
  const result: RunResult = {
    schemaVersion,
    kvbenchVersion: options.kvbenchVersion,
    importedFrom: { tool: 'k6', version: outcome.version },
    state: cut.length > 0 || trials.length < stretches.length ? 'interrupted' : 'complete',
    startedAt,
    updatedAt: options.now.toISOString(),
    config,
    targets: [
      {
        name: target,
        source: 'url',
        url: origin?.url ?? null,
        requests: origin?.requests ?? { requests: [], preload: null, readBack: null },
      },
    ],
    machine: null,
    placement: null,
    artifacts: [],
    rate: trials.some(({ measure }) => measure === 'latency')
      ? { ratePerSecond: Number(config.rate), chosenBy: 'user', capacities: [] }
      : null,
    trials,
    summary: summarize(measured),
    comparisons: compareTargets(measured),
    nodeClient: null,
    thresholds: [],
    warnings: [
      ...importWarnings(outcome, trials, cut),
      // Nobody expects k6 to know the server's process.
      ...runWarnings({ ...measured, engine: null })
        .filter(({ code }) => code !== 'no-proc')
        .map(withoutServer),
    ],
  };
  return { ...result, thresholds: evaluateThresholds(config.failOn.map(parseThreshold), result) };
}

/** Nobody can serve by hand what k6 has asked. */
function withoutServer(warning: Warning): Warning {
  if (warning.code !== 'wrong-answers') return warning;
  return { ...warning, advice: "Look at the script's checks, and at what k6 printed." };
}

const foreignTrial: K6Trial = {
  name: foreignRequest,
  measure: 'throughput',
  operation: foreignRequest,
};

function foreignConfig({ durationMs, connections }: K6Outcome, target: string): RunConfig {
  return {
    ...defaultConfig,
    targets: [target],
    operations: [foreignTrial.operation],
    measures: [foreignTrial.measure],
    connections: Math.max(1, Math.round(connections ?? 1)),
    durationMs: Math.min(86_400_000, Math.max(50, Math.round(durationMs ?? 50))),
    warmupMs: 0,
    rounds: 1,
    seed: 0,
  };
}

interface Context {
  config: RunConfig;
  target: string;
  startedAt: string;
  windowMs: number;
}

function toTrial(
  { measure, operation }: K6Trial,
  figures: K6Figures,
  { config, target, startedAt, windowMs }: Context,
): Trial {
  const sent = sum(figures.byRequest.values(), 'sent');
  const failed = Math.min(sent, sum(figures.byRequest.values(), 'failed'));
  const answered = sent - failed;
  const byName = [...figures.byRequest].map(([name, tally]) => [name, rightOf(tally)] as const);
  const errors = { ...noErrors(), ...figures.errors, unfinished: figures.dropped };
  return {
    round: 1,
    target,
    measure,
    operation,
    startedAt,
    windowMs,
    requests: {
      planned: sent + figures.dropped,
      answered,
      byName: Object.fromEntries(byName.filter(([, count]) => count > 0)),
      misses: rightOf(figures.misses),
      retried: 0,
      errors,
    },
    warmup: figures.warmup,
    firstError:
      figures.firstError ??
      (figures.dropped > 0 ? 'requests of the schedule found no free VU in time' : null),
    requestsPerSecond: windowMs > 0 ? (answered / windowMs) * 1000 : null,
    offered:
      measure === 'latency'
        ? {
            ratePerSecond: Number(config.rate),
            sentShare: sent / (sent + figures.dropped),
            scheduleLag: null,
          }
        : null,
    serviceTime: answered > 0 ? figures.serviceTime : null,
    responseTime: null,
    parts: null,
    bytes: null,
    connectionsOpened: null,
    server: null,
    runtime: { counted: null, go: null, rust: null },
    limitedBy: null,
    generator: null,
    noise: null,
    series: null,
    readBack: null,
  };
}

function sum(tallies: Iterable<Tally>, field: keyof Tally): number {
  return [...tallies].reduce((total, tally) => total + tally[field], 0);
}

function rightOf({ sent, failed }: Tally): number {
  return Math.max(0, sent - failed);
}

/** Whether far fewer requests were due than the rate asks for: k6 was ended, or lines are missing. */
function isCut({ measure, requests }: Trial, { rate, durationMs }: RunConfig): boolean {
  return (
    measure === 'latency' && requests.planned < ((Number(rate) * durationMs) / 1000) * keptShare
  );
}
