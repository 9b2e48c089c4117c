import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDataset } from '../../src/load/dataset.js';
import { type RequestMix, requestCode, requestSequence } from '../../src/load/keys.js';
import { over, Phase, type PhaseOptions, type Recorder, waiting } from '../../src/load/phase.js';
import { createSchedule } from '../../src/load/schedule.js';
import { createStoreModel, type StoreModel } from '../../src/load/store-model.js';
import { createHistogram } from '../../src/result/histogram.js';

const dataset = createDataset({
  keyCount: 20,
  valueSize: { minBytes: 8, maxBytes: 8 },
  seed: 1,
});
const { paths, missPaths } = dataset;
const aModel = (share = { index: 0, count: 1 }) => createStoreModel(dataset, share);
const aPhase = (changes: Partial<PhaseOptions> = {}) =>
  new Phase({ paths, missPaths, model: aModel(), sequence: Uint32Array.of(2, 0, 1), ...changes });
const aRecorder = (): Recorder => ({
  serviceTime: createHistogram(),
  responseTime: createHistogram(),
  scheduleLag: createHistogram(),
});
/** A schedule of these moments. */
const at = (...moments: number[]) => {
  let next = 0;
  return () => moments[next++] ?? Number.POSITIVE_INFINITY;
};

describe('closed loop', () => {
  test('without an end in time it goes through the keys once', () => {
    const phase = aPhase();
    expect([1, 2, 3, 4, 5].map((now) => phase.next(now))).toEqual([2, 0, 1, over, over]);
    expect(phase.planned).toBe(3);
  });

  test('with an end in time it goes round until then, from where it is told to begin', () => {
    const phase = aPhase({ start: 1 });
    phase.closeAt(10);
    expect([0, 3, 6, 9, 10].map((now) => phase.next(now))).toEqual([0, 1, 2, 0, over]);
    // The next stretch goes on where the last one ended.
    phase.closeAt(20);
    expect([12, 13, 20].map((now) => phase.next(now))).toEqual([1, 2, over]);
    expect(phase.paced).toBe(false);
    expect(phase.planned).toBe(6);
  });

  test('codes say what is asked', () => {
    const sequence = Uint32Array.of(3, 4 + requestCode.write, 5 + requestCode.miss);
    const phase = aPhase({ sequence });
    const asked = [1, 2, 3].map((now) => [phase.next(now), phase.write, phase.miss]);
    expect(asked).toEqual([
      [3, false, false],
      [4, true, false],
      [5, false, true],
    ]);
  });

  test('an answer after the window counts as answered, but not for the throughput', () => {
    const recorder = aRecorder();
    const phase = aPhase({ start: 0, recorder });
    phase.closeAt(10);
    phase.succeed(0, false, false, 1, 1.5);
    phase.succeed(0, false, true, 9.999, 10.001);
    expect(phase).toMatchObject({ answered: 2, answeredInWindow: 1, gets: 2, misses: 1, posts: 0 });
    expect(recorder.serviceTime.totalCount).toBe(2);
    expect(recorder.responseTime.totalCount).toBe(0);
    // 500 µs to three digits: milliseconds would have lost it.
    expect(Math.abs(recorder.serviceTime.maxValue - 500_000)).toBeLessThan(1000);
  });

  test('failures are counted by kind, and the first is kept in words', () => {
    const phase = aPhase();
    phase.fail(1, false, '/b', 'timeout', 'no answer within 5 ms');
    phase.fail(2, false, '/c', 'reset', 'other side closed');
    phase.fail(2, false, '/c', 'reset', 'other side closed');
    expect(phase.outcome()).toMatchObject({
      answered: 0,
      errors: { timeout: 1, reset: 2, mismatch: 0 },
      firstError: 'GET /b: no answer within 5 ms',
    });
  });

  test('the model hears how every write ended, and of no read', () => {
    const ends: [number, boolean][] = [];
    const model: StoreModel = {
      ...aModel(),
      endWrite: (key, confirmed) => void ends.push([key, confirmed]),
    };
    const phase = aPhase({ model });
    for (const write of [false, true]) {
      phase.succeed(0, write, false, 1, 2);
      phase.fail(1, write, '/', 'status', 'status 500 instead of 200');
    }
    expect(ends).toEqual([
      [0, true],
      [1, false],
    ]);
    expect(phase).toMatchObject({ gets: 1, posts: 1 });
  });
});

