import { defaultConfig, type RunConfig } from '../../src/config/schema.js';
import { createHistogram, encodeHistogram } from '../../src/result/histogram.js';
import { noErrors, type RunResult, schemaVersion, type Trial } from '../../src/result/schema.js';
import { compareTargets, summarize } from '../../src/stats/summary.js';
import { runWarnings } from '../../src/stats/warnings.js';

/** A plausible trial; tests change what they are about. */
export function aTrial(changes: Partial<Trial> = {}): Trial {
  const histogram = createHistogram();
  for (let i = 1; i <= 1000; i++) histogram.recordValue(i * 1000);
  return {
    round: 1,
    target: 'rust',
    operation: 'get',
    startedAt: '2026-01-02T03:04:05.000Z',
    windowMs: 2000,
    requests: { planned: 1000, answered: 1000, errors: noErrors() },
    warmupErrors: 0,
    firstError: null,
    requestsPerSecond: 500,
    serviceTime: {
      meanNs: 500_000,
      p50Ns: 500_000,
      p90Ns: 900_000,
      p99Ns: 990_000,
      p999Ns: 999_000,
      maxNs: 1_000_000,
      histogram: encodeHistogram(histogram),
    },
    bytes: { sent: 76_000, received: 246_000 },
    server: {
      cpuNs: 20_000_000,
      cpuPerRequestNs: 20_000,
      requestsPerCpuSecond: 50_000,
      rssSteadyBytes: 8_000_000,
      rssPeakBytes: 9_000_000,
      threads: 4,
      contextSwitches: 900,
    },
    limitedBy: 'server',
    generator: { cpuNs: 18_000_000, cpuPerRequestNs: 18_000, eventLoopUtilization: 0.6 },
    readBack: null,
    ...changes,
  };
}

/** A trial whose server answers so many requests in a second of its CPU time. */
export function trialWithCost(changes: Partial<Trial>, requestsPerCpuSecond: number): Trial {
  const trial = aTrial(changes);
  return {
    ...trial,
    server: trial.server && {
      ...trial.server,
      requestsPerCpuSecond,
      cpuPerRequestNs: 1e9 / requestsPerCpuSecond,
    },
  };
}

/** A whole result around trials, derived as `run` derives it. */
export function aResult(trials: Trial[], changes: Partial<RunConfig> = {}): RunResult {
  const config = { ...defaultConfig, seed: 1, ...changes };
  return {
    schemaVersion,
    kvbenchVersion: '0.0.0',
    state: 'complete',
    startedAt: '2026-01-02T03:04:05.000Z',
    updatedAt: '2026-01-02T03:05:05.000Z',
    config,
    machine: {
      platform: 'linux',
      arch: 'x64',
      kernel: '6.1.0',
      cpuModel: 'A CPU',
      cpus: 2,
      memoryBytes: 8e9,
      nodeVersion: '20.19.0',
      undiciVersion: '7.0.0',
    },
    placement: { workers: 1, serverCpus: [0], generatorCpus: [1] },
    artifacts: [],
    trials,
    summary: summarize({ config, trials }),
    comparisons: compareTargets({ config, trials }),
    warnings: runWarnings({ config, trials }),
  };
}
