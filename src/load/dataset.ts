import { createRandom, deriveSeed } from '../random.js';

/** What the generator sends and expects for every key, built before anything is timed. */
export interface Dataset {
  readonly keyCount: number;
  /** Request path by key number. */
  readonly paths: readonly string[];
  /** POST body (`key=value`) by key number. A version differs from every other in every value. */
  bodies(version: number): readonly Buffer[];
  /** The value that a GET must answer, by key number. */
  values(version: number): readonly Buffer[];
}

interface DatasetOptions {
  keyCount: number;
  valueSizeBytes: number;
  seed: number;
}

const alphabet = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
const keyDigits = 8;

/** The key with that number: fixed length, so that every request of a workload has one size. */
export function keyName(index: number): string {
  return `key:${String(index).padStart(keyDigits, '0')}`;
}

/** Bytes of a `key=value` body, and so of what the server must be willing to take. */
export function bodySizeBytes(valueSizeBytes: number): number {
  return keyName(0).length + 1 + valueSizeBytes;
}

/** Seeded keys and values; the values of a version are made when they are first asked for. */
export function createDataset({ keyCount, valueSizeBytes, seed }: DatasetOptions): Dataset {
  const names = Array.from({ length: keyCount }, (_, index) => keyName(index));
  const bodySize = bodySizeBytes(valueSizeBytes);
  const cache = new Map<number, { bodies: Buffer[]; values: Buffer[] }>();

  const build = (version: number) => {
    const known = cache.get(version);
    if (known) return known;
    // One allocation for all bodies: a Buffer a key would scatter them over the heap.
    const block = Buffer.allocUnsafeSlow(keyCount * bodySize);
    const random = createRandom(deriveSeed(seed, version));
    const bodies: Buffer[] = [];
    const values: Buffer[] = [];
    for (let index = 0; index < keyCount; index++) {
      const start = index * bodySize;
      const valueStart = start + block.write(`${names[index]}=`, start, 'latin1');
      fill(block, valueStart, start + bodySize, version, random);
      bodies.push(block.subarray(start, start + bodySize));
      values.push(block.subarray(valueStart, start + bodySize));
    }
    const built = { bodies, values };
    cache.set(version, built);
    return built;
  };

  return {
    keyCount,
    paths: names.map((name) => `/${name}`),
    bodies: (version) => build(version).bodies,
    values: (version) => build(version).values,
  };
}

/** The first byte tells the version, so that no two versions can be equal by chance. */
function fill(block: Buffer, start: number, end: number, version: number, random: () => number) {
  if (start < end) block[start] = alphabet[version % alphabet.length] as number;
  for (let i = start + 1; i < end; i++) {
    block[i] = alphabet[Math.floor(random() * alphabet.length)] as number;
  }
}
