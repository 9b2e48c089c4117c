import { contractRequests } from '../../src/config/requests.js';
import { createHistogram } from '../../src/histogram.js';
import { createRandom, type Random } from '../../src/random.js';
import type { Latency, RunResult, TimeSeries, Trial } from '../../src/result/schema.js';
import { latencyFrom } from '../../src/result/trial.js';
import { type SweepResult, type SweepStep, sweepSchemaVersion } from '../../src/sweep/schema.js';
import { aConfig, aLatencyTrial, aResult, aTrial } from './results.js';

/** Latencies with a tail, in ns: most about `medianNs`, one in a hundred some ten times that. */
function tailed(medianNs: number, random: Random): number {
  const spread = Math.exp(0.18 * (random() + random() + random() - 1.5));
  const tail = random() < 0.02 ? 1 + (9 * random() ** 2) / Math.max(0.02, random()) : 1;
  return Math.max(1, Math.round(medianNs * spread * tail));
}

const known = new Map<string, Latency>();

/** The figures of so many such latencies, with their histogram; made once, as it takes a while. */
function tailedLatency(medianNs: number, count: number, seed: number): Latency {
  const key = [medianNs, count, seed].join();
  const latency = known.get(key) ?? latencyOfTailed(medianNs, count, seed);
  known.set(key, latency);
  return structuredClone(latency);
}

function latencyOfTailed(medianNs: number, count: number, seed: number): Latency {
  const random = createRandom(seed);
  const histogram = createHistogram();
  for (let i = 0; i < count; i++)
    histogram.recordValue(Math.min(2 ** 41, tailed(medianNs, random)));
  return latencyFrom(histogram);
}

interface SeriesShape {
  intervals?: number;
  intervalMs?: number;
  medianNs?: number;
  ratePerSecond?: number;
  /** Whether Go's collector tells its pauses. */
  hasGc?: boolean;
  /** From this interval on, for one, nothing is answered. */
  stallAt?: number;
  seed?: number;
}

/** A series as it is measured: noisy, with a stall and pauses of a collector where asked for. */
export function aSeries({
  intervals = 20,
  intervalMs = 100,
  medianNs = 90_000,
  ratePerSecond = 5000,
  hasGc = false,
  stallAt = -1,
  seed = 1,
}: SeriesShape = {}): TimeSeries {
  const random = createRandom(seed);
  const noisy = (value: number, spread: number) =>
    Math.round(value * Math.exp(spread * (random() + random() - 1)));
  const each = <T>(make: (index: number) => T) =>
    Array.from({ length: intervals }, (_, i) => make(i));
  const figure = (value: number, spread: number) =>
    each((index) => (index === stallAt ? null : noisy(value, spread)));
  const pauses = Math.round((intervals * intervalMs) / 400);
  return {
    intervalMs,
    loadedMs: each(() => intervalMs),
    answered: each((index) =>
      index === stallAt ? 0 : noisy((ratePerSecond * intervalMs) / 1000, 0.05),
    ),
    errors: each(() => 0),
    p50Ns: figure(medianNs, 0.1),
    p90Ns: figure(medianNs * 1.5, 0.2),
    p99Ns: figure(medianNs * 9, 0.7),
    maxNs: figure(medianNs * 40, 0.9),
    cpuNs: each(() => noisy(intervalMs * 3e5, 0.1)),
    rssBytes: each((index) => noisy(8e6 + (index * 4e6) / intervals, 0.01)),
    gcPauses: hasGc
      ? Array.from({ length: pauses }, (_, index) => ({
          atMs: Math.round((index + 0.5) * 400),
          durationNs: noisy(60_000, 1),
        }))
      : null,
  };
}

interface LongRun {
  rounds?: number;
  intervals?: number;
  intervalMs?: number;
  operations?: string[];
  targets?: readonly string[];
  startedAt?: string;
  /** By how much everything is slower than usual. */
  factor?: number;
}

/** A result of two measures with histograms and series in every trial. */
export function aSeriesResult({
  rounds = 6,
  intervals = 10,
  intervalMs = 100,
  operations = ['get', 'post'],
  targets = ['rust', 'go'],
  startedAt = '2026-01-02T03:04:05.000Z',
  factor = 1,
}: LongRun = {}): RunResult {
  const trials = Array.from({ length: rounds }, (_, index) => index + 1).flatMap((round) =>
    operations.flatMap((operation, column) =>
      targets.flatMap((target, row): Trial[] => {
        const seed = round * 1000 + column * 100 + row;
        const medianNs = factor * (80_000 + 25_000 * row + 9000 * column);
        const shape = { intervals, intervalMs, hasGc: target === 'go', seed };
        const common = { round, target, operation, startedAt };
        const latency = tailedLatency(medianNs, 2000, seed);
        return [
          aLatencyTrial({
            ...common,
            serviceTime: latency,
            responseTime: latency,
            series: aSeries({ ...shape, medianNs }),
          }),
          aTrial({
            ...common,
            requestsPerSecond: (52_000 - 9000 * row) / factor,
            series: aSeries({ ...shape, medianNs, ratePerSecond: (52_000 - 9000 * row) / factor }),
          }),
        ];
      }),
    ),
  );
  const result = aResult(trials, { targets: [...targets], operations, rounds });
  return { ...result, startedAt, updatedAt: startedAt };
}

/** The same servers on so many days, a little slower each time. */
export function aSeriesOfRuns(days: number): RunResult[] {
  return Array.from({ length: days }, (_, day) =>
    aSeriesResult({
      rounds: 5,
      operations: ['get'],
      startedAt: `2026-01-${String(day * 3 + 2).padStart(2, '0')}T03:04:05.000Z`,
      factor: 1 + day * 0.06,
    }),
  );
}

