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

/** A request of a sequence in 32 bits: what it does above, and the drawn key below. */
export const requestCode = {
  write: 0x8000_0000,
  miss: 0x4000_0000,
  key: 0x3fff_ffff,
} as const;

export interface RequestMix {
  distribution: Distribution;
  keyCount: number;
  /** Share of POSTs among the requests, 0 to 1. */
  writeShare: number;
  /** Share of the GETs that ask for a key that is there. */
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
  const { writeShare, hitRatio } = mix;
  return Uint32Array.from({ length }, () => {
    const key = draw();
    // No draw is wasted where there is nothing to decide.
    const write = writeShare === 1 || (writeShare > 0 && random() < writeShare);
    if (write) return key + requestCode.write;
    return hitRatio < 1 && random() >= hitRatio ? key + requestCode.miss : key;
  });
}
