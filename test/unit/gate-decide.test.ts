import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/gate/decide.js';
import { judge } from '../../src/gate/judge.js';
import { confirmationsOf, type GatePolicy } from '../../src/gate/policy.js';
import { type Arm, armSchema, type GateRound } from '../../src/gate/rounds.js';
import { createRandom } from '../../src/random.js';
import { endlessRatio } from '../../src/stats/signed-rank.js';
import {
  aGateResult,
  aPolicy,
  createNormal,
  measuredSigmas,
  runSession,
  simulatedRound,
  someRounds,
} from '../helpers/gate.js';

const policy = aPolicy();
const quiet = {
  noise: createNormal(1),
  sigmas: { p50: 1e-4, p90: 1e-4, tail: 1e-4, p99: 1e-4, cpu: 1e-4, rss: 1e-4 },
};
const slow = { ...quiet, ratios: { 'get.p50': 1.2 } };

const verdictOf = (rounds: GateRound[], changes = {}) => {
  const decision = decide(rounds, { ...policy, ...changes });
  return decision.next === 'stop' ? decision.verdict : null;
};

describe('from look to look', () => {
  test('nothing measured: the rounds of the first look, in all operations', () => {
    expect(decide([], policy)).toMatchObject({
      next: 'measure',
      rounds: 12,
      operations: ['get', 'post'],
      suspects: [],
      looks: [],
    });
    expect(decide(someRounds(5, quiet), policy)).toMatchObject({ next: 'measure', rounds: 7 });
  });

  test('all safe: it passes at the first look', () => {
    expect(verdictOf(someRounds(12, quiet))).toMatchObject({ outcome: 'pass', reason: 'all-safe' });
  });

  test('a suspect is measured again, alone and on fresh rounds, and then it is proven', () => {
    const first = someRounds(12, slow);
    const asked = decide(first, policy);
    expect(asked).toMatchObject({
      next: 'measure',
      rounds: 12,
      operations: ['get'],
      suspects: ['get.p50'],
    });
    const fresh = Array.from({ length: 12 }, (_, i) => simulatedRound(13 + i, ['get'], slow));
    expect(decide([...first, ...fresh.slice(0, 4)], policy)).toMatchObject({ rounds: 8 });
    const decision = decide([...first, ...fresh], policy);
    expect(decision).toMatchObject({ verdict: { outcome: 'regression', reason: 'proven-twice' } });
    expect(decision.looks[0]?.confirmation).toMatchObject({
      rounds: fresh.map(({ number }) => number),
      suspects: [{ operation: 'get', metric: 'p50', proven: true }],
    });
  });

  test('a suspicion that is not confirmed goes on to the next look, without those rounds', () => {
    const rounds = [...someRounds(12, slow), ...someRounds(12, quiet)].map((round, i) => ({
      ...round,
      number: i + 1,
    }));
    const decision = decide(rounds, policy);
    expect(decision).toMatchObject({ next: 'measure', rounds: 12, suspects: [] });
    expect(decision.looks[0]?.confirmation?.suspects[0]).toMatchObject({ proven: false });
    const more = Array.from({ length: 12 }, (_, i) =>
      simulatedRound(25 + i, ['get', 'post'], quiet),
    );
    const second = decide([...rounds, ...more], policy).looks[1];
    const numbers = Array.from({ length: 36 }, (_, i) => i + 1);
    expect(second?.rounds).toEqual(numbers.filter((n) => n <= 12 || n > 24));
  });

  test('on the line: rounds are used up', () => {
    const { verdict, looks } = runSession(policy, { ...quiet, ratios: { 'get.p50': 1.05 } });
    expect(verdict).toMatchObject({ outcome: 'inconclusive', reason: 'rounds-used-up' });
    expect(looks.map(({ rounds }) => rounds.length)).toEqual([12, 24, 48]);
  });

  test('fewer rounds allowed: the later looks are left out', () => {
    const { looks } = runSession({ ...policy, rounds: 24 }, { ...quiet, ratios: { cpu: 1.05 } });
    expect(looks.map(({ rounds }) => rounds.length)).toEqual([12, 24]);
  });

  test('the levels are split over the looks, and Holm works inside each', () => {
    // All twelve rounds above the line: p = 1/4096, which .003 / 7 figures admits and .003 / 13 not.
    const many = Array.from({ length: 13 }, (_, i) => `r${i}`);
    const one = { ...quiet, ratios: { 'r0.p50': 1.2 } };
    const seven = { metrics: ['p50' as const], operations: many.slice(0, 7) };
    const thirteen = { ...seven, operations: many };
    const suspects = (changes: typeof seven) =>
      decide(someRounds(12, one, changes.operations), { ...policy, ...changes })
        .looks[0]?.evidence.filter(({ status }) => status === 'suspect')
        .map(({ operation }) => operation);
    expect(suspects(seven)).toEqual(['r0']);
    expect(suspects(thirteen)).toEqual([]);
  });
});

