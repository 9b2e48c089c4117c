import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KvbenchError } from '../../src/errors.js';
import { gateExitCode, isIdentical, judge, replay } from '../../src/gate/judge.js';
import {
  allowanceOf,
  defaultGatePolicy,
  type GatePolicy,
  gatePolicySchema,
  gateSettingsSchema,
  toGatePolicy,
} from '../../src/gate/policy.js';
import { pairsOf } from '../../src/gate/rounds.js';
import { gateResultSchema } from '../../src/gate/schema.js';
import { verdictSentence } from '../../src/report/gate/sentence.js';
import { aGateResult, aPolicy, createNormal, runSession, someRounds } from '../helpers/gate.js';

const quiet = {
  noise: createNormal(1),
  sigmas: { p50: 1e-4, p90: 1e-4, tail: 1e-4, p99: 1e-4, cpu: 1e-4, rss: 1e-4 },
};

describe('the policy', () => {
  test('without flags is a valid one, with the levels that were fixed beforehand', () => {
    expect(gatePolicySchema.parse(defaultGatePolicy)).toEqual(defaultGatePolicy);
    const total = (read: (look: GatePolicy['looks'][number]) => number) =>
      defaultGatePolicy.looks.map(read).reduce((a, b) => a + b);
    expect(total((look) => look.regressionAlpha)).toBeCloseTo(0.01, 12);
    expect(total((look) => look.safeAlpha)).toBeCloseTo(0.05, 12);
    expect(defaultGatePolicy.looks.map(({ rounds }) => rounds)).toEqual([12, 24, 48]);
  });

  test.each<[Partial<GatePolicy>, string]>([
    [{ allowances: { ...defaultGatePolicy.allowances, 'put.p50': 0.1 } }, 'names put.p50'],
    [{ allowances: { ...defaultGatePolicy.allowances, p50: 0 } }, '>0'],
    [{ rounds: 11 }, 'must be 12 or more'],
    [{ looks: [...defaultGatePolicy.looks].reverse() }, 'more rounds each'],
    [{ metrics: ['p50', 'p50'] }, 'names a metric twice'],
    [{ operations: ['get', 'get'] }, 'names an operation twice'],
    [{ operations: [] }, '>=1'],
  ])('%j is refused', (changes, message) => {
    const { error } = gatePolicySchema.safeParse({ ...defaultGatePolicy, ...changes });
    expect(error?.message).toContain(message);
  });

  test('settings go over the defaults, allowances one by one', () => {
    expect(toGatePolicy({})).toEqual(defaultGatePolicy);
    const settings = gateSettingsSchema.parse({
      operations: ['get'],
      allowances: { 'get.p99': 0.2 },
    });
    expect(toGatePolicy(settings)).toEqual({
      ...defaultGatePolicy,
      operations: ['get'],
      allowances: { ...defaultGatePolicy.allowances, 'get.p99': 0.2 },
    });
  });

  test('more rounds bring more looks, which share what the last one could spend', () => {
    const { looks } = toGatePolicy({ rounds: 150 });
    expect(looks.map(({ rounds }) => rounds)).toEqual([12, 24, 48, 96, 150]);
    const sum = (key: 'regressionAlpha' | 'safeAlpha') =>
      looks.reduce((total, look) => total + look[key], 0);
    expect(sum('regressionAlpha')).toBeCloseTo(0.01, 12);
    expect(sum('safeAlpha')).toBeCloseTo(0.05, 12);
    expect(toGatePolicy({ rounds: 48 }).looks).toEqual(defaultGatePolicy.looks);
    // Who has looks of his own has them all.
    const own = [{ rounds: 10, regressionAlpha: 0.01, safeAlpha: 0.05 }];
    expect(toGatePolicy({ rounds: 150, looks: own }).looks).toEqual(own);
  });

  test.each([
    [{ rounds: 5 }, 'rounds of the gate must be 12 or more'],
    [{ allowances: { nope: 0.1 } }, 'allowances of the gate names nope'],
    [{ looks: [] }, 'looks of the gate is empty'],
  ])('%j is a usage error', (settings, message) => {
    expect(() => toGatePolicy(settings)).toThrow(message);
    expect(() => toGatePolicy(settings)).toThrow(KvbenchError);
  });

  test('an allowance of an operation goes before that of its metric', () => {
    const policy = aPolicy({ allowances: { ...defaultGatePolicy.allowances, 'get.p99': 0.3 } });
    expect(allowanceOf(policy, { metric: 'p99', operation: 'get' })).toBe(0.3);
    expect(allowanceOf(policy, { metric: 'p99', operation: 'post' })).toBe(0.1);
    expect(allowanceOf(policy, { metric: 'rss', operation: null })).toBe(0.1);
  });
});

