import { describe, expect, test } from 'vitest';
import { toGateRounds } from '../../src/gate/from-trials.js';
import { type Arm, gateRoundSchema } from '../../src/gate/rounds.js';
import type { Trial } from '../../src/result/schema.js';
import { aLatencyTrial, failing } from '../helpers/results.js';

const trial = (target: Arm, changes: Partial<Trial> = {}) => aLatencyTrial({ target, ...changes });
const both = (changes: Partial<Trial> = {}) => [trial('base', changes), trial('head', changes)];
const rounds = (
  trials: readonly Trial[],
  changes: Partial<Parameters<typeof toGateRounds>[1]> = {},
) =>
  toGateRounds(trials, {
    after: 0,
    operations: ['get'],
    interleave: 'request',
    firstStarted: () => 'head',
    ...changes,
  });

test('a round has the figures of both arms as their trials have them, and fits the schema', () => {
  const [base = trial('base'), head = trial('head')] = both();
  const [round] = rounds([base, head]);
  expect(gateRoundSchema.parse(round)).toEqual(round);
  const figures = {
    answered: base.requests.answered,
    errors: 0,
    unfinished: 0,
    firstError: null,
    p50Ns: base.responseTime?.p50Ns,
    p90Ns: base.responseTime?.p90Ns,
    p99Ns: base.responseTime?.p99Ns,
    cpuPerRequestNs: base.server?.cpuPerRequestNs,
  };
  expect(round).toMatchObject({
    number: 1,
    startedAt: base.startedAt,
    firstStarted: 'head',
    base: { operations: { get: figures }, rssPeakBytes: base.server?.rssPeakBytes },
    head: { operations: { get: figures } },
  });
});

test('numbers go on after those before; the first arm is that of the own numbering', () => {
  const trials = [...both({ round: 1 }), ...both({ round: 2 })];
  const asked: number[] = [];
  const firstStarted = (round: number) => {
    asked.push(round);
    return 'base' as const;
  };
  expect(rounds(trials, { after: 24, firstStarted }).map(({ number }) => number)).toEqual([25, 26]);
  expect(asked).toEqual([1, 2]);
});

describe('a round that is not whole is left out, and the others are not', () => {
  const whole = [...both({ round: 2 }), ...both({ round: 2, operation: 'post' })];

  test.each([
    ['an arm is missing', [trial('base'), trial('base', { operation: 'post' })]],
    ['an operation of one arm is missing', [...both(), trial('base', { operation: 'post' })]],
  ])('%s', (_, trials) => {
    const found = rounds([...trials, ...whole], { operations: ['get', 'post'] });
    expect(found.map(({ number }) => number)).toEqual([2]);
  });
});

describe('the time of a round', () => {
  const trials = [...both({ windowMs: 100 }), ...both({ windowMs: 200, operation: 'post' })];
  const operations = ['get', 'post'];

  test.each([
    ['request', 300],
    ['slice', 600],
  ] as const)('interleaved by %s: %i ms', (interleave, elapsedMs) => {
    expect(rounds(trials, { operations, interleave })[0]?.elapsedMs).toBe(elapsedMs);
  });
});

test('errors, lost writes included, and the first of them', () => {
  const requests = failing({ mismatch: 3, unfinished: 4 });
  const readBack = { checked: 9, lost: 2, unreadable: 0 };
  const head = trial('head', { requests, readBack, firstError: 'a wrong byte' });
  const [round] = rounds([trial('base'), head]);
  expect(round?.head.operations['get']).toMatchObject({
    errors: 5,
    unfinished: 4,
    firstError: 'a wrong byte',
  });
  expect(round?.base.operations['get']).toMatchObject({ errors: 0, firstError: null });
});