/** The sums of ranks that lie beyond a line, of each of the 2ⁿ ways in which n of them may. */
function sumsOf(n: number): number[] {
  return Array.from({ length: 2 ** n }, (_, way) =>
    Array.from({ length: n }, (_, i) => (way & (1 << i) ? i + 1 : 0)).reduce((a, b) => a + b, 0),
  );
}

/** How likely a sum of at most so much is, were each rank beyond the line by a fair coin. */
const chanceOf = (sums: readonly number[], most: number) =>
  sums.filter((sum) => sum <= most).length / sums.length;

/** Distances from a line: ranks 1 to n by size, and those beyond it, which are positive, have that sum. */
function distances(n: number, sum: number): number[] {
  let left = sum;
  const signed: number[] = [];
  for (let rank = n; rank > 0; rank--) {
    const isBeyond = rank <= left;
    if (isBeyond) left -= rank;
    signed.push(isBeyond ? rank : -rank);
  }
  return signed;
}

const setP50 = (round: GateRound, operation: string, ratio: number) => {
  const [base, head] = [round.base.operations[operation], round.head.operations[operation]];
  if (base && head) Object.assign(head, { p50Ns: (base.p50Ns ?? 0) * ratio });
};

describe('what is proven is what the signs of ranks leave no room for', () => {
  const setRss = (round: GateRound, base: number, head: number) => {
    round.base.rssPeakBytes = base;
    round.head.rssPeakBytes = head;
  };
  const beyond = (distance: number) => Math.exp(distance / 1000);
  const { safeAlpha = 0, regressionAlpha = 0 } = policy.looks[0] ?? {};
  const cases = [
    {
      metric: 'p50' as const,
      about: 'a response time',
      level: safeAlpha,
      put: (round: GateRound, by: number) => setP50(round, 'get', 1.05 * beyond(by)),
    },
    // Either of two allowances makes memory safe, so that each has half of the level.
    {
      metric: 'rss' as const,
      about: 'memory, by its ratio',
      level: safeAlpha / 2,
      put: (round: GateRound, by: number) => setRss(round, 1e9, 1e9 * 1.1 * beyond(by)),
    },
    {
      metric: 'rss' as const,
      about: 'memory, by its growth',
      level: safeAlpha / 2,
      put: (round: GateRound, by: number) => setRss(round, 2 ** 21, 2 ** 22 + by),
    },
  ];

  // Of five rounds the least likely sum is more likely than any level.
  test.each(cases.flatMap((one) => [5, 12].map((n) => ({ ...one, n }))))(
    '$about, $n rounds',
    ({ metric, level, put, n }) => {
      const sums = sumsOf(n);
      const all = (n * (n + 1)) / 2;
      const own = {
        ...policy,
        operations: ['get'],
        metrics: [metric],
        looks: [{ rounds: n, regressionAlpha, safeAlpha }],
      };
      for (let sum = 0; sum <= all; sum++) {
        const rounds = someRounds(n, quiet, ['get']);
        for (const [i, by] of distances(n, sum).entries()) put(rounds[i] as GateRound, by);
        const pValue = chanceOf(sums, all - sum);
        const safe = chanceOf(sums, sum) <= level;
        const status = pValue <= regressionAlpha ? 'suspect' : safe ? 'safe' : 'undecided';
        expect(decide(rounds, own).looks[0]?.evidence[0]).toMatchObject({ pValue, status });
      }
    },
  );

  test.each([
    [['get'], 0.05],
    [['get', 'post'], 0.025],
  ])('again, of the suspects %j', (operations, level) => {
    const sums = sumsOf(12);
    const own = { ...policy, operations, metrics: ['p50' as const] };
    for (let sum = 0; sum <= 78; sum++) {
      const rounds = someRounds(24, quiet, operations);
      for (const round of rounds.slice(0, 12)) {
        for (const operation of operations) setP50(round, operation, 1.2);
      }
      for (const [i, by] of distances(12, sum).entries()) {
        setP50(rounds[12 + i] as GateRound, 'get', 1.05 * beyond(by));
      }
      const decision = decide(rounds, own);
      const pValue = chanceOf(sums, 78 - sum);
      const proven = pValue <= level;
      const { suspects } = decision.looks[0]?.confirmation ?? { suspects: [] };
      expect(suspects).toHaveLength(operations.length);
      expect(suspects[0]).toMatchObject({ pValue, proven });
      expect(decision.next).toBe(proven ? 'stop' : 'measure');
    }
  });

  test('as likely as the level is proven', () => {
    const own = {
      ...policy,
      confirmationLooks: 'one' as const,
      confirmationRounds: 5,
      confirmationAlpha: 1 / 32,
    };
    expect(verdictOf(someRounds(17, slow), own)?.reason).toBe('proven-twice');
  });

  describe('a suspicion of a later look', () => {
    const own = {
      ...policy,
      operations: ['get'],
      metrics: ['p50' as const],
      looks: [{ rounds: 24, regressionAlpha, safeAlpha }],
    };
    /** So many that suspect P50, and fresh ones that have such signs of ranks, 12 at a time. */
    const session = (...sums: number[]) => {
      const rounds = someRounds(24 + 12 * sums.length, quiet, own.operations);
      for (const round of rounds.slice(0, 24)) setP50(round, 'get', 1.2);
      const by = sums.flatMap((sum) => distances(12, sum));
      for (const [i, far] of by.entries())
        setP50(rounds[24 + i] as GateRound, 'get', 1.05 * beyond(far));
      return rounds;
    };

    // Of 78, 61 is rarer than 5 %, and 65 than 2.5 %.
    test.each([
      ['one', 61, 'stop'],
      ['one', 60, 'measure'],
      ['doubling', 65, 'stop'],
      ['doubling', 64, 'measure'],
    ] as const)('%s: its first test, at a sum of %d: %s', (confirmationLooks, sum, next) => {
      const decision = decide(session(sum), { ...own, confirmationLooks, rounds: 24 });
      expect(decision).toMatchObject(
        next === 'stop'
          ? { next, verdict: { reason: 'proven-twice' } }
          : confirmationLooks === 'one'
            ? { next: 'stop', verdict: { reason: 'rounds-used-up' } }
            : { next, rounds: 12, operations: ['get'], suspects: ['get.p50'] },
      );
    });

    test.each([
      [64, 78, 'proven-twice'],
      [40, 40, 'rounds-used-up'],
    ])('after %d and %d it is %s by all fresh rounds together', (first, second, reason) => {
      const decision = decide(session(first, second), own);
      expect(decision).toMatchObject({ next: 'stop', verdict: { reason } });
      const { rounds, suspects } = decision.looks[0]?.confirmation ?? {};
      expect(rounds).toEqual(Array.from({ length: 24 }, (_, i) => 25 + i));
      expect(suspects).toMatchObject([{ proven: reason === 'proven-twice' }]);
    });
  });

  test.each<[Partial<GatePolicy>, number, number[]]>([
    [{}, 12, [12]],
    [{}, 23, [12]],
    [{}, 24, [12, 24]],
    [{}, 48, [12, 24, 48]],
    [{}, 100, [12, 24, 48, 96]],
    [{ confirmationRounds: 20 }, 12, [20]],
    [{ confirmationLooks: 'one' }, 48, [12]],
    [{ confirmationLooks: undefined }, 48, [12]],
  ])('by %j a suspicion after %d rounds is tested after %j', (changes, rounds, counts) => {
    expect(confirmationsOf({ ...policy, ...changes }, { rounds })).toEqual(counts);
  });

  test('on the line neither is', () => {
    const rounds = someRounds(12, quiet);
    for (const round of rounds) setRss(round, 10 * 2 ** 20, 12 * 2 ** 20);
    expect(decide(rounds, policy).looks[0]?.evidence.at(-1)).toMatchObject({
      pValue: 1,
      status: 'undecided',
    });
  });
});

