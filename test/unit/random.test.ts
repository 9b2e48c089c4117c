import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom, deriveSeed, shuffled } from '../../src/random.js';

const seeds = fc.integer({ min: 0, max: 0xffffffff });

test('the same seed gives the same numbers, all in [0, 1)', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const values = Array.from({ length: 50 }, createRandom(seed));
      expect(values).toEqual(Array.from({ length: 50 }, createRandom(seed)));
      expect(values.filter((value) => !(value >= 0 && value < 1))).toEqual([]);
    }),
  );
});

test('numbers fill [0, 1) evenly', () => {
  const random = createRandom(1);
  const bins = new Array<number>(10).fill(0);
  const draws = 100_000;
  for (let i = 0; i < draws; i++) {
    const bin = Math.floor(random() * 10);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  const chiSquare = bins.reduce((sum, n) => sum + (n - draws / 10) ** 2 / (draws / 10), 0);
  // 0.999 quantile of chi-square with 9 degrees of freedom; the seed is fixed.
  expect(chiSquare).toBeLessThan(27.88);
});

test('derived seeds differ by path and stay within 32 bits', () => {
  const derived = new Set<number>();
  for (let a = 0; a < 30; a++) for (let b = 0; b < 30; b++) derived.add(deriveSeed(7, a, b));
  expect(derived.size).toBe(900);
  for (const seed of derived) expect(seed).toBe(seed >>> 0);
  expect(deriveSeed(7, 1, 2)).toBe(deriveSeed(7, 1, 2));
  expect(deriveSeed(7, 1, 2)).not.toBe(deriveSeed(7, 2, 1));
});

test('shuffled keeps the items and leaves the original alone', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), seeds, (items, seed) => {
      const before = [...items];
      const result = shuffled(items, createRandom(seed));
      expect([...result].sort()).toEqual([...items].sort());
      expect(items).toEqual(before);
    }),
  );
});

test('shuffled gives every order', () => {
  const random = createRandom(3);
  const orders = new Set(
    Array.from({ length: 200 }, () => shuffled(['a', 'b', 'c'], random).join('')),
  );
  expect(orders.size).toBe(6);
});