test('the tail is the mean of the times from P90 to P99, of all requests', () => {
  // Of 1, 2, … 1000 µs those from 901 to 990; unanswered ones come after all others.
  const tailOf = (unfinished: number) => {
    const trials = both({ requests: failing({ unfinished }) });
    return rounds(trials)[0]?.base.operations['get']?.tailNs ?? null;
  };
  expect((tailOf(0) ?? 0) / 945_500).toBeCloseTo(1, 3);
  // The last of it is the thousandth of 1010, and none of 1011; ranks are 910 to 1000.
  expect((tailOf(10) ?? 0) / 954_944).toBeCloseTo(1, 3);
  expect(tailOf(11)).toBeNull();
  const responseTime = { ...trial('base').responseTime, histogram: null } as Trial['responseTime'];
  expect(rounds(both({ responseTime }))[0]?.base.operations['get']?.tailNs).toBeNull();
});

describe('whether the generator stood still as long as the shortest unanswered request waited', () => {
  const ownGenerator = trial('base').generator as NonNullable<Trial['generator']>;
  const stalled = (longestMs: number | undefined, timeMs = 1000) => ({
    ...ownGenerator,
    stalls: { timeMs, ...(longestMs !== undefined && { longestMs }), requests: 1 },
  });

  test.each<[string, boolean | undefined, Trial['generator'], number | null]>([
    ['longer', true, stalled(900), 300],
    ['just as long', true, stalled(300), 300],
    ['less', undefined, stalled(299), 300],
    ['as long together, as is told of before', true, stalled(undefined, 300), 300],
    ['less together', undefined, stalled(undefined, 299), 300],
    ['not told of stalls', undefined, { ...ownGenerator, stalls: null }, 300],
    ['not told of the generator', undefined, null, 300],
    ['all were answered', undefined, stalled(900), null],
  ])('%s: %s', (_, heldUp, generator, waitedMs) => {
    const censored = waitedMs === null ? null : { count: 1, atLeastNs: waitedMs * 1e6 };
    const responseTime = { ...trial('head').responseTime, censored } as Trial['responseTime'];
    const head = trial('head', { generator, responseTime });
    const [round] = rounds([trial('base'), head]);
    expect(round?.head.operations['get']?.heldUp).toBe(heldUp);
    expect(round?.base.operations['get']).not.toHaveProperty('heldUp');
    expect(gateRoundSchema.parse(round)).toEqual(round);
  });
});

test('memory is the highest peak of the operations; what is unknown stays unknown', () => {
  const server = trial('base').server as NonNullable<Trial['server']>;
  const peak = (rssPeakBytes: number) => ({ server: { ...server, rssPeakBytes } });
  const trials = [
    trial('base', peak(5)),
    trial('base', { ...peak(9), operation: 'post' }),
    ...['get', 'post'].map((operation) =>
      trial('head', { operation, server: null, responseTime: null }),
    ),
  ];
  const [round] = rounds(trials, { operations: ['get', 'post'] });
  expect(round?.base.rssPeakBytes).toBe(9);
  expect(round?.head).toMatchObject({
    rssPeakBytes: null,
    operations: { get: { p50Ns: null, cpuPerRequestNs: null } },
  });
});

describe('noise is that of the machine, by the length of the trials', () => {
  const noisy = (stealShare: number, windowMs: number, operation: string) => {
    const noise = { stealShare, othersShare: 0, pressureShare: stealShare > 0.2 ? null : 0.5 };
    return both({ noise, windowMs, operation });
  };
  const operations = ['get', 'post'];

  test('a mean', () => {
    const trials = [...noisy(0.1, 300, 'get'), ...noisy(0.2, 100, 'post')];
    const noise = rounds(trials, { operations })[0]?.noise;
    expect(noise?.stealShare).toBeCloseTo(0.125);
    expect(noise?.pressureShare).toBeCloseTo(0.5);
  });

  test('pressure that is known of a part only is unknown', () => {
    const trials = [...noisy(0.1, 300, 'get'), ...noisy(0.3, 100, 'post')];
    expect(rounds(trials, { operations })[0]?.noise?.pressureShare).toBeNull();
  });

  test('unknown where it was not measured', () => {
    expect(rounds(both({ noise: null }))[0]?.noise).toBeNull();
  });
});
