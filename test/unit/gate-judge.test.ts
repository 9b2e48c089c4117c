import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replayGate } from '../../src/api/gate-replay.js';
import { gateExitCode, isIdentical, judge, replay } from '../../src/gate/judge.js';
import { defaultGatePolicy, toGatePolicy } from '../../src/gate/policy.js';
import type { GateRound } from '../../src/gate/rounds.js';
import { type GateResult, gateResultSchema } from '../../src/gate/schema.js';
import { verdictSentence } from '../../src/report/gate/sentence.js';
import { aGateResult, aPolicy, createNormal, runSession, someRounds } from '../helpers/gate.js';

const quiet = {
  noise: createNormal(1),
  sigmas: { p50: 1e-4, p90: 1e-4, tail: 1e-4, p99: 1e-4, cpu: 1e-4, rss: 1e-4 },
};

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

describe('identical are', () => {
  const { base, head } = aGateResult([]);
  const unbuilt = (sourceHash: string | null = null) => ({ ...base, artifact: null, sourceHash });
  const none = { settings: [], files: [], moreFiles: 0 };
  test.each<[string, boolean, Partial<GateResult>]>([
    ['the same bytes', true, { base, head: base, differences: none }],
    ['other bytes', false, { base, head, differences: none }],
    [
      'two of which nothing is built',
      true,
      { base: unbuilt(), head: unbuilt(), differences: none },
    ],
    ['one that is built', false, { base, head: unbuilt(), differences: none }],
    ['another setting', false, { head: base, differences: { ...none, settings: ['env'] } }],
    ['another file', false, { head: base, differences: { ...none, files: ['a'] } }],
    ['both', false, { head: base, differences: { ...none, settings: ['env'], files: ['a'] } }],
    ['more files', false, { head: base, differences: { ...none, files: ['a'], moreFiles: 1 } }],
    ['other bytes and a setting', false, { head, differences: { ...none, settings: ['env'] } }],
    // Documents from before differences were looked for.
    ['before: the same bytes', true, { base, head: base }],
    ['before: other bytes of the same files', false, { base, head: { ...head, sourceHash: null } }],
    ['before: the same files', true, { base: unbuilt('1'), head: unbuilt('1') }],
    ['before: other files', false, { base: unbuilt('1'), head: unbuilt('2') }],
    ['before: files that are unknown', false, { base: unbuilt(), head: unbuilt() }],
    ['before: files known of one', false, { base: unbuilt(), head: unbuilt('1') }],
    [
      'before: the same files, one built',
      true,
      { base: { ...base, sourceHash: '1' }, head: unbuilt('1') },
    ],
  ])('%s: %s', (_, expected, changes) => {
    const result = aGateResult([], changes);
    expect(isIdentical(result)).toBe(expected);
    expect(result.judgement.verdict).toEqual(
      expected ? { outcome: 'pass', reason: 'identical', detail: null } : null,
    );
  });
});

describe('without anything to compare with', () => {
  const apart = (...operations: string[]) =>
    operations.map((operation) => ({ operation, reason: 'there is none' }));
  test.each([
    [{ baseFailure: 'It does not build.' }, 'base-failed', 'It does not build.'],
    [{ uncompared: apart('post', 'get') }, 'nothing-in-common', null],
  ])('%j: it is inconclusive, whatever was measured', (changes, reason, detail) => {
    const { metrics, ...judgement } = aGateResult(someRounds(12, quiet), changes).judgement;
    const verdict = { outcome: 'inconclusive', reason, detail };
    expect(judgement).toEqual({ dropped: [], looks: [], verdict });
    expect(metrics.map(({ name }) => name)).toEqual(['binarySize', 'buildTime']);
  });

  test('one operation in common is enough', () => {
    const changes = { uncompared: apart('post') };
    expect(aGateResult([], changes).judgement.verdict).toBeNull();
    const measured = aGateResult(someRounds(12, quiet), changes).judgement;
    expect(measured.verdict?.reason).toBe('all-safe');
  });
});

describe('the verdict of a figure', () => {
  const policy = aPolicy();
  const verdictsOf = (rounds: GateRound[], changes: Partial<GateResult> = {}) =>
    new Set(
      aGateResult(rounds, { policy, ...changes }).judgement.metrics.map(
        ({ metric, rounds: count, verdict }) =>
          metric === 'binarySize' || metric === 'buildTime' ? '' : `${verdict} of ${count}`,
      ),
    );

  test('is open before the first look, however clear it is', () => {
    const expected = new Set(['inconclusive of 11', 'reported of 11', '']);
    expect(verdictsOf(someRounds(11, quiet))).toEqual(expected);
    expect(verdictsOf([])).toEqual(new Set(['']));
  });

  test('is that of the last look, whatever was measured since', () => {
    const rounds = someRounds(17, { ...quiet, ratios: { 'get.p50': 1.05 } });
    expect(verdictsOf(rounds)).toEqual(
      new Set(['inconclusive of 12', 'pass of 12', 'reported of 12', '']),
    );
    // Of wrong answers no figure is good.
    Object.assign(rounds[14]?.head.operations['get'] ?? {}, { errors: 1 });
    expect(verdictsOf(rounds)).toEqual(new Set(['inconclusive of 12', 'reported of 12', '']));
  });

  test('is no regression where a suspicion was not confirmed', () => {
    const first = someRounds(12, { ...quiet, ratios: { 'get.p50': 1.2 } });
    const { metrics, looks } = aGateResult([...first, ...someRounds(12, quiet)], {
      policy,
    }).judgement;
    expect(looks[0]?.confirmation?.suspects).toMatchObject([{ proven: false }]);
    expect(metrics.filter(({ verdict }) => verdict === 'inconclusive')).toMatchObject([
      { name: 'get.p50', rounds: 12 },
    ]);
    expect(metrics.some(({ verdict }) => verdict === 'regression')).toBe(false);
  });

  test('is not known of what was not measured, and some rounds may lack a figure', () => {
    const rounds = someRounds(12, { ...quiet, sigmas: { ...quiet.sigmas, start: 1e-4 } });
    for (const { base, head } of rounds) {
      for (const { operations } of [base, head]) delete operations['post']?.tailNs;
    }
    delete rounds[0]?.head.startNs;
    const { metrics } = aGateResult(rounds, { policy: aPolicy({ metrics: ['p50'] }) }).judgement;
    const row = (name: string) => metrics.find((metric) => metric.name === name);
    expect(row('get.tail')).toMatchObject({ verdict: 'reported', rounds: 12 });
    expect(row('post.tail')).toMatchObject({
      verdict: 'unmeasured',
      rounds: 0,
      base: null,
      head: null,
      ratio: null,
    });
    expect(row('start')).toMatchObject({ verdict: 'reported', rounds: 11 });
  });
});

