import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  allBesideOthers,
  besideOthers,
  type Held,
  holdCollection,
  holdMore,
  joined,
  longestMarkingMs,
} from '../../src/costs/beside.js';
import { expectedCollections, keysThatFit, storeMs, trialShape } from '../../src/costs/heaps.js';
import { CostProgress } from '../../src/costs/progress.js';
import { defaultCostSettings } from '../../src/costs/schema.js';
import { upgradeCosts } from '../../src/costs/upgrade.js';
import { IntervalHistogram } from '../../src/interval-histogram.js';
import type { LoadInterval } from '../../src/load/protocol.js';
import { courseOf } from '../helpers/series.js';

/** An interval with so many requests, of which one in fifty takes the longer time. */
function interval(usualNs: number, slowNs: number, requests = 500): LoadInterval {
  const histogram = new IntervalHistogram();
  for (let request = 0; request < requests; request++) {
    histogram.record(request % 50 === 0 ? slowNs : usualNs);
  }
  return { loadedMs: 100, answered: requests, errors: 0, latency: histogram.toSparse() };
}

/** A course of time in which a collection ends at those moments. */
function series(intervals: number, endsMs: readonly number[]) {
  return courseOf(Array(intervals).fill(0), endsMs);
}

const about = { percent: 99, what: 'a collection' };

describe('requests beside what may slow them', () => {
  test.each([1, 2, 8])('pauses that are injected show as they are: %i times', (times) => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 8, maxLength: 60 }), (held) => {
        const sides = [...held, true, true, true, false, false, false];
        const usual = 1000;
        const all = sides.map((is) => interval(10, is ? usual * times : usual));
        const ratio = besideOthers(all, sides, about);
        // To the width of a cell of the histogram.
        expect(Math.abs((ratio as number) / times - 1)).toBeLessThan(1 / 64);
      }),
    );
  });

  test('an interval of which it is not known is in neither', () => {
    const sides: Held[] = [true, true, true, false, false, false, null];
    const all = sides.map((is) => interval(10, is === null ? 1e9 : is ? 3000 : 1000));
    expect(besideOthers(all, sides, about)).toBeCloseTo(3, 1);
  });

  test.each([
    ['few', [true, true, false, false, false, false]],
    ['many', [true, true, true, true, false, null]],
  ] as const)('is not told of too %s', (word, sides) => {
    const all = sides.map(() => interval(10, 1000));
    expect(besideOthers(all, sides, about)).toEqual({
      reason: expect.stringMatching(new RegExp(`^of 6 intervals .* too ${word} to compare$`)),
    });
  });

  test('a stall of the host moves no median, and the percentile of all together', () => {
    const sides = [true, true, true, true, false, false, false, false];
    const all = sides.map((is, index) =>
      index % 4 === 0 ? interval(1e9, 1e9) : interval(10, is ? 3000 : 1000),
    );
    expect(besideOthers(all, sides, about)).toBeCloseTo(3, 1);
    expect(allBesideOthers(all, sides, about)).toBeCloseTo(1, 1);
  });

  test('an interval without an answer is in neither', () => {
    const sides = [true, true, true, false, false, false, false];
    const all = sides.map((is, at) => interval(10, is ? 3000 : 1000, at === 6 ? 0 : 500));
    expect(besideOthers(all, sides, about)).toBeCloseTo(3, 1);
  });

  test('a percentile of too few requests is none', () => {
    const sides = [true, true, true, false, false, false];
    const all = sides.map(() => interval(10, 1000, 400));
    expect(allBesideOthers(all, sides, about)).toBeCloseTo(1, 9);
    const rare = allBesideOthers(all, sides, { ...about, percent: 99.9 });
    expect(rare).toEqual({ reason: '1200 requests are too few to tell P99.9' });
  });
});

describe('which intervals hold a collection', () => {
  test.each<[string, number[], number, Held[]]>([
    ['none', [], 50, [false, false, false, false]],
    ['its end', [150, 199], 0, [false, true, false, false]],
    ['what its marking reaches', [310], 150, [false, null, null, true]],
    ['an end before the marking of the next', [120, 310], 250, [null, true, null, true]],
    ['marking from before the trial', [10], 900, [true, false, false, false]],
    ['an end after the last interval', [450], 100, [false, false, false, null]],
  ])('%s', (_, ends, marking, held) => {
    expect(holdCollection(series(4, ends), marking)).toEqual(held);
  });

  test('every end is in one, and nothing after the last end is in doubt', () => {
    const ends = fc.array(fc.integer({ min: 0, max: 1999 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(ends, fc.integer({ min: 0, max: 900 }), (list, marking) => {
        const held = holdCollection(series(20, list), marking);
        const intervals = new Set(list.map((end) => Math.floor(end / 100)));
        expect(held.map((one) => one === true)).toEqual(held.map((_, at) => intervals.has(at)));
        const last = Math.max(...intervals);
        expect(held.slice(last + 1).every((one) => one === false)).toBe(true);
      }),
    );
  });

  test.each([
    [10, 1e9, 1, 400],
    [10, 1e9, 2, 200],
    [1, 1e9, 4, 1000],
    [0, 1e9, 1, 0],
  ])('%i cycles of %d ns on %i CPUs mark for %i ms each at the most', (cycles, ns, cpus, ms) => {
    expect(longestMarkingMs(cycles, ns, cpus)).toBeCloseTo(ms, 9);
  });
});

test('more than the middle one, or not; what was not counted is neither', () => {
  expect(holdMore([3, null, 9, 3, 7])).toEqual([false, null, true, false, true]);
  expect(holdMore([0, 0, 0, 5])).toEqual([false, false, false, true]);
  expect(holdMore([4, 4])).toEqual([false, false]);
  expect(holdMore([null])).toEqual([null]);
});

test('joined intervals have all requests of whole ones', () => {
  fc.assert(
    fc.property(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 10 }), (length, each) => {
      const all = Array.from({ length }, () => interval(10, 1000, 7));
      const longer = joined(all, each);
      expect(longer).toHaveLength(Math.floor(length / each));
      expect(longer.every(({ answered }) => answered === 7 * each)).toBe(true);
    }),
  );
});

