import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { valueVersions } from '../../src/config/schema.js';
import {
  createDataset,
  type Dataset,
  keyName,
  missIndex,
  missKeyName,
  missKeys,
} from '../../src/load/dataset.js';

const options = { keyCount: 50, valueSize: { minBytes: 16, maxBytes: 16 }, seed: 9 };
const allVersions = Array.from({ length: valueVersions }, (_, version) => version);

/** Text of all values of a version, those of so many added keys too. */
const valuesOf = (dataset: Dataset, version: number, keys = dataset.keyCount) =>
  Array.from({ length: keys }, (_, key) => String(dataset.value(key, version)));

test('a value has the size that was asked for, and is made once', () => {
  const dataset = createDataset(options);
  for (const key of [0, 7, 49]) {
    expect(dataset.value(key, 0)).toHaveLength(16);
    expect(dataset.value(key, 0)).toBe(dataset.value(key, 0));
    expect(dataset.versionsOf(key)).toBe(valueVersions);
  }
});

test('values are seeded, and differ from key to key and from version to version', () => {
  const a = createDataset(options);
  const b = createDataset(options);
  expect(valuesOf(a, 1)).toEqual(valuesOf(b, 1));
  expect(valuesOf(createDataset({ ...options, seed: 10 }), 0)).not.toEqual(valuesOf(a, 0));
  expect(new Set(valuesOf(a, 0)).size).toBe(50);
});

test('even the first byte of a value tells its version', () => {
  for (const maxBytes of [1, 16]) {
    const dataset = createDataset({ ...options, valueSize: { minBytes: 1, maxBytes } });
    for (let key = 0; key < 50; key++) {
      const first = allVersions.map((version) => dataset.value(key, version)[0]);
      expect(new Set(first).size).toBe(valueVersions);
    }
  }
});

test('values hold nothing that a body or a path would have to escape', () => {
  const dataset = createDataset(options);
  for (const value of valuesOf(dataset, 0)) expect(value).toMatch(/^[A-Za-z0-9_-]+$/);
  for (const key of [0, 7, 49, 9_999_999]) expect(keyName(key)).toMatch(/^key:\d{8}$/);
});

test('keys that are never stored look like the others and are none of them', () => {
  const names = (name: (index: number) => string) =>
    Array.from({ length: missKeys }, (_, index) => name(index));
  const [keys, absent] = [names(keyName), names(missKeyName)];
  expect(new Set([...keys, ...absent]).size).toBe(2 * missKeys);
  expect(new Set(absent.map((name) => name.length))).toEqual(new Set([keys[0]?.length]));
  // Their numbers, too, which a server may read as 32 bits.
  expect(missIndex(0)).toBeGreaterThanOrEqual(2 ** 27);
  expect(missIndex(missKeys - 1)).toBeLessThan(2 ** 31);
});

describe('sizes in a range', () => {
  test('lie within it, are the same for every version, and reach both ends', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 0xffffffff }),
        (minBytes, more, seed) => {
          const valueSize = { minBytes, maxBytes: minBytes + more };
          const dataset = createDataset({ keyCount: 20, valueSize, seed });
          const sizes = allVersions.map((v) => valuesOf(dataset, v).map((value) => value.length));
          for (const size of sizes[0] ?? []) {
            expect(size).toBeGreaterThanOrEqual(minBytes);
            expect(size).toBeLessThanOrEqual(minBytes + more);
          }
          for (const other of sizes) expect(other).toEqual(sizes[0]);
        },
      ),
      { numRuns: 30 },
    );
    const dataset = createDataset({
      keyCount: 1000,
      valueSize: { minBytes: 3, maxBytes: 6 },
      seed: 1,
    });
    const counts = new Map<number, number>();
    for (const { length } of valuesOf(dataset, 0))
      counts.set(length, (counts.get(length) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual([3, 4, 5, 6]);
    // A quarter each, give or take.
    for (const count of counts.values()) expect(count / 1000).toBeCloseTo(0.25, 1);
  });
});

describe('keys that are added', () => {
  test('have one value of their own each, within the sizes', () => {
    const dataset = createDataset({ ...options, valueSize: { minBytes: 4, maxBytes: 9 } });
    for (let key = 50; key <= 80; key++) {
      const value = dataset.value(key, 0);
      expect(dataset.versionsOf(key)).toBe(1);
      expect(dataset.value(key, 0)).toBe(value);
      expect(value.length).toBeGreaterThanOrEqual(4);
      expect(value.length).toBeLessThanOrEqual(9);
    }
    expect(dataset.keyCount).toBe(50);
    expect(new Set(valuesOf(dataset, 0, 81)).size).toBeGreaterThan(75);
  });

  test('are the same in every process, in whatever order they are added', () => {
    const a = createDataset(options);
    const b = createDataset(options);
    for (const key of [50, 53, 53, 51, 60]) b.value(key, 0);
    expect(valuesOf(a, 0, 61)).toEqual(valuesOf(b, 0, 61));
  });

  test('leave what was there as it was', () => {
    const dataset = createDataset(options);
    const before = valuesOf(dataset, 0);
    for (let key = 50; key <= 60; key++) dataset.value(key, 0);
    expect(valuesOf(dataset, 0)).toEqual(before);
  });
});
