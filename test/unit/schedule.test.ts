import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSchedule } from '../../src/load/schedule.js';

type Options = Parameters<typeof createSchedule>[0];

const base: Options = {
  ratePerSecond: 100,
  arrivals: 'constant',
  durationMs: 1000,
  seed: 1,
  arms: 1,
  arm: 0,
};

/** Every moment of a schedule, which must come to its end. */
function moments(options: Partial<Options>): number[] {
  const given = { ...base, ...options };
  const next = createSchedule(given).slice(given.durationMs);
  const all: number[] = [];
  for (let at = next(); at !== Number.POSITIVE_INFINITY; at = next()) all.push(at);
  // It stays at its end.
  expect(next()).toBe(Number.POSITIVE_INFINITY);
  return all;
}

const seeds = fc.integer({ min: 0, max: 0xffffffff });
const arrivals = fc.constantFrom('constant' as const, 'poisson' as const);

describe('constant', () => {
  test('slots are exactly as far apart as the rate says', () => {
    expect(moments({ ratePerSecond: 4 })).toEqual([0, 250, 500, 750]);
    const rate = 300;
    const all = moments({ ratePerSecond: rate });
    expect(all).toHaveLength(300);
    for (const [k, at] of all.entries()) expect(at).toBeCloseTo((k * 1000) / rate, 9);
  });

  test('it does not drift, however long it is', () => {
    const rate = 7000;
    const next = createSchedule({ ...base, ratePerSecond: rate, durationMs: 1e9 }).slice(1e9);
    let at = 0;
    for (let k = 0; k <= 1_000_000; k++) at = next();
    expect(at).toBeCloseTo((1_000_000 * 1000) / rate, 6);
  });

  test.each([
    [1, 1000, 1],
    [1, 999, 1],
    [1, 1001, 2],
    [200, 200, 40],
    [7, 1000, 7],
    [1000, 1, 1],
    [1_000_000, 3, 3000],
  ])('%d/s for %d ms has %d', (ratePerSecond, durationMs, count) => {
    expect(moments({ ratePerSecond, durationMs })).toHaveLength(count);
  });
});

describe('Poisson', () => {
  const options = { arrivals: 'poisson' as const, ratePerSecond: 1000, durationMs: 100_000 };

  test('the seed decides', () => {
    expect(moments({ ...options, durationMs: 200, seed: 5 })).toEqual(
      moments({ ...options, durationMs: 200, seed: 5 }),
    );
    expect(moments({ ...options, durationMs: 200, seed: 5 })).not.toEqual(
      moments({ ...options, durationMs: 200, seed: 6 }),
    );
  });

  test('the mean rate is the one asked for, and gaps are exponential', () => {
    const all = moments(options);
    // 100,000 are expected; five standard deviations of a Poisson count either way.
    expect(Math.abs(all.length - 100_000)).toBeLessThan(5 * Math.sqrt(100_000));
    const gaps = all.map((at, i) => at - (all[i - 1] ?? 0));
    // Their mean is 1 ms: e^-1 of them are longer than that, and e^-3 longer than three.
    for (const limit of [1, 3]) {
      const longer = gaps.filter((gap) => gap > limit).length / gaps.length;
      expect(longer).toBeCloseTo(Math.exp(-limit), 2);
    }
  });
});

test('moments rise, lie within the time, and end', () => {
  fc.assert(
    fc.property(
      fc.record({
        ratePerSecond: fc.integer({ min: 1, max: 20_000 }),
        arrivals,
        durationMs: fc.integer({ min: 0, max: 200 }),
        seed: seeds,
        arms: fc.integer({ min: 1, max: 5 }),
      }),
      (options) => {
        for (let arm = 0; arm < options.arms; arm++) {
          const all = moments({ ...options, arm });
          // One expectation for them all: there are thousands.
          const isWrong = (at: number, i: number) =>
            !(at >= (all[i - 1] ?? 0) && at < options.durationMs);
          expect(all.findIndex(isWrong)).toBe(-1);
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('arms share one schedule: each block of slots goes once to each, in random order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 5 }), arrivals, seeds, (arms, arrivals, seed) => {
      const options = { arrivals, seed, ratePerSecond: 400, durationMs: 1e9 };
      const blocks = 60;
      // The joint schedule is that of a single arm of so many times the rate.
      const joint = createSchedule({ ...base, ...options, ratePerSecond: 400 * arms }).slice(1e9);
      const slots = Array.from({ length: arms * blocks }, joint);
      const own = Array.from({ length: arms }, (_, arm) => {
        const next = createSchedule({ ...base, ...options, arms, arm }).slice(1e9);
        return Array.from({ length: blocks }, next);
      });
      const firstArms = new Set<number>();
      for (let block = 0; block < blocks; block++) {
        const dealt = own.map((moments) => moments[block] as number);
        const sorted = [...dealt].sort((a, b) => a - b);
        for (const [i, at] of sorted.entries()) {
          expect(at).toBeCloseTo(slots[block * arms + i] as number, 6);
        }
        firstArms.add(dealt.indexOf(sorted[0] as number));
      }
      // With 60 blocks an arm that is never first is one in a hundred thousand, or no shuffle.
      expect(firstArms.size).toBe(arms);
    }),
    { numRuns: 40, seed: 1 },
  );
});

test('arms that share a schedule have nearly as many requests each', () => {
  for (const arrivals of ['constant', 'poisson'] as const) {
    const counts = [0, 1, 2].map((arm) => moments({ arrivals, arms: 3, arm }).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  }
});

describe('cut into slices', () => {
  test('the moments are the same, from the start of each slice', () => {
    const options = fc.record({
      ratePerSecond: fc.integer({ min: 1, max: 2000 }),
      arrivals,
      seed: seeds,
      arms: fc.integer({ min: 1, max: 3 }),
    });
    const lengths = fc.array(fc.double({ min: 0, max: 120, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(options, lengths, (given, slices) => {
        const durationMs = slices.reduce((sum, length) => sum + length, 0);
        const whole = moments({ ...given, durationMs });
        const schedule = createSchedule({ ...base, ...given, durationMs });
        const pieces: number[] = [];
        let startMs = 0;
        for (const length of slices) {
          const next = schedule.slice(length);
          for (let at = next(); at !== Number.POSITIVE_INFINITY; at = next()) {
            expect(at).toBeGreaterThanOrEqual(0);
            expect(at).toBeLessThanOrEqual(length + 1e-6);
            pieces.push(startMs + at);
          }
          startMs += length;
        }
        expect(pieces).toHaveLength(whole.length);
        for (const [i, at] of pieces.entries()) expect(at).toBeCloseTo(whole[i] as number, 6);
      }),
      { numRuns: 60 },
    );
  });

  test('a rate lower than that of the slices is kept', () => {
    const schedule = createSchedule({ ...base, ratePerSecond: 5 });
    const counts = Array.from({ length: 10 }, () => {
      const next = schedule.slice(100);
      let count = 0;
      while (next() !== Number.POSITIVE_INFINITY) count++;
      return count;
    });
    expect(counts).toEqual([1, 0, 1, 0, 1, 0, 1, 0, 1, 0]);
  });

  test('lengths that were rounded lose nothing', () => {
    const schedule = createSchedule({ ...base, ratePerSecond: 1000, durationMs: 100 });
    let count = 0;
    for (let slice = 0; slice < 7; slice++) {
      const next = schedule.slice(100 / 7);
      while (next() !== Number.POSITIVE_INFINITY) count++;
    }
    expect(count).toBe(100);
  });
});
