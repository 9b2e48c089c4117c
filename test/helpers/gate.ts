import { decide } from '../../src/gate/decide.js';
import { judge } from '../../src/gate/judge.js';
import type { GateMetric } from '../../src/gate/metrics.js';
import { defaultGatePolicy, type GatePolicy } from '../../src/gate/policy.js';
import type { Arm, GateRound } from '../../src/gate/rounds.js';
import { type GateResult, gateSchemaVersion } from '../../src/gate/schema.js';
import { createRandom } from '../../src/random.js';

/** Standard normal numbers (Box and Muller, 1958). */
export function createNormal(seed: number): () => number {
  const random = createRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Rounds have these only where something is said of their noise. */
type Rare = 'start' | 'first';

/** Standard deviations of ln(head / base) in a round. */
export type Sigmas = Record<Exclude<GateMetric, Rare>, number> & Partial<Record<Rare, number>>;

/** As measured with one binary as both arms on two noisy CPUs, request by request. */
export const measuredSigmas: Sigmas = {
  p50: 0.025,
  p90: 0.065,
  tail: 0.033,
  p99: 0.09,
  cpu: 0.015,
  rss: 0.004,
};

/** What a figure is in the base: ns, and bytes for memory. */
const nominal: Record<GateMetric, number> = {
  p50: 93_500,
  p90: 141_000,
  tail: 420_000,
  p99: 1_320_000,
  cpu: 41_200,
  rss: 9_400_000,
  start: 12_000_000,
  first: 21_000,
};

export interface Truth {
  sigmas?: Sigmas;
  /** head / base, by metric or by operation and metric. */
  ratios?: Record<string, number>;
  /** One number of symmetric noise with about unit spread. */
  noise: () => number;
}

/** One round of a session whose truth is known. */
export function simulatedRound(
  number: number,
  operations: readonly string[],
  { sigmas = measuredSigmas, ratios = {}, noise }: Truth,
): GateRound {
  const pair = (metric: GateMetric, name: string) => {
    const base = nominal[metric];
    const ratio = ratios[name] ?? ratios[metric] ?? 1;
    return { base, head: base * ratio * Math.exp((sigmas[metric] ?? 0) * noise()) };
  };
  const figures = operations.map((operation) => ({
    operation,
    p50: pair('p50', `${operation}.p50`),
    p90: pair('p90', `${operation}.p90`),
    tail: pair('tail', `${operation}.tail`),
    p99: pair('p99', `${operation}.p99`),
    cpu: pair('cpu', `${operation}.cpu`),
  }));
  const memory = pair('rss', 'rss');
  const start = sigmas.start === undefined ? null : pair('start', 'start');
  const first = sigmas.first === undefined ? null : pair('first', 'first');
  const side = (arm: Arm) => ({
    rssPeakBytes: memory[arm],
    ...(start && { startNs: start[arm] }),
    ...(first && { firstKeysNs: first[arm] }),
    operations: Object.fromEntries(
      figures.map(({ operation, p50, p90, tail, p99, cpu }) => [
        operation,
        {
          answered: 16_000,
          errors: 0,
          unfinished: 0,
          firstError: null,
          p50Ns: p50[arm],
          p90Ns: p90[arm],
          p99Ns: p99[arm],
          tailNs: tail[arm],
          cpuPerRequestNs: cpu[arm],
        },
      ]),
    ),
  });
  return {
    number,
    startedAt: '2026-01-02T03:04:05.000Z',
    elapsedMs: 2000,
    firstStarted: number % 2 === 0 ? 'base' : 'head',
    noise: { stealShare: 0.01, othersShare: 0.02, pressureShare: 0.3 },
    base: side('base'),
    head: side('head'),
  };
}

/** A policy without an end of time, changed as a test wants it. */
export function aPolicy(changes: Partial<GatePolicy> = {}): GatePolicy {
  return { ...defaultGatePolicy, timeBudgetMs: 86_400_000, ...changes };
}

/** So many rounds that differ in nothing but noise. */
export function someRounds(count: number, truth: Truth, operations = ['get', 'post']): GateRound[] {
  return Array.from({ length: count }, (_, index) => simulatedRound(index + 1, operations, truth));
}

/**
 * A session as it is measured, to its end: a batch as it is asked for, then another decision. It may
 * begin with rounds, of which those that it has no need of are left over.
 */
export function runSession(policy: GatePolicy, truth: Truth, rounds: GateRound[] = []) {
  for (;;) {
    const decision = decide(rounds, policy);
    if (decision.next === 'stop') return { rounds, ...decision };
    for (let i = 0; i < decision.rounds; i++) {
      rounds.push(simulatedRound(rounds.length + 1, decision.operations, truth));
    }
  }
}

/** A complete document around such rounds; `changes` come before it is judged. */
export function aGateResult(
  rounds: readonly GateRound[],
  changes: Partial<GateResult> = {},
): GateResult {
  const build = (sha256: string, sizeBytes: number, buildMs: number) => ({
    target: 'go',
    path: `/cache/artifacts/go-${sha256.slice(0, 4)}/go-kv`,
    sizeBytes,
    sha256,
    toolchain: 'go version go1.26.0 linux/amd64',
    flags: ['-trimpath', '-buildvcs=false'],
    buildMs,
    builtAt: '2026-01-02T03:04:00.000Z',
  });
  const session: Omit<GateResult, 'judgement'> = {
    gateSchemaVersion,
    kvbenchVersion: '0.1.0',
    state: 'complete',
    startedAt: '2026-01-02T03:04:05.000Z',
    updatedAt: '2026-01-02T03:05:05.000Z',
    target: 'go',
    base: {
      label: 'main',
      commit: '0123456789abcdef0123456789abcdef01234567',
      artifact: build('a'.repeat(64), 7_340_032, 21_400),
      sourceHash: null,
    },
    head: {
      label: 'working tree',
      commit: null,
      artifact: build('b'.repeat(64), 7_356_416, 21_900),
      sourceHash: null,
    },
    machine: {
      platform: 'linux',
      arch: 'x64',
      kernel: '6.8.0',
      cpuModel: 'AMD EPYC',
      cpus: 2,
      memoryBytes: 8_000_000_000,
      cpuQuota: null,
      governor: null,
      virtualization: 'kvm',
      nodeVersion: '20.20.2',
      undiciVersion: '7.30.2',
    },
    load: {
      ratePerSecond: 8000,
      connections: 16,
      durationMs: 1000,
      keys: 10_000,
      valueSize: { minBytes: 128, maxBytes: 128 },
      workers: 1,
    },
    seed: 2114393079,
    policy: defaultGatePolicy,
    rounds: [...rounds],
    warnings: [],
    ...changes,
  };
  return { ...session, judgement: judge(session) };
}
