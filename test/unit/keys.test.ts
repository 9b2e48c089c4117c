import { describe, expect, test } from 'vitest';
import type { Distribution } from '../../src/config/schema.js';
import {
  hotspot,
  keyDraw,
  type RequestMix,
  requestCode,
  requestSequence,
  zipfianTheta,
} from '../../src/load/keys.js';
import { createRandom } from '../../src/random.js';

const distributions = ['uniform', 'zipfian', 'hotspot', 'latest'] as const;

function frequencies(name: Distribution, keyCount: number, seed: number, draws: number): number[] {
  const draw = keyDraw(name, keyCount, createRandom(seed));
  const counts = new Array<number>(keyCount).fill(0);
  for (let i = 0; i < draws; i++) {
    const key = draw();
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts.map((count) => count / draws);
}

test.each(distributions)('%s keys stay in range, down to a single key', (name) => {
  for (const keyCount of [1, 2, 3, 1000]) {
    const draw = keyDraw(name, keyCount, createRandom(1));
    const keys = Array.from({ length: 10_000 }, draw);
    expect(keys.every((key) => Number.isInteger(key) && key >= 0 && key < keyCount)).toBe(true);
  }
});

test.each(distributions)('%s: the same seed gives the same keys, another seed others', (name) => {
  const keys = (seed: number) =>
    Array.from({ length: 100 }, keyDraw(name, 100, createRandom(seed)));
  expect(keys(5)).toEqual(keys(5));
  expect(keys(5)).not.toEqual(keys(6));
});

test('uniform keys are equally frequent', () => {
  for (const value of frequencies('uniform', 10, 2, 200_000)) expect(value).toBeCloseTo(0.1, 2);
});

test.each(['zipfian', 'latest'] as const)(
  '%s draws have the frequencies of the formula',
  (name) => {
    const keyCount = 1000;
    const share = frequencies(name, keyCount, 3, 1_000_000);
    const weights = Array.from({ length: keyCount }, (_, i) => 1 / (i + 1) ** zipfianTheta);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const key of [0, 1, 2, 9, 99]) {
      const expected = (weights[key] ?? 0) / total;
      expect((share[key] ?? 0) / expected).toBeGreaterThan(0.9);
      expect((share[key] ?? 0) / expected).toBeLessThan(1.1);
    }
  },
);

test('a fifth of the keys is the hot spot of four fifths of the requests', () => {
  const share = frequencies('hotspot', 50, 4, 200_000);
  const hot = share.slice(0, 50 * hotspot.keys);
  expect(hot.reduce((sum, value) => sum + value, 0)).toBeCloseTo(hotspot.requests, 2);
  // Within the spot, and outside of it, all are alike.
  for (const value of hot) expect(value).toBeCloseTo(0.08, 2);
  for (const value of share.slice(10)) expect(value).toBeCloseTo(0.005, 2);
});

describe('a sequence of requests', () => {
  const mix: RequestMix = {
    distribution: 'uniform',
    keyCount: 100,
    writeShare: 0,
    hitRatio: 1,
    seed: 1,
  };
  const decode = (code: number) => ({
    write: code >= requestCode.write,
    miss: (code & requestCode.miss) !== 0,
    key: code & requestCode.key,
  });
  const shares = (changes: Partial<RequestMix>) => {
    const requests = [...requestSequence({ ...mix, ...changes }, 100_000)].map(decode);
    const writes = requests.filter(({ write }) => write);
    const reads = requests.filter(({ write }) => !write);
    return {
      writes: writes.length / requests.length,
      missesOfReads: reads.filter(({ miss }) => miss).length / Math.max(1, reads.length),
      requests,
    };
  };

  test.each([
    [0, 1],
    [1, 1],
    [0.05, 1],
    [0.5, 1],
    [0, 0],
    [0, 0.5],
    [0.5, 0.9],
    [1, 0],
  ])('with %d writes and %d hits', (writeShare, hitRatio) => {
    const { writes, missesOfReads, requests } = shares({ writeShare, hitRatio });
    expect(writes).toBeCloseTo(writeShare, 2);
    expect(missesOfReads).toBeCloseTo(writeShare === 1 ? 0 : 1 - hitRatio, 1);
    if (hitRatio === 1) expect(missesOfReads).toBe(0);
    if (writeShare === 0) expect(writes).toBe(0);
    expect(requests.every(({ write, miss }) => !(write && miss))).toBe(true);
    expect(Math.max(...requests.map(({ key }) => key))).toBe(99);
    expect(Math.min(...requests.map(({ key }) => key))).toBe(0);
  });

  test('the seed decides, and nothing else', () => {
    const some = { ...mix, writeShare: 0.3, hitRatio: 0.7 };
    expect(requestSequence(some, 500)).toEqual(requestSequence(some, 500));
    expect(requestSequence(some, 500)).not.toEqual(requestSequence({ ...some, seed: 2 }, 500));
  });

  test('keys do not depend on what is done with them where nothing is to be decided', () => {
    const keys = (writeShare: number) =>
      [...requestSequence({ ...mix, writeShare }, 500)].map((code) => code & requestCode.key);
    expect(keys(0)).toEqual(keys(1));
  });
});
