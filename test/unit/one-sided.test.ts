import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  criticalRank,
  estimateShift,
  pValueAbove,
  walshAverages,
} from '../../src/stats/signed-rank.js';
import { createNormal } from '../helpers/gate.js';

const oracle = JSON.parse(
  readFileSync(new URL('../../fixtures/signed-rank.json', import.meta.url), 'utf8'),
) as { cases: { differences: number[]; bound: number; pValue: number }[] };

test('the p-values are those of SciPy', () => {
  expect(oracle.cases.length).toBeGreaterThan(40);
  for (const { differences, bound, pValue } of oracle.cases) {
    expect(pValueAbove(walshAverages(differences), bound)).toBeCloseTo(pValue, 12);
  }
});

const differences = fc.array(
  // Whole numbers tie often and hit the bound exactly.
  fc.oneof(fc.integer({ min: -4, max: 4 }), fc.double({ min: -1, max: 1, noNaN: true })),
  { minLength: 1, maxLength: 16 },
);
const alpha = fc.constantFrom(0.05, 0.025, 0.0125, 0.004, 0.003, 0.003 / 6);

describe('the test and the bound', () => {
  test('agree, ties and zeros included', () => {
    fc.assert(
      fc.property(differences, alpha, fc.integer({ min: -3, max: 3 }), (values, level, bound) => {
        const averages = walshAverages(values);
        const { low } = estimateShift(averages, level);
        expect(pValueAbove(averages, bound) <= level).toBe(low !== null && low > bound);
      }),
    );
  });

  test('a tie with the bound never helps to reject', () => {
    const above = pValueAbove(walshAverages([1, 2, 3, 4, 5]), 0.999);
    expect(above).toBe(1 / 32);
    expect(pValueAbove(walshAverages([1, 2, 3, 4, 5]), 1)).toBe(2 / 32);
    expect(pValueAbove(walshAverages([0, 0, 0, 0, 0]), 0)).toBe(1);
  });

  test('turn over when the arms are swapped', () => {
    fc.assert(
      fc.property(differences, alpha, (values, level) => {
        const forth = estimateShift(walshAverages(values), level);
        const back = estimateShift(walshAverages(values.map((d) => -d)), level);
        expect(back.estimate + forth.estimate).toBeCloseTo(0, 12);
        if (forth.low === null) expect(back.high).toBeNull();
        else expect(back.high).toBeCloseTo(-forth.low, 12);
      }),
    );
  });

  test('follow the truth: what is slower has a higher bound and a smaller p-value', () => {
    const slower = fc.double({ min: 0, max: 2, noNaN: true });
    fc.assert(
      fc.property(differences, alpha, slower, (values, level, shift) => {
        const before = walshAverages(values);
        const after = walshAverages(values.map((d) => d + shift));
        expect(pValueAbove(after, 0.5)).toBeLessThanOrEqual(pValueAbove(before, 0.5));
        const [low, lowAfter] = [before, after].map((a) => estimateShift(a, level).low);
        if (typeof low === 'number') expect(lowAfter).toBeGreaterThanOrEqual(low - 1e-12);
      }),
    );
  });
});

test('of however many rounds, a p-value is a probability', () => {
  for (let n = 1; n <= 100; n++) {
    const all = pValueAbove(walshAverages(new Array(n).fill(-1)), 0);
    expect(all).toBeLessThanOrEqual(1);
    expect(all).toBeCloseTo(1, 12);
  }
});

test('no rank is beyond the averages there are', () => {
  expect(criticalRank(4, 1)).toBe(10);
  expect(criticalRank(1, 0.4)).toBe(0);
});

describe('coverage is exact: the truth is beyond a bound as rarely as was asked for', () => {
  const sessions = 4000;
  test.each([
    [0.015, 12, 0.0125],
    [0.09, 12, 0.05],
    [0.3, 24, 0.0125],
    [0.025, 20, 0.05],
  ])('σ %d, %d rounds, α %d', (sigma, n, level) => {
    const normal = createNormal(n + level * 1e4);
    let above = 0;
    for (let session = 0; session < sessions; session++) {
      const values = Array.from({ length: n }, () => sigma * normal());
      if ((estimateShift(walshAverages(values), level).low ?? -1) > 0) above++;
    }
    // Seeded, so this never changes; four standard errors are room for another seed.
    const error = Math.sqrt((level * (1 - level)) / sessions);
    expect(above / sessions).toBeLessThan(level + 4 * error);
    expect(above / sessions).toBeGreaterThan(level * 0.8 - 4 * error);
  });
});
