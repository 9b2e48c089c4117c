import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { median } from '../../src/median.js';
import { createRandom } from '../../src/random.js';
import {
  criticalRank,
  estimateRatio,
  signedRankDistribution,
  walshAverages,
} from '../../src/stats/signed-rank.js';

describe('the distribution of the rank sum', () => {
  const sizes = Array.from({ length: 30 }, (_, index) => index + 1);

  test.each(sizes)('of %d rounds sums to one and is symmetric', (n) => {
    const probabilities = signedRankDistribution(n);
    expect(probabilities).toHaveLength((n * (n + 1)) / 2 + 1);
    expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    const mirrored = probabilities.toReversed();
    for (const [s, p] of probabilities.entries()) expect(p).toBeCloseTo(mirrored[s] ?? -1, 14);
  });

  test.each(sizes.slice(0, 12))('of %d rounds is the one that counting gives', (n) => {
    const counts = new Array<number>((n * (n + 1)) / 2 + 1).fill(0);
    for (let signs = 0; signs < 2 ** n; signs++) {
      let sum = 0;
      for (let rank = 1; rank <= n; rank++) if (signs & (1 << (rank - 1))) sum += rank;
      counts[sum] = (counts[sum] ?? 0) + 1;
    }
    const probabilities = signedRankDistribution(n);
    for (const [s, seen] of counts.entries()) expect(probabilities[s]).toBe(seen / 2 ** n);
  });
});

test.each([
  [12, 0.05, 18],
  [12, 0.01, 10],
  [12, 0.001, 3],
  [12, 0.00025, 1],
  [20, 0.05, 61],
  [20, 0.001, 27],
  [24, 0.05, 92],
  [24, 0.001, 46],
  [24, 0.0005, 41],
  [32, 0.001, 104],
  [32, 0.00025, 86],
  // Of five rounds the least likely sum has a probability of 1 in 32.
  [5, 0.03, 0],
  [5, 0.032, 1],
  // At most α: one that is as likely as α is beyond it.
  [5, 1 / 32, 1],
])('with %d rounds and α = %d the bound is the average of rank %d', (n, alpha, rank) => {
  expect(criticalRank(n, alpha)).toBe(rank);
});

test('the averages are those of all pairs, in order', () => {
  expect([...walshAverages([3, 1])]).toEqual([1, 2, 3]);
  expect([...walshAverages([4])]).toEqual([4]);
  expect(walshAverages([1, 5, 2, 8])).toHaveLength(10);
});

describe('the estimate of a ratio', () => {
  const ratio = fc.double({ min: 0.01, max: 100, noNaN: true });
  const rounds = fc.array(ratio, { minLength: 1, maxLength: 20 });
  const near = (a: number | null, b: number | null) => {
    if (a === null || b === null) expect(a).toBe(b);
    else expect(a / b).toBeCloseTo(1, 9);
  };

  test('swapping the sides turns it over, with its bounds', () => {
    fc.assert(
      fc.property(rounds, (ratios) => {
        const forth = estimateRatio(ratios, 0.95);
        const back = estimateRatio(
          ratios.map((r) => 1 / r),
          0.95,
        );
        near(forth.estimate, 1 / back.estimate);
        near(forth.low, back.high === null ? null : 1 / back.high);
        near(forth.high, back.low === null ? null : 1 / back.low);
      }),
    );
  });

  test('scaling every round scales it, with its bounds; the order of rounds is nothing', () => {
    fc.assert(
      fc.property(rounds, ratio, (ratios, factor) => {
        const before = estimateRatio(ratios, 0.95);
        const after = estimateRatio(ratios.map((r) => r * factor).toReversed(), 0.95);
        near(after.estimate, before.estimate * factor);
        near(after.low, before.low === null ? null : before.low * factor);
        near(after.high, before.high === null ? null : before.high * factor);
      }),
    );
  });

  test('the interval holds it, wider for more confidence, within what was measured', () => {
    fc.assert(
      fc.property(rounds, (ratios) => {
        const narrow = estimateRatio(ratios, 0.9);
        const wide = estimateRatio(ratios, 0.99);
        for (const { low, high, estimate } of [narrow, wide]) {
          if (low === null || high === null) continue;
          expect(low).toBeLessThanOrEqual(estimate * (1 + 1e-12));
          expect(high).toBeGreaterThanOrEqual(estimate * (1 - 1e-12));
          expect(low).toBeGreaterThanOrEqual(Math.min(...ratios) * (1 - 1e-12));
          expect(high).toBeLessThanOrEqual(Math.max(...ratios) * (1 + 1e-12));
        }
        if (wide.low === null || wide.high === null) return;
        expect(narrow.low).toBeGreaterThanOrEqual(wide.low);
        expect(narrow.high).toBeLessThanOrEqual(wide.high);
      }),
    );
  });

  test('rounds that agree leave nothing open', () => {
    const same = estimateRatio(new Array(10).fill(1.5), 0.99);
    for (const value of [same.estimate, same.low, same.high]) expect(value).toBeCloseTo(1.5, 12);
  });

  test.each([
    [0.99, 8],
    [0.95, 6],
    [0.9, 5],
  ])('at %d it takes %d rounds to have an interval', (confidence, least) => {
    for (let n = 1; n <= 12; n++) {
      const { low, high, estimate } = estimateRatio(new Array(n).fill(2), confidence);
      expect(estimate).toBeCloseTo(2, 12);
      expect([low === null, high === null]).toEqual([n < least, n < least]);
    }
  });

  test('one outlier moves it little', () => {
    const calm = [1.01, 0.99, 1.02, 0.98, 1, 1.01, 0.99, 1, 1.02, 0.98];
    const { estimate } = estimateRatio([...calm.slice(1), 50], 0.99);
    expect(Math.abs(estimate - 1)).toBeLessThan(0.02);
  });
});

/** Standard normal numbers (Box and Muller, 1958). */
function createNormal(seed: number): () => number {
  const random = createRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

describe('coverage: of many sessions, how many have the truth in their interval', () => {
  const truth = 1.3;
  const sessions = 2000;
  const covered = (noise: (normal: () => number) => number, rounds: number, seed: number) => {
    const normal = createNormal(seed);
    let count = 0;
    for (let session = 0; session < sessions; session++) {
      const ratios = Array.from({ length: rounds }, () => truth * Math.exp(noise(normal)));
      const { low, high } = estimateRatio(ratios, 0.99);
      if ((low ?? 0) <= truth && (high ?? Number.POSITIVE_INFINITY) >= truth) count++;
    }
    return count / sessions;
  };

  test.each([
    ['even noise', 10, (normal: () => number) => 0.05 * normal()],
    ['much noise', 10, (normal: () => number) => 0.5 * normal()],
    // Student's t with one degree of freedom: no mean, no variance.
    ['wild noise', 10, (normal: () => number) => (0.05 * normal()) / Math.abs(normal())],
    ['many rounds', 30, (normal: () => number) => 0.05 * normal()],
  ] as const)('%s', (_, rounds, noise) => {
    expect(covered(noise, rounds, 11)).toBeGreaterThanOrEqual(0.985);
  });

  test('an interval is not so wide that it says nothing', () => {
    const normal = createNormal(12);
    const widths = Array.from({ length: 300 }, () => {
      const ratios = Array.from({ length: 10 }, () => Math.exp(0.02 * normal()));
      const { low, high } = estimateRatio(ratios, 0.99);
      return (high ?? 0) / (low ?? 1);
    });
    // A t interval would be about ± 2 %.
    expect(median(widths)).toBeLessThan(1.06);
  });
});
