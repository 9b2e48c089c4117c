import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { valueVersions } from '../../src/config/schema.js';
import { createDataset, keyName } from '../../src/load/dataset.js';

const options = { keyCount: 50, valueSize: { minBytes: 16, maxBytes: 16 }, seed: 9 };
const allVersions = Array.from({ length: valueVersions }, (_, version) => version);

test('a body is the key, an equals sign and the value', () => {
  const dataset = createDataset(options);
  for (const key of [0, 7, 49]) {
    const body = dataset.bodies(0)[key] as Buffer;
    expect(body.toString()).toBe(`${keyName(key)}=${dataset.values(0)[key]}`);
    expect(dataset.values(0)[key]).toHaveLength(16);
    expect(dataset.paths[key]).toBe(`/${keyName(key)}`);
  }
});

test('values are seeded, and differ from key to key and from version to version', () => {
  const a = createDataset(options);
  const b = createDataset(options);
  expect(a.values(1)).toEqual(b.values(1));
  expect(createDataset({ ...options, seed: 10 }).values(0)).not.toEqual(a.values(0));
  expect(new Set(a.values(0).map(String)).size).toBe(50);
});

test('even the first byte of a value tells its version', () => {
  for (const maxBytes of [1, 16]) {
    const dataset = createDataset({ ...options, valueSize: { minBytes: 1, maxBytes } });
    for (let key = 0; key < 50; key++) {
      const first = allVersions.map((version) => dataset.values(version)[key]?.[0]);
      expect(new Set(first).size).toBe(valueVersions);
    }
  }
});

test('values hold nothing that a body or a path would have to escape', () => {
  const dataset = createDataset(options);
  for (const value of dataset.values(0)) expect(String(value)).toMatch(/^[A-Za-z0-9_-]+$/);
  for (const path of dataset.paths) expect(path).toMatch(/^\/key:\d{8}$/);
});

test('keys that are never stored look like the others and are none of them', () => {
  const { paths, missPaths } = createDataset(options);
  expect(new Set([...paths, ...missPaths]).size).toBe(paths.length + missPaths.length);
  expect(new Set(missPaths.map((path) => path.length))).toEqual(new Set([paths[0]?.length]));
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
          const sizes = allVersions.map((v) => dataset.values(v).map((value) => value.length));
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
    for (const { length } of dataset.values(0)) counts.set(length, (counts.get(length) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual([3, 4, 5, 6]);
    // A quarter each, give or take.
    for (const count of counts.values()) expect(count / 1000).toBeCloseTo(0.25, 1);
  });
});

describe('keys that are added', () => {
  test('have a path, a body and a value of their own, within the sizes', () => {
    const dataset = createDataset({ ...options, valueSize: { minBytes: 4, maxBytes: 9 } });
    dataset.extend(80);
    expect(dataset.paths).toHaveLength(81);
    expect(dataset.keyCount).toBe(50);
    for (let key = 50; key <= 80; key++) {
      const value = dataset.values(0)[key] as Buffer;
      expect(dataset.bodies(0)[key]?.toString()).toBe(`${keyName(key)}=${value}`);
      expect(value.length).toBeGreaterThanOrEqual(4);
      expect(value.length).toBeLessThanOrEqual(9);
    }
    expect(new Set(dataset.values(0).map(String)).size).toBeGreaterThan(75);
  });

  test('are the same in every process, in whatever steps they are added', () => {
    const a = createDataset(options);
    const b = createDataset(options);
    a.extend(60);
    for (const key of [50, 53, 53, 51, 60]) b.extend(key);
    expect(a.values(0)).toEqual(b.values(0));
    expect(a.paths).toEqual(b.paths);
  });

  test('leave what was there as it was', () => {
    const dataset = createDataset(options);
    const before = dataset.values(0).map(String);
    dataset.extend(20);
    expect(dataset.paths).toHaveLength(50);
    dataset.extend(60);
    expect(dataset.values(0).slice(0, 50).map(String)).toEqual(before);
  });
});