describe('memory', () => {
  const bytes = (ratio: number) => someRounds(12, { ...quiet, ratios: { rss: ratio } });
  const status = (rounds: GateRound[], changes = {}) =>
    decide(rounds, { ...policy, ...changes }).looks[0]?.evidence.at(-1)?.status;

  test('must break both allowances', () => {
    expect(status(bytes(1.3))).toBe('suspect');
    expect(status(bytes(1.15))).toBe('safe');
    expect(status(bytes(1.15), { rssAllowanceBytes: 1e6 })).toBe('suspect');
    expect(status(bytes(1.3), { rssAllowanceBytes: 1e7 })).toBe('safe');
  });

  test('is confirmed by rounds of every operation', () => {
    expect(decide(bytes(1.3), policy)).toMatchObject({
      operations: ['get', 'post'],
      suspects: ['rss'],
    });
    const both = { ...quiet, ratios: { rss: 1.3, 'get.p50': 1.2 } };
    expect(decide(someRounds(12, both), policy)).toMatchObject({
      operations: ['get', 'post'],
      suspects: ['get.p50', 'rss'],
    });
  });
});

describe('time', () => {
  test('no look begins that would not fit the budget', () => {
    // A round takes 2 s: the first look ends at 24 s, the second would end at 48 s.
    const rounds = someRounds(12, { ...quiet, ratios: { p50: 1.05 } });
    expect(verdictOf(rounds, { timeBudgetMs: 47_000 })).toMatchObject({
      outcome: 'inconclusive',
      reason: 'time-used-up',
    });
    expect(verdictOf(rounds, { timeBudgetMs: 48_000 })).toBeNull();
  });

  test('the first look ends with it', () => {
    expect(verdictOf(someRounds(5, quiet), { timeBudgetMs: 10_000 })).toMatchObject({
      outcome: 'inconclusive',
      reason: 'time-used-up',
    });
  });

  test('a suspicion is followed up all the same', () => {
    expect(decide(someRounds(12, slow), { ...policy, timeBudgetMs: 24_000 })).toMatchObject({
      next: 'measure',
      rounds: 12,
      suspects: ['get.p50'],
    });
  });
});