describe('how long a trial is', () => {
  test.each([
    [0, 2500, 100],
    [0.01, 2500, 100],
    [0.2, 20_000, 100],
    [0.5, 16_000, 100],
    [0.8, 10_000, 100],
    [1.6, 5000, 50],
    [3.2, 2500, 20],
    [15, 2500, 10],
    [1000, 2500, 10],
  ])('with %f collections a second', (perSecond, durationMs, intervalMs) => {
    expect(trialShape(perSecond)).toEqual({ durationMs, intervalMs });
  });

  test('is bounded, whole tenths of a second, in whole intervals', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e4, noNaN: true }), (perSecond) => {
        const { durationMs, intervalMs } = trialShape(perSecond);
        expect(durationMs).toBeGreaterThanOrEqual(2500);
        expect(durationMs).toBeLessThanOrEqual(20_000);
        expect(durationMs % 100).toBe(0);
        expect(100 % intervalMs).toBe(0);
      }),
    );
  });

  test('follows from what requests allocate and how far the heap may grow', () => {
    const buckets = { count: 0, p50Ns: 0, p99Ns: 0, maxNs: 0 };
    const go = {
      gcCycles: 1,
      gcPauses: buckets,
      gcCpuNs: 0,
      markAssistCpuNs: 0,
      schedLatencies: buckets,
      allocatedBytes: 4e6,
      allocatedObjects: 1,
      heapLiveBytes: 10e6,
      heapGoalBytes: 20e6,
      goroutines: 1,
    };
    const counted = { connections: 1, gets: 500, misses: 0, posts: 500, others: 0 };
    expect(expectedCollections({ go, counted }, 5000)).toBeCloseTo(2, 9);
    expect(expectedCollections({ go: null, counted }, 5000)).toBe(0);
    const full = { ...go, heapGoalBytes: 10e6 };
    expect(expectedCollections({ go: full, counted }, 5000)).toBe(0);
  });
});

test.each([
  ['memory', { keys: 1000, grownBytes: 1e6, ms: 1 }, 4e9, 1e6],
  ['the time', { keys: 1000, grownBytes: 1, ms: 10 }, 4e9, (1000 * storeMs) / 10],
  ['what is there already', { keys: 1000, grownBytes: 1e9, ms: 10 }, 1e6, 1000],
])('as many keys fit as %s allows', (_, stored, freeBytes, keys) => {
  expect(keysThatFit(stored, freeBytes)).toBe(keys);
});

test('what is left is less with every part, and of the present one by its own pace', () => {
  let now = 0;
  const settings = { ...defaultCostSettings, seed: 1 };
  const progress = new CostProgress(['start', 'threads'], settings, 2, () => now);
  progress.begin('start');
  const all = progress.leftMs(0);
  now = 60_000;
  const threads = progress.leftMs(0.5) - 60_000;
  expect(threads).toBeGreaterThan(0);
  expect(threads).toBeLessThan(all);
  progress.end('start');
  progress.begin('threads');
  expect(progress.leftMs(0)).toBeCloseTo(threads, 6);
  now += 4000;
  expect(progress.leftMs(0.8)).toBeCloseTo(1000, 6);
});

describe('a document of version 1', () => {
  const figure = (name: string, value: number) => ({ figure: name, value, detail: null });
  const old = {
    costsSchemaVersion: 1,
    settings: { keys: 300_000, rounds: 5 },
    figures: [
      figure('memory.key', 270),
      figure('collector.small-cycles', 15),
      figure('collector.large-p99', 4),
      figure('collector.large-max', 3),
    ],
  };

  test('has its figures of the collector by heap', () => {
    const detail = 'median of the P99s of intervals, by that of the others';
    expect(upgradeCosts(old, 1)).toEqual({
      costsSchemaVersion: 2,
      settings: { keys: 300_000, rounds: 5, heaps: [10_000, 300_000] },
      figures: [
        { ...figure('memory.key', 270), heap: null },
        { ...figure('collector.cycles', 15), heap: 10_000 },
        { ...figure('collector.p99', 4), heap: 300_000, detail },
      ],
    });
    expect(upgradeCosts(old, 2)).toBeNull();
  });

  test('in which both were the same has one', () => {
    const same = { ...old, settings: { keys: 10_000 } };
    const names = (upgradeCosts(same, 1) as typeof old).figures.map((one) => one.figure);
    expect(names).toEqual(['memory.key', 'collector.cycles']);
  });

  test.each([{}, { figures: 3 }, { settings: null, figures: [null, 1] }])(
    '%j stays amiss',
    (json) => {
      expect(() => upgradeCosts(json, 1)).not.toThrow();
    },
  );
});