describe('what is built', () => {
  const { base } = aGateResult([]);
  type Built = Partial<NonNullable<GateResult['base']['artifact']>>;
  const side = (changes: Built, sha256: string) => ({
    ...base,
    artifact: base.artifact && { ...base.artifact, sha256, ...changes },
  });
  const built = (before: Built, after: Built, binarySizeAllowance: number | null = null) =>
    aGateResult([], {
      base: side(before, 'a'),
      head: side(after, 'b'),
      policy: aPolicy({ binarySizeAllowance }),
    }).judgement.metrics;
  const row = (size: number, grown: number, ratio: number | null) => ({
    operation: null,
    rounds: 1,
    base: size,
    head: grown,
    ratio: ratio === null ? null : { estimate: ratio, low: ratio, high: ratio },
    allowance: null,
    provable: null,
  });

  test.each([
    [1000, 1500, 1.5, 0.5, 'pass'],
    [1000, 1501, 1.501, 0.5, 'regression'],
    [1000, 900, 0.9, 0.5, 'pass'],
    [1000, 9000, 9, null, 'reported'],
    // Of nothing there is no ratio.
    [0, 1000, null, 0.5, 'pass'],
  ])(
    '%d bytes and then %d: %j, %j more is allowed: %s',
    (size, grown, ratio, allowance, verdict) => {
      const [first] = built({ sizeBytes: size }, { sizeBytes: grown }, allowance);
      const named = { name: 'binarySize', metric: 'binarySize', unit: 'bytes' };
      expect(first).toEqual({ ...row(size, grown, ratio), ...named, allowance, verdict });
    },
  );

  test.each<[Built, Built, boolean]>([
    [{ buildMs: 2 }, { buildMs: 3 }, true],
    [{ buildMs: 2, isWarm: false }, { buildMs: 3, isWarm: false }, true],
    [{ buildMs: 0 }, { buildMs: 3 }, false],
    [{ buildMs: 2 }, { buildMs: 0 }, false],
    [{ buildMs: 2, isWarm: true }, { buildMs: 3 }, false],
    [{ buildMs: 2 }, { buildMs: 3, isWarm: true }, false],
  ])('in %j and %j: compared: %s', (before, after, isCompared) => {
    const named = { name: 'buildTime', metric: 'buildTime', unit: 'ns', verdict: 'reported' };
    expect(built(before, after).slice(1)).toEqual(
      isCompared ? [{ ...row(2e6, 3e6, 1.5), ...named }] : [],
    );
  });

  test('is nothing where there is no file of both', () => {
    const unbuilt = { ...base, artifact: null };
    for (const changes of [
      { base: unbuilt },
      { head: unbuilt },
      { base: unbuilt, head: unbuilt },
    ]) {
      expect(aGateResult([], changes).judgement.metrics).toEqual([]);
    }
    const measured = aGateResult(someRounds(12, quiet), { head: unbuilt }).judgement;
    expect(measured.verdict?.reason).toBe('all-safe');
  });

  const slow = { ...quiet, ratios: { 'get.p50': 1.2 } };
  const wrong = () => {
    const rounds = someRounds(1, quiet);
    Object.assign(rounds[0]?.head.operations['get'] ?? {}, { errors: 1 });
    return rounds;
  };
  test.each<[string, GateRound[], Partial<GateResult>, string | null, string | null]>([
    ['under way', someRounds(5, quiet), {}, null, null],
    ['given up', someRounds(5, quiet), { waitedMs: 1 }, 'wait-used-up', 'binary-size'],
    ['good', someRounds(12, quiet), { waitedMs: 1 }, 'all-safe', 'binary-size'],
    ['slow', someRounds(24, slow), {}, 'proven-twice', 'proven-twice'],
    ['wrong', wrong(), {}, 'wrong-answers', 'wrong-answers'],
  ])('and too large: a session that is %s', (_, rounds, changes, within, beyond) => {
    const reasonOf = (binarySizeAllowance: number) =>
      aGateResult(rounds, { ...changes, policy: aPolicy({ binarySizeAllowance }) }).judgement
        .verdict?.reason ?? null;
    expect([reasonOf(0.01), reasonOf(0.001)]).toEqual([within, beyond]);
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

  test('a file from when a suspicion was tested once more only keeps its verdict', async () => {
    const { confirmationLooks, ...before } = defaultGatePolicy;
    const old = aGateResult(rounds, { policy: before });
    expect(confirmationLooks).toBe('doubling');
    expect((await replayGate(old)).policy.confirmationLooks).toBe('one');
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
