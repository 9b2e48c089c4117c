import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contractRequests } from '../../src/config/requests.js';
import { createHistogram } from '../../src/histogram.js';
import { createDataset } from '../../src/load/dataset.js';
import { type RequestMix, requestCode, requestSequence } from '../../src/load/keys.js';
import { createMessage, type Message } from '../../src/load/messages.js';
import { over, Phase, type PhaseOptions, type Recorder, waiting } from '../../src/load/phase.js';
import { createSchedule } from '../../src/load/schedule.js';
import { Stalls } from '../../src/load/stalls.js';
import { createStoreModel, type StoreModel } from '../../src/load/store-model.js';

const dataset = createDataset({
  keyCount: 20,
  valueSize: { minBytes: 8, maxBytes: 8 },
  seed: 1,
});
/** A GET that can miss, and a POST. */
const messages = contractRequests.requests.map((spec) => createMessage(spec, dataset));
const get = 0;
const post = 1;
const aModel = (share = { index: 0, count: 1 }) => createStoreModel(dataset, share);
const aPhase = (changes: Partial<PhaseOptions> = {}) =>
  new Phase({ messages, model: aModel(), sequence: Uint32Array.of(2, 0, 1), ...changes });
const aRecorder = (): Recorder => ({
  serviceTime: createHistogram(),
  responseTime: createHistogram(),
  scheduleLag: createHistogram(),
  undisturbedTime: createHistogram(),
  timeline: null,
});
/** Opens a loop of that schedule that began at 0. */
const open = (phase: Phase, untilMs: number, giveUpMs: number, schedule: () => number) =>
  phase.openUntil({ startMs: 0, untilMs, giveUpMs }, schedule, new Stalls());
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
    phase.closeAt(10, 0);
    expect([0, 3, 6, 9, 10].map((now) => phase.next(now))).toEqual([0, 1, 2, 0, over]);
    // The next stretch goes on where the last one ended.
    phase.closeAt(20, 0);
    expect([12, 13, 20].map((now) => phase.next(now))).toEqual([1, 2, over]);
    expect(phase.paced).toBe(false);
    expect(phase.planned).toBe(6);
  });

  test('codes say what is asked', () => {
    const sequence = Uint32Array.of(
      requestCode.encode(get, 3),
      requestCode.encode(post, 4),
      requestCode.encode(get, 5, true),
    );
    const phase = aPhase({ sequence });
    const asked = [1, 2, 3].map((now) => [phase.next(now), phase.request, phase.miss]);
    expect(asked).toEqual([
      [3, get, false],
      [4, post, false],
      [5, get, true],
    ]);
    expect(phase.message).toBe(messages[get]);
  });

  test('what writes, and what has no answer to a miss, asks for a key that is there', () => {
    const [read, write] = messages as [Message, Message];
    const sequence = Uint32Array.of(
      requestCode.encode(0, 3, true),
      requestCode.encode(1, 4, true),
      requestCode.encode(2, 5, true),
    );
    // Even one that says what a miss must be answered: a write stores its key.
    const both = { ...write, missing: read.missing };
    const phase = aPhase({ sequence, messages: [{ ...read, missing: null }, both, read] });
    expect([1, 2, 3].map((now) => [phase.next(now), phase.miss])).toEqual([
      [3, false],
      [4, false],
      [5, true],
    ]);
  });

  test('an answer after the window counts as answered', () => {
    const recorder = aRecorder();
    const phase = aPhase({ start: 0, recorder });
    phase.closeAt(10, 1);
    phase.succeed(get, 0, false, 1, 1.5);
    phase.succeed(get, 0, true, 9.999, 10.001);
    expect(phase).toMatchObject({ answered: 2, misses: 1 });
    expect(phase.answeredBy).toEqual([2, 0]);
    expect(recorder.serviceTime.totalCount).toBe(2);
    expect(recorder.responseTime.totalCount).toBe(0);
    // 500 µs to three digits: milliseconds would have lost it.
    expect(Math.abs(recorder.serviceTime.maxValue - 500_000)).toBeLessThan(1000);
  });

  test('failures are counted by kind, and the first is kept in words', () => {
    const phase = aPhase();
    phase.fail(get, 1, '/b', 'timeout', 'no answer within 5 ms', 5);
    phase.fail(get, 2, '/c', 'reset', 'other side closed', 5);
    phase.fail(get, 2, '/c', 'reset', 'other side closed', 5);
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
    for (const request of [get, post]) {
      phase.succeed(request, 0, false, 1, 2);
      phase.fail(request, 1, '/', 'status', 'status 500 instead of 200', 5);
    }
    expect(ends).toEqual([
      [0, true],
      [1, false],
    ]);
    expect(phase.answeredBy).toEqual([1, 1]);
  });
});