describe('rounds that are not to be trusted', () => {
  test.each([
    ['base', 1, '1 wrong or missing answer from base get in round 3; the first: 404'],
    ['head', 2, '2 wrong or missing answers from head get in round 3; the first: 404'],
  ] as const)('a wrong answer of %s ends it', (arm, errors, detail) => {
    const rounds = someRounds(4, quiet);
    const get = rounds[2]?.[arm].operations['get'];
    if (get) Object.assign(get, { errors, firstError: '404' });
    expect(verdictOf(rounds)).toEqual({
      outcome: 'untrusted',
      reason: 'wrong-answers',
      detail,
    });
  });

  test('no answers at all are as bad', () => {
    const rounds = someRounds(1, quiet);
    const post = rounds[0]?.head.operations['post'];
    if (post) Object.assign(post, { answered: 0, p50Ns: null });
    expect(verdictOf(rounds)).toMatchObject({ outcome: 'untrusted' });
  });

  const stolen = (round: GateRound, stealShare = 0.4): GateRound => ({
    ...round,
    noise: { stealShare, othersShare: 0, pressureShare: 0 },
  });

  test('noisy rounds are dropped if the policy says so, whoever was slow', () => {
    const rounds = someRounds(13, quiet).map((round, i) => (i === 4 ? stolen(round) : round));
    expect(decide(rounds, { ...policy, maxStealShare: 0.3 })).toMatchObject({
      next: 'stop',
      dropped: [5],
      looks: [{ rounds: [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13] }],
    });
    expect(decide(rounds, policy).dropped).toEqual([]);
  });

  const unanswered = (round: GateRound, arm: Arm, count: number, heldUp?: boolean) => {
    const post = round[arm].operations['post'];
    if (!post) throw new Error('no such operation');
    Object.assign(post, { answered: 16_000 - count, unfinished: count }, heldUp && { heldUp });
  };

  test('a round in which both stalled, or the generator, is left out', () => {
    const rounds = someRounds(14, quiet);
    for (const arm of ['base', 'head'] as const) unanswered(rounds[2] as GateRound, arm, 7);
    unanswered(rounds[5] as GateRound, 'head', 7, true);
    expect(decide(rounds, policy)).toMatchObject({ next: 'stop', dropped: [3, 6] });
  });

  test.each(['base', 'head'] as const)('a round that %s alone could not keep stays', (arm) => {
    const rounds = someRounds(12, quiet);
    unanswered(rounds[2] as GateRound, arm, 7);
    expect(decide(rounds, policy)).toMatchObject({ dropped: [] });
  });

  test('a head that cannot keep the rate is a regression, and a base that could not passes', () => {
    // 1 % of its requests are more than P99 has above it, and fewer than P90 has.
    for (const [arm, outcome] of [
      ['head', 'regression'],
      ['base', 'pass'],
    ] as const) {
      const rounds = someRounds(48, quiet);
      for (const round of rounds) unanswered(round, arm, 800);
      const decision = decide(rounds, policy);
      expect(decision).toMatchObject({ next: 'stop', verdict: { outcome }, dropped: [] });
      const p99 = judge({ ...aGateResult(rounds), policy }).metrics.find(
        ({ name }) => name === 'post.p99',
      );
      expect(p99).toMatchObject({ unanswered: [arm], [arm]: null });
      expect(p99?.ratio?.estimate).toBe(arm === 'head' ? endlessRatio : 0);
    }
  });

  test('of rounds in which neither answers everything the verdict says so', () => {
    const rounds = someRounds(40, quiet);
    for (const round of rounds) for (const arm of armSchema.options) unanswered(round, arm, 5);
    expect(verdictOf(rounds)).toMatchObject({
      outcome: 'inconclusive',
      reason: 'too-noisy',
      detail: expect.stringContaining('lower --rate'),
    });
  });

  test('arms that stall by a fair coin are not called slower', () => {
    // Each round one of them, whichever, has a tail without end: ranks see signs, and these are fair.
    let regressions = 0;
    for (let session = 0; session < 60; session++) {
      const coin = createRandom(session);
      const rounds = someRounds(60, { noise: createNormal(session) });
      for (const round of rounds) unanswered(round, coin() < 0.5 ? 'base' : 'head', 800);
      const decision = decide(rounds, policy);
      if (decision.next === 'stop' && decision.verdict.outcome === 'regression') regressions++;
    }
    expect(regressions).toBe(0);
  });

  test('a percentile of too few requests is not measured', () => {
    const rounds = someRounds(12, quiet);
    for (const round of rounds) {
      for (const arm of armSchema.options) {
        for (const figures of Object.values(round[arm].operations)) figures.answered = 999;
      }
    }
    const { metrics } = judge({ ...aGateResult(rounds), policy });
    const verdictsOf = (metric: string) =>
      metrics.filter((row) => row.metric === metric).map(({ verdict }) => verdict);
    expect(verdictsOf('p99')).toEqual(['unmeasured', 'unmeasured']);
    expect(verdictsOf('p90')).toEqual(['pass', 'pass']);
  });

  const noisy = { outcome: 'inconclusive', reason: 'too-noisy', detail: null };

  // As many as a confirmation takes may be dropped, and as many as were used.
  test.each([
    [0, 12, 'goes on'],
    [0, 13, 'ends'],
    [12, 12, 'goes on'],
    [12, 13, 'ends'],
    [20, 20, 'goes on'],
    [20, 21, 'ends'],
  ])('%d rounds used, then %d dropped: it %s', (used, dropped, next) => {
    const rounds = someRounds(used + dropped, { ...quiet, ratios: { p50: 1.05 } }).map(
      (round, i) => (i < used ? round : stolen(round)),
    );
    const decision = decide(rounds, { ...policy, maxStealShare: 0.3 });
    expect(decision.dropped).toHaveLength(dropped);
    expect(decision.next === 'stop' ? decision.verdict : null).toEqual(
      next === 'ends' ? noisy : null,
    );
  });

  test.each([
    [5, null],
    [6, null],
    [7, expect.stringContaining('lower --rate')],
  ])(
    'of 12 dropped rounds %d had stalled: that is the reason if it is most of them',
    (count, detail) => {
      const rounds = someRounds(40, quiet).map((round) => stolen(round));
      // Those after the twelfth are never seen.
      for (const round of [...rounds.slice(0, count), ...rounds.slice(12)]) {
        for (const arm of armSchema.options) unanswered(round, arm, 5);
      }
      const changes = { maxStealShare: 0.3, confirmationRounds: 11 };
      expect(verdictOf(rounds, changes)).toEqual({ ...noisy, detail });
    },
  );

  describe('in a confirmation', () => {
    const suspected = (count: number) => [
      ...someRounds(12, slow),
      ...Array.from({ length: count }, (_, i) => simulatedRound(13 + i, ['get'], slow)),
    ];

    test('a wrong answer ends it', () => {
      const rounds = suspected(3);
      Object.assign(rounds[13]?.head.operations['get'] ?? {}, { errors: 1 });
      const decision = decide(rounds, policy);
      expect(decision).toMatchObject({ verdict: { outcome: 'untrusted' } });
      expect(decision.looks[0]?.confirmation).toBeNull();
    });

    test('so does nothing but noise', () => {
      const rounds = suspected(13).map((round, i) => (i < 12 ? round : stolen(round)));
      expect(verdictOf(rounds, { maxStealShare: 0.3 })).toEqual(noisy);
    });

    test('a suspect that fresh rounds did not measure is not proven', () => {
      const truth = { ...quiet, ratios: { 'get.cpu': 1.2 } };
      const rounds = someRounds(24, truth);
      Object.assign(rounds[15]?.base.operations['get'] ?? {}, { cpuPerRequestNs: null });
      const decision = decide(rounds, policy);
      expect(decision.looks[0]?.confirmation?.suspects).toEqual([
        { metric: 'cpu', operation: 'get', ratio: null, pValue: 1, proven: false },
      ]);
      expect(decision).toMatchObject({ next: 'measure', rounds: 12, suspects: [] });
    });
  });

  test('a round without all operations has no part in a look', () => {
    const some = someRounds(12, { ...quiet, ratios: { p50: 1.05 } });
    const partial = Array.from({ length: 12 }, (_, i) => simulatedRound(13 + i, ['get'], quiet));
    const decision = decide([...some, ...partial], policy);
    expect(decision).toMatchObject({ next: 'measure', rounds: 12 });
    expect(decision.looks).toHaveLength(1);
    expect(decision.seen).toEqual(some);
  });

  test('a figure that nobody measured proves nothing', () => {
    const rounds = someRounds(48, quiet);
    for (const { base } of rounds)
      for (const get of Object.values(base.operations)) get.cpuPerRequestNs = null;
    const decision = decide(rounds, policy);
    expect(decision).toMatchObject({ verdict: { outcome: 'inconclusive' } });
    expect(decision.looks[0]?.evidence.map(({ status }) => status)).toContain('unmeasured');
  });
});

