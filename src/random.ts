/** A source of uniform numbers in [0, 1). */
export type Random = () => number;

/**
 * A seeded generator of uniform numbers in [0, 1): xoshiro128** 1.1 (Blackman and Vigna, 2018),
 * its state filled by SplitMix32 so that neighbouring seeds give unrelated streams.
 */
export function createRandom(seed: number): Random {
  let mix = seed | 0;
  const nextSeed = () => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix ^ (mix >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let a = nextSeed();
  let b = nextSeed();
  let c = nextSeed();
  let d = nextSeed();
  return () => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return (result >>> 0) / 4294967296;
  };
}

/** A seed in [0, 2³²) for one part of a run, unrelated to the seeds of its other parts. */
export function deriveSeed(seed: number, ...path: number[]): number {
  let derived = seed >>> 0;
  for (const step of path) {
    const random = createRandom(derived ^ Math.imul(step + 1, 0x85ebca6b));
    derived = Math.floor(random() * 4294967296);
  }
  return derived;
}

/** A new array with the items in random order (Fisher–Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