describe('open loop', () => {
  test('requests come when they are due, not before, and end with the schedule', () => {
    const phase = aPhase({ start: 0 });
    open(phase, 40, 1000, at(10, 20, 30));
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
    open(phase, 40, 1000, at());
    expect(phase.next(0)).toBe(over);
    expect(phase.planned).toBe(0);
  });

  test('what finds no connection in time is unfinished', () => {
    const phase = aPhase({ start: 0 });
    open(phase, 40, 100, at(10, 20, 30, 39));
    phase.next(10);
    expect(phase.next(100.1)).toBe(over);
    expect(phase.errors.unfinished).toBe(3);
    expect(phase).toMatchObject({ planned: 4, sentInWindow: 1 });
    expect(phase.firstError).toContain('no free connection in time');
    // The last of them has waited the shortest.
    expect(phase.censored).toMatchObject({ count: 3 });
    expect(phase.censored.atLeastMs).toBeCloseTo(61.1);
    expect(phase.next(101)).toBe(over);
    expect(phase.planned).toBe(4);
  });

  test('response times begin in the schedule, and the lag is told apart', () => {
    const recorder = aRecorder();
    const phase = aPhase({ start: 0, recorder });
    phase.recordResponse(10, 0.002, false, 13);
    phase.recordResponse(10, 0.002, true, 12);
    expect(recorder.responseTime.maxValue).toBeGreaterThanOrEqual(2_999_000);
    expect(recorder.scheduleLag.maxValue).toBe(2000);
    // What met a stall is in no lower bound, and the lag is not.
    expect(recorder.undisturbedTime.totalCount).toBe(1);
    expect(recorder.undisturbedTime.maxValue / 2_998_000).toBeCloseTo(1, 2);
    expect(phase.disturbed).toBe(1);
    expect(recorder.serviceTime.totalCount).toBe(0);
    aPhase().recordResponse(1, 1, false, 2);
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
          open(phase, 100, 100 + patience, at(...sorted));
          let now = 0;
          const pending: [number, number][] = [];
          for (const { ms, outcome } of steps) {
            now += ms;
            const key = phase.next(now);
            if (key < 0) continue;
            expect(phase.dueMs).toBeLessThanOrEqual(now);
            const { request, miss } = phase;
            if (outcome === 'right') phase.succeed(request, key, miss, now, now + 1);
            else if (outcome === 'wrong') phase.fail(request, key, '/', 'mismatch', 'wrong', 5);
            else pending.push([request, key]);
          }
          for (let last = phase.next(1e6); last !== over; last = phase.next(1e6)) {
            phase.succeed(phase.request, last, phase.miss, now, now + 1);
          }
          for (const [request, key] of pending) phase.fail(request, key, '/', 'timeout', 'late', 5);
          const errors = Object.values(phase.errors).reduce((a, b) => a + b, 0);
          expect(phase.planned).toBe(moments.length);
          expect(phase.planned).toBe(phase.answered + errors);
          expect(phase.answered).toBe(phase.answeredBy.reduce((a, b) => a + b, 0));
          expect(phase.sentInWindow).toBeLessThanOrEqual(phase.planned - phase.errors.unfinished);
        },
      ),
    );
  });
});

describe('the newest keys', () => {
  test('reads go back from the newest, writes add one', () => {
    const model = aModel();
    const sequence = Uint32Array.of(0, requestCode.encode(post, 3), 0, 1);
    const phase = aPhase({ model, sequence, latest: true });
    expect(phase.next(1)).toBe(19);
    const key = phase.next(2);
    expect([key, phase.request]).toEqual([20, post]);
    model.beginWrite(key);
    expect(phase.next(3)).toBe(19);
    phase.succeed(post, key, false, 2, 4);
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
        shares: [0.7, 0.3],
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
  interface Asked {
    dueMs: number;
    key: number;
    request: number;
    miss: boolean;
  }
  /** What a phase asks for until it is over: when it is due and what it is. */
  const drain = (phase: Phase, now = 1e9) => {
    const asked: Asked[] = [];
    for (let key = phase.next(now); key !== over; key = phase.next(now)) {
      const { dueMs, request, miss } = phase;
      asked.push({ dueMs, key, request, miss });
    }
    return asked;
  };
  const describeRequest = ({ key, request, miss }: Asked) =>
    `${request === post ? 'POST' : miss ? 'MISS' : 'GET'} ${key}`;

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
            durationMs: 200 * slices,
            arms: 1,
            arm: 0,
          };
          const schedules = new Map([single, ...phases].map((p) => [p, createSchedule(options)]));
          for (let slice = 0; slice < slices; slice++) {
            const opened = (phase: Phase) => {
              open(phase, 1e9, 1e9, schedules.get(phase)?.slice(200) ?? at());
              return drain(phase);
            };
            const dues = opened(single).map(({ dueMs }) => dueMs);
            const asked = phases.flatMap(opened).sort((a, b) => a.dueMs - b.dueMs);
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
      open(phase, 100, 200, at(...Array.from({ length: 90 }, (_, i) => i)));
      expect(phase.next(201)).toBe(over);
    }
    expect(phases.reduce((sum, { errors }) => sum + errors.unfinished, 0)).toBe(90);
  });
});