describe('open loop', () => {
  test('requests come when they are due, not before, and end with the schedule', () => {
    const phase = aPhase({ start: 0 });
    phase.openUntil(40, 1000, at(10, 20, 30));
    expect(phase.paced).toBe(true);
    expect(phase.next(9.9)).toBe(waiting);
    expect(phase.nextDueMs).toBe(10);
    expect([phase.next(10), phase.dueMs]).toEqual([2, 10]);
    // Late, and so sent at once.
    expect([phase.next(35), phase.dueMs]).toEqual([0, 20]);
    // After the end of the time, and so no longer in the window.
    expect([phase.next(41), phase.dueMs]).toEqual([1, 30]);
    expect([phase.next(42), phase.nextDueMs]).toEqual([over, Number.POSITIVE_INFINITY]);
    expect(phase).toMatchObject({ planned: 3, sentInWindow: 2 });
  });

  test('an empty schedule is over at once', () => {
    const phase = aPhase({ start: 0 });
    phase.openUntil(40, 1000, at());
    expect(phase.next(0)).toBe(over);
    expect(phase.planned).toBe(0);
  });

  test('what finds no connection in time is unfinished', () => {
    const phase = aPhase({ start: 0 });
    phase.openUntil(40, 100, at(10, 20, 30, 39));
    phase.next(10);
    expect(phase.next(100.1)).toBe(over);
    expect(phase.errors.unfinished).toBe(3);
    expect(phase).toMatchObject({ planned: 4, sentInWindow: 1 });
    expect(phase.firstError).toContain('no free connection in time');
    expect(phase.next(101)).toBe(over);
    expect(phase.planned).toBe(4);
  });

  test('response times begin in the schedule, and the lag is told apart', () => {
    const recorder = aRecorder();
    const phase = aPhase({ start: 0, recorder });
    phase.recordResponse(10, 0.002, 13);
    expect(recorder.responseTime.maxValue).toBeGreaterThanOrEqual(2_999_000);
    expect(recorder.scheduleLag.maxValue).toBe(2000);
    expect(recorder.serviceTime.totalCount).toBe(0);
    aPhase().recordResponse(1, 1, 2);
  });

  test('every planned request has one end, whatever the connections do', () => {
    const step = fc.record({
      ms: fc.double({ min: 0, max: 30, noNaN: true }),
      outcome: fc.constantFrom('right', 'wrong', 'pending'),
    });
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 30 }),
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 0, max: 100 }),
        (moments, steps, patience) => {
          const phase = aPhase({ start: 0, recorder: aRecorder() });
          const sorted = moments.toSorted((a, b) => a - b);
          phase.openUntil(100, 100 + patience, at(...sorted));
          let now = 0;
          const pending: [number, boolean][] = [];
          for (const { ms, outcome } of steps) {
            now += ms;
            const key = phase.next(now);
            if (key < 0) continue;
            expect(phase.dueMs).toBeLessThanOrEqual(now);
            if (outcome === 'right') phase.succeed(key, phase.write, phase.miss, now, now + 1);
            else if (outcome === 'wrong') phase.fail(key, phase.write, '/', 'mismatch', 'wrong');
            else pending.push([key, phase.write]);
          }
          for (let last = phase.next(1e6); last !== over; last = phase.next(1e6)) {
            phase.succeed(last, phase.write, phase.miss, now, now + 1);
          }
          for (const [key, write] of pending) phase.fail(key, write, '/', 'timeout', 'late');
          const errors = Object.values(phase.errors).reduce((a, b) => a + b, 0);
          expect(phase.planned).toBe(moments.length);
          expect(phase.planned).toBe(phase.answered + errors);
          expect(phase.answered).toBe(phase.gets + phase.posts);
          expect(phase.sentInWindow).toBeLessThanOrEqual(phase.planned - phase.errors.unfinished);
        },
      ),
    );
  });
});

