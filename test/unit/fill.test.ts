import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fillingMs, fittingKeys } from '../../src/plan/fill.js';

const planned = { keys: 10_000, connections: 16 };

test.each([
  ['a fast server keeps them all', [0.01, 0.02], 10_000],
  // 10,000 keys in 16 s, eight times: of 12 s in all there are 93 of them a second.
  ['one of 625/s', [1.6], 500],
  ['two of 1,600/s', [0.625, 0.625], 1000],
  ['one that takes a second for each', [1000], 100],
])('%s', (_, msPerKey, keys) => {
  expect(fittingKeys(planned, { rounds: 8, msPerKey, budgetMs: 12_000 })).toBe(keys);
});

test('what fits is no more than was planned, and takes no longer unless it is the fewest', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 1e6 }),
      fc.array(fc.double({ min: 0.001, max: 100, noNaN: true }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 50 }),
      (keys, msPerKey, rounds) => {
        const options = { rounds, msPerKey, budgetMs: 12_000 };
        const fitting = fittingKeys({ keys, connections: 16 }, options);
        expect(fitting).toBeLessThanOrEqual(keys);
        if (fitting > 100) {
          expect(fillingMs(fitting, rounds, msPerKey)).toBeLessThanOrEqual(12_000 * 1.000001);
        }
      },
    ),
  );
});

test('every connection has a key of its own', () => {
  const options = { rounds: 8, msPerKey: [1000], budgetMs: 12_000 };
  expect(fittingKeys({ keys: 10_000, connections: 500 }, options)).toBe(500);
});
