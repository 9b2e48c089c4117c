import { expect, test } from 'vitest';
import { Phase } from '../../src/load/phase.js';
import { createHistogram } from '../../src/result/histogram.js';

const none = Buffer.alloc(0);
const lookups = {
  operation: 'get' as const,
  paths: ['/a', '/b', '/c'],
  model: { expected: () => none, beginWrite: () => none, endWrite: () => {} },
};
const sequence = Uint32Array.of(2, 0, 1);

test('without an end in time it goes through the keys once', () => {
  const phase = new Phase({ ...lookups, sequence });
  expect([1, 2, 3, 4, 5].map((now) => phase.nextKey(now))).toEqual([2, 0, 1, -1, -1]);
  expect(phase.planned).toBe(3);
});

test('with an end in time it goes round until then', () => {
  const phase = new Phase({ ...lookups, sequence, untilMs: 10 });
  expect([0, 3, 6, 9, 10].map((now) => phase.nextKey(now))).toEqual([2, 0, 1, 2, -1]);
});

test('an answer after the window counts as answered, but not for the throughput', () => {
  const latencies = createHistogram();
  const phase = new Phase({ ...lookups, sequence, untilMs: 10, latencies });
  phase.succeed(0, 1, 1.5);
  phase.succeed(0, 9.999, 10.001);
  expect(phase.answered).toBe(2);
  expect(phase.answeredInWindow).toBe(1);
  expect(latencies.totalCount).toBe(2);
  // 500 µs to three digits: milliseconds would have lost it.
  expect(Math.abs(latencies.maxValue - 500_000)).toBeLessThan(1000);
});

test('failures are counted by kind, and the first is kept in words', () => {
  const phase = new Phase({ ...lookups, sequence });
  phase.fail(1, 'timeout', 'no answer within 5 ms');
  phase.fail(2, 'reset', 'other side closed');
  phase.fail(2, 'reset', 'other side closed');
  expect(phase.outcome()).toMatchObject({
    answered: 0,
    errors: { timeout: 1, reset: 2, mismatch: 0 },
    firstError: 'GET /b: no answer within 5 ms',
  });
});

test('the model hears how every write ended, and of no read', () => {
  const ends: [number, boolean][] = [];
  const model = { ...lookups.model, endWrite: (key: number, ok: boolean) => ends.push([key, ok]) };
  for (const operation of ['get', 'post'] as const) {
    const phase = new Phase({ ...lookups, operation, model, sequence });
    phase.succeed(0, 1, 2);
    phase.fail(1, 'status', 'status 500 instead of 200');
  }
  expect(ends).toEqual([
    [0, true],
    [1, false],
  ]);
});