describe('the newest keys', () => {
  test('reads go back from the newest, writes add one', () => {
    const model = aModel();
    const sequence = Uint32Array.of(0, 3 + requestCode.write, 0, 1);
    const phase = aPhase({ model, sequence, latest: true });
    expect(phase.next(1)).toBe(19);
    const key = phase.next(2);
    expect([key, phase.write]).toEqual([20, true]);
    model.beginWrite(key);
    expect(phase.next(3)).toBe(19);
    phase.succeed(key, true, false, 2, 4);
    expect(phase.next(5)).toBe(19);
    const after = aPhase({ model, sequence, latest: true });
    expect(after.next(6)).toBe(20);
  });
});

describe('shares of several generators', () => {
  const counts = fc.integer({ min: 1, max: 5 });
  const seeds = fc.integer({ min: 0, max: 0xffffffff });
  const sequenceFor = (seed: number, changes: Partial<RequestMix> = {}) =>
    requestSequence(
      {
        distribution: 'uniform',
        keyCount: 20,
        writeShare: 0.3,
        hitRatio: 0.8,
        seed,
        ...changes,
      },
      500,
    );
  const sharesOf = (count: number, changes: Partial<PhaseOptions>) =>
    Array.from({ length: count }, (_, index) => {
      const share = { index, count };
      return aPhase({ model: aModel(share), share, ...changes });
    });
  /** What a phase asks for until it is over: when it is due and what it is. */
  const drain = (phase: Phase, now = 1e9) => {
    const asked: { dueMs: number; key: number; write: boolean; miss: boolean }[] = [];
    for (let key = phase.next(now); key !== over; key = phase.next(now)) {
      const { dueMs, write, miss } = phase;
      asked.push({ dueMs, key, write, miss });
    }
    return asked;
  };
  const describeRequest = ({ key, write, miss }: { key: number; write: boolean; miss: boolean }) =>
    `${write ? 'POST' : miss ? 'MISS' : 'GET'} ${key}`;

  test('together they go through the sequence once, each with keys of its own', () => {
    fc.assert(
      fc.property(counts, seeds, (count, seed) => {
        const sequence = sequenceFor(seed);
        const parts = sharesOf(count, { sequence }).map((phase) => drain(phase));
        const all = parts.flat().map(describeRequest).sort();
        expect(all).toEqual(drain(aPhase({ sequence })).map(describeRequest).sort());
        for (const [index, part] of parts.entries()) {
          for (const { key } of part) expect(key % count).toBe(index);
        }
      }),
      { numRuns: 30 },
    );
  });

  test.each([1, 2, 3])(
    'each slot of the schedule is served by one of them, in %d slices',
    (slices) => {
      fc.assert(
        fc.property(counts, seeds, fc.boolean(), (count, seed, latest) => {
          const sequence = sequenceFor(seed);
          const start = seed % sequence.length;
          const phases = sharesOf(count, { sequence, start, latest });
          const single = aPhase({ sequence, start, latest });
          const options = {
            ...({ ratePerSecond: 300, arrivals: 'poisson', seed } as const),
            ...{ durationMs: 200 * slices, arms: 1, arm: 0 },
          };
          const schedules = new Map([single, ...phases].map((p) => [p, createSchedule(options)]));
          for (let slice = 0; slice < slices; slice++) {
            const open = (phase: Phase) => {
              phase.openUntil(1e9, 1e9, schedules.get(phase)?.slice(200) ?? at());
              return drain(phase);
            };
            const dues = open(single).map(({ dueMs }) => dueMs);
            const asked = phases.flatMap(open).sort((a, b) => a.dueMs - b.dueMs);
            expect(asked.map(({ dueMs }) => dueMs)).toEqual(dues);
          }
        }),
        { numRuns: 30 },
      );
    },
  );

  test('what they give up adds up to the schedule as well', () => {
    const sequence = sequenceFor(1);
    const phases = sharesOf(3, { sequence, start: 0 });
    for (const phase of phases) {
      phase.openUntil(100, 200, at(...Array.from({ length: 90 }, (_, i) => i)));
      expect(phase.next(201)).toBe(over);
    }
    expect(phases.reduce((sum, { errors }) => sum + errors.unfinished, 0)).toBe(90);
  });
});
