import type { Distribution } from '../config/schema.js';
import { createRandom } from '../random.js';

/** How skewed `zipfian` is: YCSB's constant. */
export const zipfianTheta = 0.99;

/** Long enough that a loop through it is no pattern a server could profit from. */
const sequenceLength = 1 << 20;

/**
 * A seeded sequence of key numbers in [0, keyCount), drawn beforehand so that choosing a key while
 * requests are under way costs an array read. With `zipfian` key i has a probability proportional
 * to 1 / (i + 1)^0.99, so key 0 is the hottest.
 */
export function keySequence(
  distribution: Distribution,
  keyCount: number,
  seed: number,
  length = sequenceLength,
): Uint32Array {
  const random = createRandom(seed);
  const sequence = new Uint32Array(length);
  if (distribution === 'uniform') {
    for (let i = 0; i < length; i++) sequence[i] = Math.floor(random() * keyCount);
    return sequence;
  }
  const cumulative = zipfianCumulative(keyCount);
  const total = cumulative[keyCount - 1] as number;
  for (let i = 0; i < length; i++) sequence[i] = firstAbove(cumulative, random() * total);
  return sequence;
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
