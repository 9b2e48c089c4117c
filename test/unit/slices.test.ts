import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dealSlices } from '../../src/load/slices.js';

const base = { arms: 2, interleave: 'slice' as const, durationMs: 800, sliceMs: 200, seed: 1 };
const letters = (options: Partial<Parameters<typeof dealSlices>[0]>) =>
  dealSlices({ ...base, ...options })
    .map(({ arms }) => arms.map((arm) => 'ABCDEFGH'[arm]).join('+'))
    .join(' ');

test('every arm gets the whole time, whatever the slices are', () => {
  fc.assert(
    fc.property(
      fc.record({
        arms: fc.integer({ min: 1, max: 8 }),
        interleave: fc.constantFrom('slice', 'request', 'none'),
        durationMs: fc.integer({ min: 50, max: 100_000 }),
        sliceMs: fc.integer({ min: 10, max: 60_000 }),
        seed: fc.integer({ min: 0, max: 0xffffffff }),
      }),
      (options) => {
        const slices = dealSlices(options);
        for (let arm = 0; arm < options.arms; arm++) {
          const own = slices.filter(({ arms }) => arms.includes(arm));
          const total = own.reduce((sum, { durationMs }) => sum + durationMs, 0);
          expect(total).toBeCloseTo(options.durationMs, 6);
        }
      },
    ),
  );
});

test('slices come in pairs of blocks, the second the reverse of the first', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 6 }),
      fc.integer({ min: 0, max: 0xffffffff }),
      (arms, seed) => {
        const slices = dealSlices({ ...base, arms, seed, durationMs: 2400 });
        expect(slices).toHaveLength(12 * arms);
        for (let start = 0; start < slices.length; start += 2 * arms) {
          const pair = slices.slice(start, start + 2 * arms).map((slice) => slice.arms[0]);
          expect(pair).toEqual(pair.toReversed());
          expect(new Set(pair.slice(0, arms)).size).toBe(arms);
        }
      },
    ),
  );
});

test('for two it is ABBA or BAAB, by a fair coin', () => {
  const seen = Array.from({ length: 200 }, (_, seed) => letters({ seed, durationMs: 400 }));
  expect(new Set(seen)).toEqual(new Set(['A B B A', 'B A A B']));
  const first = seen.filter((order) => order === 'A B B A').length;
  // Five standard deviations of 200 throws.
  expect(Math.abs(first - 100)).toBeLessThan(36);
});

test.each([
  [800, 200, 4],
  [120, 60, 2],
  [1000, 200, 6],
  [50, 200, 2],
  [40, 60_000, 2],
])('%d ms in slices of about %d ms: %d a target', (durationMs, sliceMs, count) => {
  const slices = dealSlices({ ...base, durationMs, sliceMs });
  expect(slices).toHaveLength(2 * count);
  expect(new Set(slices.map((slice) => slice.durationMs)).size).toBe(1);
});

test('request by request, or alone, there is one slice for all', () => {
  expect(letters({ interleave: 'request', arms: 3 })).toBe('A+B+C');
  for (const interleave of ['slice', 'request', 'none'] as const) {
    expect(dealSlices({ ...base, interleave, arms: 1 })).toEqual([{ arms: [0], durationMs: 800 }]);
  }
});

test('one after the other, each has its turn once; the seed decides who begins', () => {
  const orders = new Set(
    [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => letters({ seed, interleave: 'none' })),
  );
  expect(orders).toEqual(new Set(['A B', 'B A']));
  expect(letters({ seed: 3 })).toBe(letters({ seed: 3 }));
});
