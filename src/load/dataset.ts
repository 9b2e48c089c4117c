import { valueVersions } from '../config/schema.js';
import { createRandom, deriveSeed, type Random } from '../random.js';

/** The values that the generator stores, drawn before anything is timed. */
export interface Dataset {
  /** Keys that are stored before the load; an insertion adds to them. */
  readonly keyCount: number;
  /** In how many versions the key's value comes: a key that was inserted has one only. */
  versionsOf(key: number): number;
  /** A version of the key's value; it differs from every other in its first byte. */
  value(key: number, version: number): Buffer;
}

/** Sizes of values in bytes, each equally likely. */
export interface ValueSize {
  minBytes: number;
  maxBytes: number;
}

interface DatasetOptions {
  keyCount: number;
  valueSize: ValueSize;
  seed: number;
}

const alphabet = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
const keyDigits = 8;

/** How many keys there are that are never stored, to be asked for in vain. */
export const missKeys = 4096;

/** The key with that number: fixed length, so that requests differ in their values' sizes alone. */
export function keyName(index: number): string {
  return `key:${digits(index)}`;
}

/** The key with that number among those that are never stored; as long as the others. */
export function missKeyName(index: number): string {
  return `mis:${digits(index)}`;
}

/** The number of a key that is never stored: above those of all keys, within 31 bits. */
export function missIndex(index: number): number {
  return 2 ** 30 + index;
}

function digits(index: number): string {
  return String(index).padStart(keyDigits, '0');
}

/** Seeded values; those of a version are made when one of them is first asked for. */
export function createDataset({ keyCount, valueSize, seed }: DatasetOptions): Dataset {
  const sizes = valueSizes(keyCount, valueSize, seed);
  const versions: Buffer[][] = [];
  const inserted: Buffer[] = [];

  const build = (version: number): Buffer[] => {
    const random = createRandom(deriveSeed(seed, version));
    // One allocation for all values: a Buffer a key would scatter them over the heap.
    const block = Buffer.allocUnsafeSlow(sizes.reduce((sum, size) => sum + size, 0));
    let start = 0;
    return Array.from(sizes, (size) => {
      const value = block.subarray(start, start + size);
      start += size;
      return fill(value, version, random);
    });
  };
  const insert = (key: number): Buffer => {
    const random = createRandom(deriveSeed(seed, valueVersions + 1, key));
    return fill(Buffer.allocUnsafeSlow(drawSize(valueSize, random)), 0, random);
  };

  return {
    keyCount,
    versionsOf: (key) => (key < keyCount ? valueVersions : 1),
    value(key, version) {
      if (key < keyCount) {
        versions[version] ??= build(version);
        return versions[version][key] as Buffer;
      }
      const index = key - keyCount;
      inserted[index] ??= insert(key);
      return inserted[index];
    },
  };
}

function valueSizes(keyCount: number, size: ValueSize, seed: number): Uint32Array {
  const random = createRandom(deriveSeed(seed, valueVersions));
  return Uint32Array.from({ length: keyCount }, () => drawSize(size, random));
}

function drawSize({ minBytes, maxBytes }: ValueSize, random: Random): number {
  return minBytes + Math.floor(random() * (maxBytes - minBytes + 1));
}

/** The first byte tells the version, so that no two versions are equal by chance. */
function fill(value: Buffer, version: number, random: Random): Buffer {
  value[0] = alphabet[version % alphabet.length] as number;
  for (let i = 1; i < value.length; i++) {
    value[i] = alphabet[Math.floor(random() * alphabet.length)] as number;
  }
  return value;
}
