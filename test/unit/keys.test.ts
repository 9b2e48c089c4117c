import { expect, test } from 'vitest';
import { keySequence, zipfianTheta } from '../../src/load/keys.js';

function frequencies(sequence: Uint32Array, keyCount: number): number[] {
  const counts = new Array<number>(keyCount).fill(0);
  for (const key of sequence) counts[key] = (counts[key] ?? 0) + 1;
  return counts.map((count) => count / sequence.length);
}

test.each(['uniform', 'zipfian'] as const)(
  '%s keys stay in range, down to a single key',
  (name) => {
    for (const keyCount of [1, 2, 1000]) {
      const sequence = keySequence(name, keyCount, 1, 10_000);
      expect(sequence).toHaveLength(10_000);
      expect(Math.max(...sequence)).toBeLessThan(keyCount);
    }
  },
);

test('the same seed gives the same keys, another seed others', () => {
  const sequence = (seed: number) => keySequence('zipfian', 100, seed, 100);
  expect(sequence(5)).toEqual(sequence(5));
  expect(sequence(5)).not.toEqual(sequence(6));
});

test('uniform keys are equally frequent', () => {
  const share = frequencies(keySequence('uniform', 10, 2, 200_000), 10);
  for (const value of share) expect(value).toBeCloseTo(0.1, 2);
});

test('zipfian keys have the frequencies of the formula', () => {
  const keyCount = 1000;
  const share = frequencies(keySequence('zipfian', keyCount, 3, 1_000_000), keyCount);
  const weights = Array.from({ length: keyCount }, (_, i) => 1 / (i + 1) ** zipfianTheta);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (const key of [0, 1, 2, 9, 99]) {
    const expected = (weights[key] ?? 0) / total;
    expect((share[key] ?? 0) / expected).toBeGreaterThan(0.9);
    expect((share[key] ?? 0) / expected).toBeLessThan(1.1);
  }
});