interface SimulatedServer {
  target: string;
  /** Requests a second that it can answer. */
  capacity: number;
  /** From this rate on the load generator is the limit. */
  generatorLimit?: number;
}

/** A sweep over servers that queue as M/M/1 does, each to its knee and past it. */
export function aSweepResult(
  changes: Partial<SweepResult> = {},
  servers: readonly SimulatedServer[] = [
    { target: 'rust', capacity: 60_000, generatorLimit: 50_000 },
    { target: 'go', capacity: 34_000 },
  ],
): SweepResult {
  const startedAt = '2026-01-02T03:04:05.000Z';
  const { targets, machine, placement } = aResult([aTrial(), aTrial({ target: 'go' })]);
  return {
    sweepSchemaVersion,
    kvbenchVersion: '0.1.0',
    state: 'complete',
    startedAt,
    updatedAt: '2026-01-02T03:09:05.000Z',
    config: aConfig({ operations: ['get'], measures: ['latency'] }),
    policy: {
      by: 'rate',
      ladder: { kind: 'auto' },
      slo: { expression: 'p99<5ms', metric: 'p99Ns', limitNs: 5e6 },
      search: true,
      tolerance: 0.02,
      overload: { factor: 1.5, overloadMs: 2000, recoveryMs: 3000 },
    },
    targets:
      targets.length > 0
        ? targets
        : [{ name: 'rust', source: 'bundled', url: null, requests: contractRequests }],
    machine,
    placement,
    artifacts: [],
    curves: servers.map((server, index) => aCurve(server, index)),
    warnings: [],
    ...changes,
  };
}

function aCurve(
  { target, capacity, generatorLimit = Number.POSITIVE_INFINITY }: SimulatedServer,
  index: number,
): SweepResult['curves'][number] {
  const limitNs = 5e6;
  const step = (level: number, number: number, purpose: SweepStep['purpose']): SweepStep => {
    const trial = simulatedStep(target, level, capacity, number + index * 100);
    const isLimited = level > generatorLimit;
    const isKept = (trial.responseTime?.p99Ns ?? 0) < limitNs;
    return {
      number,
      purpose,
      level,
      outcome: isLimited ? 'generator-limited' : isKept ? 'kept' : 'broken',
      reason: isLimited ? 'the load generator was late' : isKept ? null : 'P99 is above 5 ms',
      trial,
    };
  };
  const top = Math.min(capacity * 1.1, generatorLimit * 1.2);
  const ladder: number[] = [];
  for (let level = 4000; level < top; level *= 1.4) ladder.push(Math.round(level));
  const steps = ladder.map((level, i) => step(level, i + 1, 'ladder'));
  const kept = steps.filter(({ outcome }) => outcome === 'kept').at(-1);
  const isLimited = steps.at(-1)?.outcome === 'generator-limited';
  const kneeLevel = isLimited ? (kept?.level ?? 0) : Math.round(capacity * 0.97);
  if (!isLimited) {
    steps.push(step(kneeLevel, steps.length + 1, 'search'));
    steps.push(step(kneeLevel, steps.length + 1, 'confirm'));
    steps.push(overloadStep(target, kneeLevel, capacity, steps.length + 1));
  }
  return {
    target,
    operation: 'get',
    steps,
    capacity: {
      requestsPerSecond: Math.min(capacity, top),
      limitedBy: isLimited ? 'generator' : 'server',
    },
    knee: {
      level: kneeLevel,
      brokenAt: isLimited ? null : Math.round(capacity * 1.02),
      confirmed: true,
      limitedBy: isLimited ? 'generator' : 'server',
    },
    overload: isLimited
      ? null
      : {
          ratePerSecond: kneeLevel * 1.5,
          goodputPerSecond: capacity * 0.12,
          answeredPerSecond: capacity,
          recoveryMs: 900,
        },
    ended: isLimited ? 'generator-limited' : 'saturated',
  };
}

function simulatedStep(target: string, level: number, capacity: number, seed: number): Trial {
  const load = Math.min(level / capacity, 1.2);
  const medianNs = 80_000 * (load < 0.98 ? 1 / (1 - 0.9 * load) : 60 * load);
  const latency = tailedLatency(medianNs, 3000, seed);
  return aLatencyTrial({
    target,
    operation: 'get',
    windowMs: 2000,
    requestsPerSecond: Math.min(level, capacity),
    offered: {
      ratePerSecond: level,
      sentShare: 1,
      scheduleLag: { p50Ns: 1000, p99Ns: 4000, maxNs: 50_000 },
    },
    serviceTime: latency,
    responseTime: latency,
    server: {
      cpuNs: Math.min(1, load) * 2e9,
      cpuPerRequestNs: 1e9 / capacity,
      requestsPerCpuSecond: capacity,
      rssSteadyBytes: 7e6 + 3e6 * load,
      rssPeakBytes: 8e6 + 4e6 * load,
      threads: 4,
      cpuUnknown: null,
      contextSwitches: 900,
      minorFaults: 30,
      majorFaults: 0,
      openFiles: 24,
    },
  });
}

function overloadStep(target: string, knee: number, capacity: number, number: number): SweepStep {
  const series = aSeries({ intervals: 50, intervalMs: 100, ratePerSecond: capacity, seed: number });
  const answered = series.answered.map((count, i) =>
    i < 29 ? count : Math.round((knee / 2) * 0.1),
  );
  const trial = simulatedStep(target, knee * 1.5, capacity, number);
  return {
    number,
    purpose: 'overload',
    level: knee * 1.5,
    outcome: 'broken',
    reason: 'P99 is above 5 ms',
    trial: { ...trial, windowMs: 5000, series: { ...series, answered } },
  };
}