describe('a session', () => {
  test('of identical builds passes without rounds; with them the rounds decide', () => {
    const { base } = aGateResult([]);
    const same = aGateResult([], { head: base });
    expect(isIdentical(same)).toBe(true);
    expect(same.judgement.verdict).toMatchObject({ outcome: 'pass', reason: 'identical' });
    const forced = aGateResult(someRounds(12, quiet), { head: base });
    expect(forced.judgement.verdict?.reason).toBe('all-safe');
    expect(isIdentical(aGateResult([], { base: { ...base, artifact: null } }))).toBe(false);
  });

  test('under way has no verdict; replayed, rounds are missing', () => {
    const result = aGateResult(someRounds(5, quiet));
    expect(result.judgement.verdict).toBeNull();
    expect(replay(result).verdict).toMatchObject({
      outcome: 'inconclusive',
      reason: 'rounds-missing',
    });
  });

  test('lists every figure, with the medians of both sides', () => {
    const ratios = { 'post.p90': 1.5, 'get.p50': 0.8 };
    const result = aGateResult(someRounds(12, { ...quiet, ratios }), {
      policy: aPolicy({ metrics: ['p50', 'p99', 'cpu', 'rss'] }),
    });
    const { metrics } = result.judgement;
    expect(metrics.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      ...['get.p50 pass', 'get.p90 reported', 'get.tail reported', 'get.p99 pass', 'get.cpu pass'],
      ...['post.p50 pass', 'post.p90 reported', 'post.tail reported', 'post.p99 pass'],
      'post.cpu pass',
      ...['rss pass', 'binarySize reported', 'buildTime reported'],
    ]);
    const p90 = metrics.find(({ name }) => name === 'post.p90');
    expect((p90?.head ?? 0) / (p90?.base ?? 1)).toBeCloseTo(1.5, 2);
    expect(p90?.allowance).toBeNull();
    // A green line hides neither that nor what became better.
    expect(verdictSentence(result)).toMatch(
      /^pass: .*; not gated, and worse all the same: post P90 1\.5.*; better: get P50 0\.8.*\.$/,
    );
  });

  test('start-up and the first keys are shown where rounds have them, and decide if asked to', () => {
    const names = (sigmas: object) =>
      judge(aGateResult(someRounds(12, { ...quiet, sigmas: { ...quiet.sigmas, ...sigmas } })))
        .metrics.filter(({ metric }) => metric === 'start' || metric === 'first')
        .map(({ name, verdict }) => [name, verdict]);
    expect(names({})).toEqual([]);
    expect(names({ start: 0.05 })).toEqual([['start', 'reported']]);
    expect(names({ start: 0.05, first: 0.05 })).toHaveLength(2);
    const policy = aPolicy({ metrics: ['start'] });
    const slow = { noise: createNormal(5), sigmas: { ...quiet.sigmas, start: 0.05 } };
    expect(runSession(policy, { ...slow, ratios: { start: 1.6 } })).toMatchObject({
      verdict: { outcome: 'regression' },
    });
    expect(runSession(policy, slow)).toMatchObject({ verdict: { outcome: 'pass' } });
    // Asked for, and not measured, it can't pass.
    const unmeasured = judge(aGateResult(someRounds(48, quiet), { policy }));
    expect(unmeasured.verdict?.outcome).toBe('inconclusive');
  });

  test('says of an open figure where it lies and what would have been proven', () => {
    const { rounds } = runSession(aPolicy(), { ...quiet, ratios: { 'get.p50': 1.05 } });
    const row = aGateResult(rounds, { policy: aPolicy() }).judgement.metrics[0];
    expect(row).toMatchObject({ name: 'get.p50', verdict: 'inconclusive', rounds: 48 });
    expect(row?.ratio?.low).toBeLessThan(1.05);
    expect(row?.ratio?.high).toBeGreaterThan(1.05);
    expect(row?.provable).toBeGreaterThan(1.05);
    expect(row?.provable).toBeLessThan(1.051);
  });

  test('a slowdown as large as was said to be provable would have been suspected', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const policy = aPolicy({ operations: ['get'], metrics: ['p50'] });
        const first = someRounds(12, { noise: createNormal(seed) }, ['get']);
        const row = aGateResult(first, { policy }).judgement.looks[0]?.evidence[0];
        const slower = ((row?.provable ?? 0) / (row?.ratio?.estimate ?? 1)) * (1 + 1e-9);
        for (const { head } of first) {
          const get = head.operations['get'];
          if (get) get.p50Ns = (get.p50Ns ?? 0) * slower;
        }
        const { looks } = aGateResult(first, { policy }).judgement;
        expect(looks[0]?.evidence[0]?.status).toBe('suspect');
      }),
      { numRuns: 50 },
    );
  });

  test('a build that grew too much fails once the rounds have been measured', () => {
    const policy = aPolicy({ binarySizeAllowance: 0.001 });
    const grown = aGateResult(someRounds(12, quiet), { policy }).judgement;
    expect(grown.verdict).toMatchObject({ outcome: 'regression', reason: 'binary-size' });
    expect(grown.metrics.at(-2)).toMatchObject({ name: 'binarySize', verdict: 'regression' });
    const allowed = { ...policy, binarySizeAllowance: 0.01 };
    expect(aGateResult(someRounds(12, quiet), { policy: allowed }).judgement.verdict).toMatchObject(
      {
        outcome: 'pass',
      },
    );
  });
});

