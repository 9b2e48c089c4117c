import { describe, expect, test } from 'vitest';
import {
  type Arm,
  armSchema,
  faultOf,
  type GateRound,
  hasOperations,
  isUnfit,
  pairsOf,
  requestsIn,
} from '../../src/gate/rounds.js';
import { aPolicy, simulatedRound } from '../helpers/gate.js';

type Figures = GateRound['base']['operations'][string];

/** A round without noise, in which base and head differ from each other as they are told to. */
function round(
  changes: Partial<Record<Arm, Partial<Figures>>> = {},
  operations = ['get', 'post'],
): GateRound {
  const made = simulatedRound(1, operations, { noise: () => 0 });
  for (const arm of armSchema.options) {
    Object.assign(made[arm].operations['get'] ?? {}, changes[arm]);
  }
  return made;
}

const p50 = { metric: 'p50', operation: 'get' } as const;
const p99 = { metric: 'p99', operation: 'get' } as const;
const tail = { metric: 'tail', operation: 'get' } as const;
const cpu = { metric: 'cpu', operation: 'get' } as const;

describe('the pair of a round', () => {
  /** More than half of the requests: the median falls on one that was never answered. */
  const never = { answered: 4000, unfinished: 6000 };
  const arms: [string, Partial<Figures>, number | null][] = [
    ['a time', { p50Ns: 100 }, 100],
    ['never', { p50Ns: 100, ...never }, Number.POSITIVE_INFINITY],
    ['zero', { p50Ns: 0 }, null],
    ['unknown', { p50Ns: null }, null],
  ];
  const cases = arms.flatMap(([base, ofBase, baseNs]) =>
    arms.map(([head, ofHead, headNs]) => {
      const isBothEndless = base === 'never' && head === 'never';
      const isPair = baseNs !== null && headNs !== null && !isBothEndless;
      const pairs = isPair ? [{ base: baseNs, head: headNs }] : [];
      return { base, head, arms: { base: ofBase, head: ofHead }, pairs };
    }),
  );

  test.each(cases)('of base: $base, head: $head', ({ arms: changes, pairs }) => {
    expect(pairsOf([round(changes)], p50)).toEqual(pairs);
  });

  test('is none in a round that did not have the operation', () => {
    const confirmation = round({}, ['post']);
    expect(pairsOf([round(), confirmation], p50)).toHaveLength(1);
    expect(pairsOf([round(), confirmation], cpu)).toHaveLength(1);
  });
});

test.each([
  // P99 takes 1,000 requests, unanswered ones too; its rank of 1,000 is the 990th.
  [1000, 0, 7],
  [990, 10, 7],
  [989, 11, Number.POSITIVE_INFINITY],
  [999, 0, null],
  [998, 1, null],
])('P99 with %i answered and %i not: %s', (answered, unfinished, head) => {
  const pairs = pairsOf([round({ head: { answered, unfinished, p99Ns: 7 } })], p99);
  expect(pairs.map((pair) => pair.head)).toEqual(head === null ? [] : [head]);
});

test.each([
  // It takes 100 requests, as P90 does, and is the mean up to the rank of P99.
  [100, 0, 7],
  [99, 1, 7],
  [98, 2, Number.POSITIVE_INFINITY],
  [99, 0, null],
  [989, 11, Number.POSITIVE_INFINITY],
])('the tail with %i answered and %i not: %s', (answered, unfinished, head) => {
  const pairs = pairsOf([round({ head: { answered, unfinished, tailNs: 7 } })], tail);
  expect(pairs.map((pair) => pair.head)).toEqual(head === null ? [] : [head]);
});

test.each<[string, Partial<Figures>, number]>([
  ['known', {}, 3],
  ['unknown', { cpuPerRequestNs: null }, 0],
  // There is no CPU a request without one.
  ['unknown, and nothing answered', { cpuPerRequestNs: null, answered: 0, unfinished: 9 }, 2],
])('CPU that is %s in one of three rounds', (_, head, pairs) => {
  for (const arm of armSchema.options) {
    const three = [round(), round({ [arm]: head }), round()];
    expect(pairsOf(three, cpu)).toHaveLength(pairs);
    // Another figure has what it has.
    expect(pairsOf(three, p50)).toHaveLength(head.answered === 0 ? 2 : 3);
  }
});

test('an operation has as many requests as the arm that was asked fewer of them', () => {
  const fewer = round({ base: { answered: 70, unfinished: 20 }, head: { answered: 95 } });
  expect(requestsIn(fewer, 'get')).toBe(90);
  expect(requestsIn(fewer, 'post')).toBe(16_000);
  for (const other of ['put', 'constructor']) expect(requestsIn(fewer, other)).toBe(0);
});

describe('all that was asked of a round', () => {
  const only = (arm: Arm): GateRound => ({ ...round(), [arm]: round({}, ['get'])[arm] });

  test.each<[boolean, string, GateRound, string[]]>([
    [true, 'both have all', round(), ['get', 'post']],
    [true, 'both have more', round(), ['post']],
    [false, 'neither has one of them', round(), ['get', 'put']],
    [false, 'neither has any', round(), ['put']],
    [false, 'base lacks one', only('base'), ['get', 'post']],
    [false, 'head lacks one', only('head'), ['get', 'post']],
  ])('%s: %s', (isThere, _, made, operations) => {
    expect(hasOperations(made, operations)).toBe(isThere);
  });
});

test.each<[boolean, Partial<NonNullable<GateRound['noise']>> | null]>([
  [false, { stealShare: 0.1, othersShare: 0.2 }],
  [true, { stealShare: 0.101, othersShare: 0 }],
  [true, { stealShare: 0, othersShare: 0.201 }],
  [false, null],
])('dropped: %s, for noise above the limits, as %j', (isDropped, noise) => {
  const policy = aPolicy({ maxStealShare: 0.1, maxOthersShare: 0.2 });
  const noisy = { ...round(), noise: noise && { ...round().noise, pressureShare: 1, ...noise } };
  expect(isUnfit(noisy as GateRound, policy)).toBe(isDropped);
  expect(isUnfit(noisy as GateRound, aPolicy())).toBe(false);
});

test.each<[Partial<Figures>, string | null]>([
  [{}, null],
  [{ answered: 0, unfinished: 5 }, null],
  [{ answered: 0 }, 'no answers from head get in round 1'],
  [{ errors: 2 }, '2 wrong or missing answers from head get in round 1'],
  [
    { errors: 2, firstError: 'GET /a: 404' },
    '2 wrong or missing answers from head get in round 1; the first: GET /a: 404',
  ],
])('of %j it says: %s', (head, fault) => {
  expect(faultOf(round({ head }))).toBe(fault);
});
