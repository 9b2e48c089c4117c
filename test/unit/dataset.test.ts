import { expect, test } from 'vitest';
import { bodySizeBytes, createDataset, keyName } from '../../src/load/dataset.js';

const options = { keyCount: 50, valueSizeBytes: 16, seed: 9 };

test('a body is the key, an equals sign and the value', () => {
  const dataset = createDataset(options);
  for (const key of [0, 7, 49]) {
    const body = dataset.bodies(0)[key] as Buffer;
    expect(body).toHaveLength(bodySizeBytes(16));
    expect(body.toString()).toBe(`${keyName(key)}=${dataset.values(0)[key]}`);
    expect(dataset.paths[key]).toBe(`/${keyName(key)}`);
  }
});

test('values are seeded, and differ from key to key and from version to version', () => {
  const a = createDataset(options);
  const b = createDataset(options);
  expect(a.values(1)).toEqual(b.values(1));
  expect(createDataset({ ...options, seed: 10 }).values(0)).not.toEqual(a.values(0));
  expect(new Set(a.values(0).map(String)).size).toBe(50);
  for (let key = 0; key < 50; key++) expect(a.values(0)[key]).not.toEqual(a.values(1)[key]);
});

test('a one-byte value still tells one version from the next', () => {
  const dataset = createDataset({ keyCount: 3, valueSizeBytes: 1, seed: 1 });
  for (let key = 0; key < 3; key++) {
    expect(dataset.values(0)[key]).not.toEqual(dataset.values(1)[key]);
  }
});

test('values hold nothing that a body or a path would have to escape', () => {
  const dataset = createDataset(options);
  for (const value of dataset.values(0)) expect(String(value)).toMatch(/^[A-Za-z0-9_-]+$/);
  for (const path of dataset.paths) expect(path).toMatch(/^\/key:\d{8}$/);
});
