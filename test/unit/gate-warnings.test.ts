import { describe, expect, test } from 'vitest';
import type { GatePolicy, Look } from '../../src/gate/policy.js';
import { armSchema } from '../../src/gate/rounds.js';
import { gateWarnings } from '../../src/gate/warnings.js';
import { aPolicy, simulatedRound } from '../helpers/gate.js';

/** A round in which each arm was asked so often. */
function asked(requests: Record<string, number>) {
  const round = simulatedRound(1, Object.keys(requests), { noise: () => 0 });
  for (const arm of armSchema.options) {
    for (const [name, answered] of Object.entries(requests)) {
      Object.assign(round[arm].operations[name] ?? {}, { answered });
    }
  }
  return round;
}

const load = { durationMs: 1000, ratePerSecond: 16_000 };
const warnings = (policy: Partial<GatePolicy>, requests = { get: 16_000, post: 16_000 }) =>
  gateWarnings([asked(requests)], aPolicy(policy), load);

describe('a policy that can prove nothing', () => {
  // The smallest p-value of n rounds is 2 ** -n, and four figures share the level.
  const four = { metrics: ['p50', 'cpu'] } satisfies Partial<GatePolicy>;
  const look = (rounds: number, regressionAlpha: number): Look => ({
    rounds,
    regressionAlpha,
    safeAlpha: 0.0125,
  });
  const justEnough = look(8, 4 * 2 ** -8);
  const tooFew = look(6, 0.99 * 4 * 2 ** -6);
  const never = (rounds: string) => [
    {
      code: 'powerless',
      message: `No slowdown can be proven by this policy: ${rounds} can't reach its levels for 4 figures.`,
      advice: 'Give the gate more rounds, or fewer operations and metrics; or leave its looks out.',
    },
  ];

  const once = { confirmationLooks: 'one', confirmationAlpha: 2 ** -9 } as const;
  const doubling = { confirmationLooks: 'doubling' } as const;

  test.each<[string, Partial<GatePolicy>, string | null]>([
    ['none of its looks', { looks: [tooFew, look(7, tooFew.regressionAlpha / 2)] }, '7 rounds'],
    ['its last look alone', { looks: [tooFew, justEnough] }, null],
    [
      'a look after more rounds than there are',
      { looks: [tooFew, justEnough], rounds: 7 },
      '6 rounds',
    ],
    ['a look at as many as there are', { looks: [tooFew, justEnough], rounds: 8 }, null],
    ['its confirmation just', { ...once, confirmationRounds: 9 }, null],
    ['its confirmation not', { ...once, confirmationRounds: 8 }, '8 rounds'],
    ['its confirmation when that goes on', { ...once, ...doubling, confirmationRounds: 8 }, null],
    [
      'its confirmation at no look that can suspect',
      { ...once, ...doubling, confirmationRounds: 5, looks: [justEnough] },
      '5 rounds',
    ],
    [
      'its confirmation after all that share its level',
      { ...once, ...doubling, confirmationRounds: 5, looks: [look(10, 4 * 2 ** -10)] },
      null,
    ],
  ])('can by %s', (_, policy, rounds) => {
    const expected = rounds === null ? [] : never(rounds);
    expect(warnings({ ...four, ...policy })).toEqual(expected);
  });

  test('is told of once there is a round', () => {
    const policy = aPolicy({ ...four, looks: [tooFew] });
    expect(gateWarnings([], policy, load)).toEqual([]);
    expect(gateWarnings([asked({ get: 1000, post: 1000 })], policy, load)).toHaveLength(1);
  });
});

describe('percentiles of too few requests', () => {
  // With ten requests above it P50 takes 20, P90 and the tail 100, and P99 1,000.
  const about = (policy: Partial<GatePolicy>, requests: { get: number; post: number }, at = load) =>
    gateWarnings([asked(requests)], aPolicy(policy), at).map(({ code, message, advice }) => ({
      code,
      message,
      duration: /--duration ([^;]+);/.exec(advice)?.[1],
    }));
  const metrics = ['p90', 'p99', 'p50', 'cpu', 'rss'] satisfies GatePolicy['metrics'];

  test.each([
    [19, 'get.p50 takes 20; get.p90 takes 100; get.p99 takes 1,000'],
    [20, 'get.p90 takes 100; get.p99 takes 1,000'],
    [99, 'get.p90 takes 100; get.p99 takes 1,000'],
    [100, 'get.p99 takes 1,000'],
    [999, 'get.p99 takes 1,000'],
  ])('of %i requests a round can not tell %s', (get, needed) => {
    expect(about({ metrics }, { get, post: 1000 })).toMatchObject([
      {
        code: 'unresolved',
        message: `A round has ${get} requests, too few for some figures, which are not measured: ${needed}.`,
      },
    ]);
  });

  test('figures that take as many stand together, and the operation with the fewest is told', () => {
    const [warning] = about({ metrics: ['p90', 'tail', 'p99'] }, { get: 30, post: 80 });
    expect(warning?.message).toContain('A round has 30 requests');
    expect(warning?.message).toContain(
      ': get.p90, get.tail, post.p90, post.tail take 100; get.p99, post.p99 take 1,000.',
    );
  });

  test('none, where all have as many as they need', () => {
    expect(about({ metrics }, { get: 1000, post: 1000 })).toEqual([]);
    expect(about({ metrics: ['cpu', 'rss'] }, { get: 1, post: 1 })).toEqual([]);
  });

  test.each([
    ['as long as the rate takes for each', 30, 1000, '1s for the first, 34s for all'],
    ['no less than was given', 900, 7500, '8s or more'],
  ])('what would do is %s', (_, ratePerSecond, durationMs, duration) => {
    const requests = { get: 999, post: 5 };
    const [warning] = about({ metrics: ['p50', 'p99'] }, requests, { durationMs, ratePerSecond });
    expect(warning?.duration).toBe(duration);
  });
});
