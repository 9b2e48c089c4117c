import { describe, expect, test } from 'vitest';
import { requestsOf } from '../../src/config/operations.js';
import { createHistogram, decodeHistogram, encodeHistogram } from '../../src/histogram.js';
import { noErrors } from '../../src/load/error-kinds.js';
import { mergeLoad, mergeReadBack, mergeTransfer } from '../../src/load/merge.js';
import type { LoadOutcome, LoadSpec, TransferOutcome } from '../../src/load/protocol.js';
import { aLoadOutcome } from '../helpers/run.js';

const spec: LoadSpec = {
  targets: ['a', 'b'],
  mix: requestsOf('get:50,post:50'),
  pace: { ratePerSecond: 100, arrivals: 'constant' },
  durationMs: 1000,
  interleave: 'slice',
  sliceMs: 100,
  intervalMs: null,
  seed: 1,
};
const transfer = (changes: Partial<TransferOutcome> = {}): TransferOutcome => ({
  planned: 10,
  answered: 10,
  errors: noErrors(),
  firstError: null,
  retried: 0,
  hung: false,
  ...changes,
});
const histogramOf = (...values: number[]) => {
  const histogram = createHistogram();
  for (const value of values) histogram.recordValue(value);
  return encodeHistogram(histogram);
};

test('transfers add up, and the first error is kept', () => {
  const broken = transfer({
    answered: 7,
    errors: { ...noErrors(), reset: 2, timeout: 1 },
    firstError: 'GET /a: reset',
  });
  const other = transfer({ answered: 9, errors: { ...noErrors(), reset: 1 }, firstError: 'later' });
  expect(mergeTransfer([transfer(), broken, other])).toEqual({
    planned: 30,
    answered: 26,
    errors: { ...noErrors(), reset: 3, timeout: 1 },
    firstError: 'GET /a: reset',
    retried: 0,
    hung: false,
  });
  expect(mergeTransfer([transfer()])).toEqual(transfer());
});

test('read-backs add up, and are none where nobody had anything to read', () => {
  expect(mergeReadBack([null, null])).toBeNull();
  expect(mergeReadBack([null, { ...transfer(), lost: 1 }])).toMatchObject({ planned: 10, lost: 1 });
  const two = [
    { ...transfer({ answered: 8 }), lost: 2 },
    { ...transfer({ answered: 9 }), lost: 1 },
  ];
  expect(mergeReadBack(two)).toMatchObject({ planned: 20, answered: 17, lost: 3 });
});

describe('loads', () => {
  test('of one generator are what it says', () => {
    const own = [aLoadOutcome(spec), aLoadOutcome(spec, { planned: 5 })];
    expect(mergeLoad([own])).toBe(own);
  });

  test('are added target by target', () => {
    const parts = [1, 2].map((n) => [
      aLoadOutcome(spec, { sentBytes: n, connectionsOpened: n }),
      aLoadOutcome(spec, { sentBytes: 10 * n, byName: { get: 7, head: n }, misses: 3 }),
    ]);
    const [a, b] = mergeLoad(parts) as [LoadOutcome, LoadOutcome];
    expect(a).toMatchObject({
      planned: 200,
      answered: 200,
      requestsPerSecond: 2 * aLoadOutcome(spec).requestsPerSecond,
      sentInWindow: 200,
      byName: { get: 100, post: 100 },
      connectionsOpened: 3,
      sentBytes: 3,
      receivedBytes: 4000,
    });
    expect(b).toMatchObject({ sentBytes: 30, byName: { get: 14, head: 3 }, misses: 6 });
  });

  test('take the longest time, the busiest generator and the CPU of all', () => {
    const generator = (cpuUs: number, utilization: number, elapsedMs: number) => ({
      generator: { cpuUs, utilization, elapsedMs, stalledMs: 0, longestStallMs: 0, disturbed: 0 },
    });
    const [merged] = mergeLoad([
      [aLoadOutcome(spec, { windowMs: 1000, ...generator(10, 0.4, 1001) })],
      [aLoadOutcome(spec, { windowMs: 1000, ...generator(30, 0.9, 1000) })],
    ]);
    expect(merged).toMatchObject({ windowMs: 1000, ...generator(40, 0.9, 1001) });
  });

  test('have the parts of all their answers, if the kernel told each of them', () => {
    const partsOf = (stamped: number, ns: number) => ({
      stamped,
      waiting: histogramOf(ns),
      server: histogramOf(ns),
      pickedUp: histogramOf(ns),
      ours: histogramOf(ns),
      theirs: null,
    });
    const some = [aLoadOutcome(spec, { parts: partsOf(1, 1000) })];
    const others = [aLoadOutcome(spec, { parts: partsOf(2, 2000) })];
    const idle = [aLoadOutcome(spec, { answered: 0, parts: null })];
    const [merged] = mergeLoad([some, others, idle]);
    expect(merged?.parts).toMatchObject({ stamped: 3, theirs: null });
    for (const name of ['waiting', 'server', 'pickedUp', 'ours'] as const) {
      expect(decodeHistogram(merged?.parts?.[name] ?? '').totalCount).toBe(2);
    }
    expect(mergeLoad([some, [aLoadOutcome(spec, { parts: null })]])[0]?.parts).toBeNull();
    expect(mergeLoad([idle, idle])[0]?.parts).toBeNull();
  });

  test('have the histogram of all their answers', () => {
    const [merged] = mergeLoad([
      [aLoadOutcome(spec, { serviceTime: histogramOf(1000, 2000), scheduleLag: histogramOf(5) })],
      [aLoadOutcome(spec, { serviceTime: histogramOf(4e9), scheduleLag: histogramOf() })],
    ]);
    const service = decodeHistogram(merged?.serviceTime ?? '');
    expect(service.totalCount).toBe(3);
    expect(service.getValueAtPercentile(50)).toBeCloseTo(2000, -1);
    expect(service.maxValue / 4e9).toBeCloseTo(1, 2);
    expect(decodeHistogram(merged?.scheduleLag ?? '').totalCount).toBe(1);
    expect(decodeHistogram(merged?.responseTime ?? '').totalCount).toBe(200);
  });

  test('of a closed loop have no response times', () => {
    const closed = { ...spec, pace: null };
    const [merged] = mergeLoad([[aLoadOutcome(closed)], [aLoadOutcome(closed)]]);
    expect(merged).toMatchObject({ responseTime: null, scheduleLag: null });
  });
});
