import { valueVersions } from '../config/schema.js';
import { createRandom, deriveSeed, type Random } from '../random.js';

/** What the generator sends and expects for every key, built before anything is timed. */
export interface Dataset {
  /** Keys that are stored before the load; `extend` adds to them. */
  readonly keyCount: number;
  /** Request path by key number. */
  readonly paths: readonly string[];
  /** Paths of keys that are never stored. */
  readonly missPaths: readonly string[];
  /** POST body (`key=value`) by key number. A version differs from every other in every value. */
  bodies(version: number): readonly Buffer[];
  /** The value that a GET must answer, by key number. */
  values(version: number): readonly Buffer[];
  /** Makes sure of version 0 of the keys up to this number. */
  extend(key: number): void;
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

interface Version {
  bodies: Buffer[];
  values: Buffer[];
}

const alphabet = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
const keyDigits = 8;
const missKeys = 4096;

/** The key with that number: fixed length, so that requests differ in their values' sizes alone. */
export function keyName(index: number): string {
  return `key:${String(index).padStart(keyDigits, '0')}`;
}

const keyBytes = keyName(0).length + 1;

/** Seeded keys and values; the values of a version are made when they are first asked for. */
export function createDataset({ keyCount, valueSize, seed }: DatasetOptions): Dataset {
  const paths = Array.from({ length: keyCount }, (_, index) => `/${keyName(index)}`);
  const missPaths = Array.from({ length: missKeys }, (_, i) => `/mis:${keyName(i).slice(4)}`);
  const sizes = valueSizes(keyCount, valueSize, seed);
  const versions: Version[] = [];

  const build = (version: number): Version => {
    const random = createRandom(deriveSeed(seed, version));
    const built: Version = { bodies: [], values: [] };
    // One allocation for all bodies: a Buffer a key would scatter them over the heap.
    const total = sizes.reduce((sum, size) => sum + size + keyBytes, 0);
    const block = Buffer.allocUnsafeSlow(total);
    let start = 0;
    for (let key = 0; key < keyCount; key++) {
      const end = start + keyBytes + (sizes[key] as number);
      add(built, block.subarray(start, end), key, version, random);
      start = end;
    }
    return built;
  };
  const versionOf = (version: number): Version => {
    versions[version] ??= build(version);
    return versions[version];
  };

  return {
    keyCount,
    paths,
    missPaths,
    bodies: (version) => versionOf(version).bodies,
    values: (version) => versionOf(version).values,
    extend(key) {
      const first = versionOf(0);
      while (paths.length <= key) {
        const next = paths.length;
        const random = createRandom(deriveSeed(seed, valueVersions + 1, next));
        const body = Buffer.allocUnsafeSlow(keyBytes + drawSize(valueSize, random));
        add(first, body, next, 0, random);
        paths.push(`/${keyName(next)}`);
      }
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

/** Fills `body` for the key; the value's first byte tells the version: no two are equal by chance. */
function add(to: Version, body: Buffer, key: number, version: number, random: Random): void {
  body.write(`${keyName(key)}=`, 'latin1');
  body[keyBytes] = alphabet[version % alphabet.length] as number;
  for (let i = keyBytes + 1; i < body.length; i++) {
    body[i] = alphabet[Math.floor(random() * alphabet.length)] as number;
  }
  to.bodies.push(body);
  to.values.push(body.subarray(keyBytes));
}
