import { contractRequests } from '../../src/config/requests.js';
import { defaultConfig, type RunConfig } from '../../src/config/schema.js';
import { noErrors } from '../../src/load/error-kinds.js';
import {
  type Latency,
  type RunResult,
  schemaVersion,
  type Trial,
} from '../../src/result/schema.js';
import { compareTargets } from '../../src/stats/compare.js';
import { summarize, targetsOf } from '../../src/stats/summary.js';
import { runWarnings } from '../../src/stats/warnings.js';
import { microsecondsTo } from './histograms.js';

type Server = NonNullable<Trial['server']>;
type LatencyFigures = NonNullable<Trial['serviceTime']>;

/** Those of the microseconds from 1 to 1000, each once. */
function someLatencies(): LatencyFigures {
  return {
    meanNs: 500_000,
    p50Ns: 500_000,
    p90Ns: 900_000,
    p99Ns: 990_000,
    p999Ns: 999_000,
    maxNs: 1_000_000,
    low: null,
    censored: null,
    atLeast: [],
    histogram: microsecondsTo(1000),
  };
}

/** A plausible trial of a closed loop; tests change what they are about. */
export function aTrial(changes: Partial<Trial> = {}): Trial {
  return {
    round: 1,
    target: 'rust',
    measure: 'throughput',
    operation: 'get',
    startedAt: '2026-01-02T03:04:05.000Z',
    windowMs: 2000,
    requests: someRequests(),
    warmup: { planned: 0, errors: 0 },
    firstError: null,
    requestsPerSecond: 500,
    offered: null,
    serviceTime: someLatencies(),
    responseTime: null,
    parts: null,
    bytes: { sent: 76_000, received: 246_000 },
    connectionsOpened: 0,
    server: someCost(),
    runtime: { counted: null, go: null, rust: null },
    limitedBy: 'server',
    generator: { cpuNs: 18_000_000, cpuPerRequestNs: 18_000, utilization: 0.6, stalls: null },
    noise: { stealShare: 0, othersShare: 0.01, pressureShare: 0.1 },
    series: null,
    readBack: null,
    ...changes,
  };
}

/** What an open loop's latencies are made of, where the kernel told; `ours` of each is as given. */
export function someParts(ours: Partial<Latency> = {}): NonNullable<Trial['parts']> {
  const latencies = someLatencies();
  const own = { ...latencies, ...ours };
  return {
    stamped: 1000,
    heldUp: own,
    waiting: latencies,
    server: latencies,
    pickedUp: own,
    ours: own,
    theirs: latencies,
  };
}

/** A plausible trial of an open loop that kept its rate. */
export function aLatencyTrial(changes: Partial<Trial> = {}): Trial {
  return aTrial({
    measure: 'latency',
    offered: {
      ratePerSecond: 500,
      sentShare: 1,
      scheduleLag: { p50Ns: 1000, p99Ns: 4000, maxNs: 50_000 },
    },
    responseTime: someLatencies(),
    limitedBy: 'neither',
    ...changes,
  });
}

export function someRequests(changes: Partial<Trial['requests']> = {}): Trial['requests'] {
  return {
    planned: 1000,
    answered: 1000,
    byName: { get: 1000 },
    misses: 0,
    retried: 0,
    errors: noErrors(),
    ...changes,
  };
}

/** Requests of which so many failed, one way or the other. */
export function failing(errors: Partial<Trial['requests']['errors']>): Trial['requests'] {
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  return someRequests({ planned: 1000 + failed, errors: { ...noErrors(), ...errors } });
}

/** What changes in a trial of an open loop whose longest twentieth waited for a second in vain. */
export function neverAnswered({ responseTime }: Trial): Partial<Trial> {
  return {
    requests: failing({ timeout: 50 }),
    responseTime: responseTime && {
      ...responseTime,
      p99Ns: 1e9,
      p999Ns: 1e9,
      maxNs: 1e9,
      censored: { count: 50, atLeastNs: 1e9 },
      atLeast: ['p99Ns', 'p999Ns', 'maxNs'],
    },
  };
}

function someCost(): Server {
  return {
    cpuNs: 20_000_000,
    cpuPerRequestNs: 20_000,
    requestsPerCpuSecond: 50_000,
    rssSteadyBytes: 8_000_000,
    rssPeakBytes: 9_000_000,
    threads: 4,
    cpuUnknown: null,
    contextSwitches: 900,
    minorFaults: 30,
    majorFaults: 0,
    openFiles: 24,
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

/** A trial of an open loop with that median response time. */
export function trialWithP50(changes: Partial<Trial>, p50Ns: number): Trial {
  const trial = aLatencyTrial(changes);
  return { ...trial, responseTime: trial.responseTime && { ...trial.responseTime, p50Ns } };
}

/** So many rounds, each with a trial for both targets. */
export function pairedRounds(
  rounds: number,
  make: (target: string, round: number) => Trial,
  targets: readonly string[] = ['rust', 'go'],
): Trial[] {
  return Array.from({ length: rounds }, (_, index) =>
    targets.map((target) => make(target, index + 1)),
  ).flat();
}

export function aConfig(changes: Partial<RunConfig> = {}): RunConfig {
  return { ...defaultConfig, seed: 1, ...changes };
}

/** A whole result around trials, derived as `run` derives it. */
export function aResult(trials: Trial[], changes: Partial<RunConfig> = {}): RunResult {
  const config = aConfig(changes);
  return {
    schemaVersion,
    kvbenchVersion: '0.0.0',
    importedFrom: null,
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
      cpuQuota: null,
      governor: null,
      virtualization: null,
      nodeVersion: '20.19.0',
      undiciVersion: '7.0.0',
    },
    placement: {
      engine: { name: 'undici', version: '7.30.2' },
      workers: 1,
      generators: 1,
      serverCpus: [0],
      generatorCpus: [1],
    },
    targets: targetsOf({ config, trials }).map((name) => ({
      name,
      source: 'bundled' as const,
      url: null,
      requests: contractRequests,
    })),
    artifacts: [],
    rate: { ratePerSecond: 500, chosenBy: 'user', capacities: [] },
    trials,
    summary: summarize({ config, trials }),
    comparisons: compareTargets({ config, trials }),
    nodeClient: null,
    thresholds: [],
    warnings: runWarnings({ config, trials, engine: 'undici' }),
  };
}