test('an operation may have any name', () => {
  const operations = ['constructor', 'to-string'];
  const named = { ...policy, operations };
  expect(decide(someRounds(12, quiet), named)).toMatchObject({ next: 'measure', rounds: 12 });
  expect(decide(someRounds(12, quiet, operations), named)).toMatchObject({
    verdict: { outcome: 'pass' },
  });
});

test('what is decided on the way is decided again from the whole', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.double({ min: 1, max: 1.15, noNaN: true }),
      (seed, ratio) => {
        const truth = { noise: createNormal(seed), ratios: { p50: ratio, 'post.cpu': ratio } };
        const { rounds, verdict, looks } = runSession(policy, truth);
        expect(decide(rounds, policy)).toMatchObject({ verdict, looks });
        // More rounds than were asked for change nothing: it never looks ahead.
        const more = [...rounds, ...someRounds(3, { ...truth, ratios: { p50: 9 } })];
        expect(decide(more, policy)).toMatchObject({ verdict, looks });
      },
    ),
    { numRuns: 40 },
  );
});

describe('simulated sessions', () => {
  const six = aPolicy({ metrics: ['p50', 'p99', 'cpu'] });
  const shares = (count: number, seed: number, ratios: Record<string, number>, factor = 1) => {
    const noise = createNormal(seed);
    const sigmas = Object.fromEntries(
      Object.entries(measuredSigmas).map(([name, sigma]) => [name, sigma * factor]),
    ) as typeof measuredSigmas;
    const seen = { pass: 0, regression: 0, inconclusive: 0, untrusted: 0 };
    let rounds = 0;
    for (let session = 0; session < count; session++) {
      const { verdict, rounds: measured } = runSession(six, { noise, ratios, sigmas });
      seen[verdict.outcome]++;
      rounds += measured.length;
    }
    return { ...seen, rounds: rounds / count };
  };

  test('base against base passes, soon', () => {
    const { pass, rounds } = shares(300, 1, {});
    expect(pass).toBe(300);
    expect(rounds).toBeLessThan(20);
  });

  test('a bias of 1 % changes nothing', () => {
    expect(shares(200, 2, { p50: 1.01, cpu: 1.01, p99: 1.01 })).toMatchObject({ pass: 200 });
  });

  test('on the line one in a thousand is called a regression, or fewer', () => {
    // All six are there at once, which is the worst case; how large the noise is does not matter.
    const truth = { noise: createNormal(7), ratios: { p50: 1.05, cpu: 1.05, p99: 1.1 } };
    let regressions = 0;
    for (let session = 0; session < 1000; session++) {
      // Nearly all go to their last look: with its rounds from the start they are decided once.
      const { verdict } = runSession(six, truth, someRounds(six.rounds, truth));
      if (verdict.outcome === 'regression') regressions++;
    }
    expect(regressions).toBeLessThanOrEqual(1);
  });

  test('one and a half times the allowance is found', () => {
    expect(shares(200, 4, { p50: 1.075, cpu: 1.075 }).regression).toBeGreaterThanOrEqual(196);
    expect(shares(100, 5, { p99: 1.2 }).regression).toBeGreaterThanOrEqual(90);
  });

  test('the slower, the more often it is found', () => {
    const found = [1, 1.04, 1.06, 1.08, 1.1].map((p50) => shares(60, 6, { p50 }, 2).regression);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found.at(-1)).toBeGreaterThan(50);
  });
});