describe('replayed', () => {
  const { rounds } = runSession(aPolicy(), { ...quiet, ratios: { 'get.cpu': 1.08 } });
  const result = aGateResult(rounds, { policy: aPolicy() });

  test('it comes to the same', () => {
    expect(result.judgement.verdict?.outcome).toBe('regression');
    expect(replay(JSON.parse(JSON.stringify(result)))).toEqual(result.judgement);
  });

  test('another policy may come to something else', () => {
    const lenient = aPolicy({ allowances: { ...defaultGatePolicy.allowances, 'get.cpu': 0.2 } });
    expect(replay(result, lenient).verdict).toMatchObject({ outcome: 'pass' });
    expect(replay(result, aPolicy({ metrics: ['p50'] })).verdict?.outcome).toBe('pass');
    // Only the suspect's operation was measured again, so a look at 24 has no rounds to be at.
    const onLine = aPolicy({ allowances: { ...defaultGatePolicy.allowances, 'get.cpu': 0.08 } });
    expect(replay(result, onLine).verdict?.reason).toBe('rounds-missing');
  });

  test('swapped arms turn every ratio over', () => {
    const swapped = rounds.map((round) => ({ ...round, base: round.head, head: round.base }));
    const policy = aPolicy({ looks: [{ rounds: 12, regressionAlpha: 0.003, safeAlpha: 0.0125 }] });
    const forth = replay(result, policy).looks[0]?.evidence ?? [];
    const back = replay({ ...result, rounds: swapped }, policy).looks[0]?.evidence ?? [];
    expect(forth).toHaveLength(9);
    for (const [i, { ratio }] of forth.entries()) {
      const other = back[i]?.ratio;
      expect((ratio?.estimate ?? 0) * (other?.estimate ?? 0)).toBeCloseTo(1, 9);
      expect((ratio?.low ?? 0) * (other?.high ?? 0)).toBeCloseTo(1, 9);
    }
  });
});

test.each([
  ['pass', 'warn', 0],
  ['pass', 'fail', 0],
  ['regression', 'warn', 1],
  ['inconclusive', 'warn', 0],
  ['inconclusive', 'fail', 4],
  ['untrusted', 'warn', 4],
] as const)('%s, --on-inconclusive %s: exit code %d', (outcome, onInconclusive, code) => {
  expect(gateExitCode({ outcome }, { onInconclusive })).toBe(code);
});

test.each([12, 96])(
  'a result of %d rounds keeps its schema, and is judged again as it was',
  (count) => {
    // One figure that stays open takes it to the last look.
    const truth = { ...quiet, ratios: count > 12 ? { 'get.p50': 1.05 } : {} };
    const policy = { ...toGatePolicy({ rounds: Math.max(48, count) }), timeBudgetMs: 86_400_000 };
    const result = aGateResult(someRounds(count, truth), { policy });
    expect(result.judgement.looks.at(-1)?.rounds).toHaveLength(count);
    expect(gateResultSchema.parse(result)).toEqual(result);
    expect(judge(result)).toEqual(result.judgement);
  },
);

test('CPU that is unknown in one round of one arm is not measured', () => {
  const rounds = someRounds(12, { noise: createNormal(1) }, ['get']);
  const cpu = { operation: 'get', metric: 'cpu' } as const;
  expect(pairsOf(rounds, cpu)).toHaveLength(12);
  const [first] = rounds;
  const get = first?.head.operations['get'];
  if (get) get.cpuPerRequestNs = null;
  expect(pairsOf(rounds, cpu)).toEqual([]);
  expect(pairsOf(rounds, { operation: 'get', metric: 'p50' })).toHaveLength(12);
});
