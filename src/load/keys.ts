import type { Distribution } from '../config/schema.js';
import { createRandom, type Random } from '../random.js';

/** How skewed `zipfian` and `latest` are: YCSB's constant. */
export const zipfianTheta = 0.99;

/** YCSB's hot spot: this share of the requests goes to that share of the keys. */
export const hotspot = { requests: 0.8, keys: 0.2 };

/**
 * Draws key numbers in [0, keyCount). With `zipfian` key i has a probability proportional to
 * 1 / (i + 1)^0.99, so key 0 is the hottest; with `hotspot` the first fifth of the keys gets four
 * fifths of the requests. With `latest` the draw is a zipfian distance from the newest key.
 */
export function keyDraw(
  distribution: Distribution,
  keyCount: number,
  random: Random,
): () => number {
  switch (distribution) {
    case 'uniform':
      return () => Math.floor(random() * keyCount);
    case 'hotspot': {
      const hot = Math.max(1, Math.round(keyCount * hotspot.keys));
      const cold = keyCount - hot;
      return () =>
        cold === 0 || random() < hotspot.requests
          ? Math.floor(random() * hot)
          : hot + Math.floor(random() * cold);
    }
    case 'zipfian':
    case 'latest': {
      const cumulative = zipfianCumulative(keyCount);
      const total = cumulative[keyCount - 1] as number;
      return () => firstAbove(cumulative, random() * total);
    }
  }
}

function zipfianCumulative(keyCount: number): Float64Array {
  const cumulative = new Float64Array(keyCount);
  let sum = 0;
  for (let i = 0; i < keyCount; i++) {
    sum += 1 / (i + 1) ** zipfianTheta;
    cumulative[i] = sum;
  }
  return cumulative;
}

/** The index of the first element that is greater than `value` in an ascending array. */
function firstAbove(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A request of a sequence in 32 bits: its place in the mix, whether it is a miss, and the drawn key. */
export const requestCode = {
  encode: (request: number, key: number, miss = false): number =>
    request * 2 ** 28 + (miss ? missBit : 0) + key,
  request: (code: number): number => code >>> 28,
  isMiss: (code: number): boolean => (code & missBit) !== 0,
  key: (code: number): number => code & keyMask,
} as const;

const missBit = 2 ** 27;
const keyMask = missBit - 1;

export interface RequestMix {
  distribution: Distribution;
  keyCount: number;
  /** Of each kind of request, adding up to 1; 16 of them at most. */
  shares: readonly number[];
  /** Share of the requests that ask for a key that is there; the others do where they can miss. */
  hitRatio: number;
  seed: number;
}

/** Long enough that a loop through it is no pattern a server could profit from. */
const sequenceLength = 1 << 20;

/**
 * A seeded sequence of requests (see `requestCode`), drawn beforehand so that choosing one while
 * others are under way costs an array read.
 */
export function requestSequence(mix: RequestMix, length = sequenceLength): Uint32Array {
  const random = createRandom(mix.seed);
  const draw = keyDraw(mix.distribution, mix.keyCount, random);
  const { shares, hitRatio } = mix;
  const drawRequest = () => {
    let left = random();
    const found = shares.findIndex((share) => {
      left -= share;
      return left < 0;
    });
    // The shares may fall short of 1 by a rounding.
    return found < 0 ? shares.length - 1 : found;
  };
  // Filled in place: from an iterator it takes several times as long, and a run waits for it.
  const codes = new Uint32Array(length);
  for (let at = 0; at < length; at++) {
    const key = draw();
    // No draw is wasted where there is nothing to decide.
    const request = shares.length > 1 ? drawRequest() : 0;
    const miss = hitRatio < 1 && random() >= hitRatio;
    codes[at] = requestCode.encode(request, key, miss);
  }
  return codes;
}
