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
    shares: [1],
    hitRatio: 1,
    seed: 1,
  };
  const decode = (code: number) => ({
    request: requestCode.request(code),
    miss: requestCode.isMiss(code),
    key: requestCode.key(code),
  });
  const drawn = (changes: Partial<RequestMix>) => {
    const requests = [...requestSequence({ ...mix, ...changes }, 100_000)].map(decode);
    const shareOf = (place: number) =>
      requests.filter(({ request }) => request === place).length / requests.length;
    const misses = requests.filter(({ miss }) => miss).length / requests.length;
    return { shareOf, misses, requests };
  };

  test.each([
    [[1], 1],
    [[0.95, 0.05], 1],
    [[0.5, 0.5], 1],
    [[0.2, 0.5, 0.3], 1],
    [new Array(16).fill(1 / 16), 0.5],
    [[1], 0],
    [[1], 0.5],
    [[0.5, 0.5], 0.9],
  ] as [number[], number][])('with the shares %j and %d hits', (shares, hitRatio) => {
    const { shareOf, misses, requests } = drawn({ shares, hitRatio });
    for (const [place, share] of shares.entries()) expect(shareOf(place)).toBeCloseTo(share, 2);
    if (shares.length === 1) expect(shareOf(0)).toBe(1);
    expect(misses).toBeCloseTo(1 - hitRatio, 2);
    if (hitRatio === 1) expect(misses).toBe(0);
    if (hitRatio === 0) expect(misses).toBe(1);
    expect(Math.max(...requests.map(({ request }) => request))).toBe(shares.length - 1);
    expect(Math.max(...requests.map(({ key }) => key))).toBe(99);
    expect(Math.min(...requests.map(({ key }) => key))).toBe(0);
  });

  test('the seed decides, and nothing else', () => {
    const some = { ...mix, shares: [0.7, 0.3], hitRatio: 0.7 };
    expect(requestSequence(some, 500)).toEqual(requestSequence(some, 500));
    expect(requestSequence(some, 500)).not.toEqual(requestSequence({ ...some, seed: 2 }, 500));
  });

  test('keys do not depend on what is done with them where nothing is to be decided', () => {
    const keys = (changes: Partial<RequestMix>) =>
      [...requestSequence({ ...mix, ...changes }, 500)].map(requestCode.key);
    expect(keys({ shares: [1], seed: 3 })).toEqual(
      Array.from({ length: 500 }, keyDraw('uniform', 100, createRandom(3))),
    );
  });

  test('shares that fall short of 1 by a rounding leave no request without a kind', () => {
    const { requests } = drawn({ shares: [0.3, 0.3, 0] });
    expect(new Set(requests.map(({ request }) => request))).toEqual(new Set([0, 1, 2]));
  });

  test('every code comes back as it went in, the largest too', () => {
    for (const request of [0, 1, 7, 8, 15]) {
      for (const key of [0, 1, 9_999_999, 2 ** 27 - 1]) {
        for (const miss of [false, true]) {
          const [code = 0] = Uint32Array.of(requestCode.encode(request, key, miss));
          expect(decode(code)).toEqual({ request, key, miss });
        }
      }
    }
  });
});
