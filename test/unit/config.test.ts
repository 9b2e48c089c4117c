import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadRunConfig } from '../../src/config/load.js';
import { defaultConfig } from '../../src/config/schema.js';
import { parseDurationMs, parseSizeBytes } from '../../src/config/units.js';
import { KvbenchError } from '../../src/errors.js';

const load = (flags: Record<string, unknown> = {}, quick = false) =>
  loadRunConfig({ quick, flags, randomSeed: () => 42 });

test('defaults, then --quick, then flags', () => {
  expect(load()).toEqual({ ...defaultConfig, seed: 42 });
  expect(load({}, true)).toMatchObject({ rounds: 3, durationMs: 600, seed: 42 });
  expect(load({ rounds: 7, seed: 1 }, true)).toMatchObject({ rounds: 7, durationMs: 600, seed: 1 });
});

test('--quick measures for less than 15 s with every default', () => {
  const { targets, operations, rounds, durationMs, warmupMs } = load({}, true);
  expect(targets.length * operations.length * rounds * (durationMs + warmupMs)).toBeLessThan(
    12_000,
  );
});

test.each([
  [{ connections: 0 }, '--connections'],
  [{ connections: 10_001 }, '--connections'],
  [{ rounds: 0 }, '--rounds'],
  [{ operations: ['get', 'put'] }, '--operations'],
  [{ operations: ['get', 'get'] }, '--operations'],
  [{ operations: [] }, '--operations'],
  [{ targets: ['go', 'go'] }, '--targets'],
  [{ targets: [''] }, '--targets'],
  [{ distribution: 'normal' }, '--distribution'],
  [{ valueSizeBytes: 0 }, '--value-size'],
  [{ valueSizeBytes: 1024 * 1024 }, '--value-size'],
  [{ durationMs: 1 }, '--duration'],
  [{ seed: 2 ** 32 }, '--seed'],
  [{ keys: 10_000_000, valueSizeBytes: 1000 }, 'more than the generator can hold'],
])('%j is a usage error that names %s', (flags, name) => {
  const attempt = () => load(flags);
  expect(attempt).toThrow(KvbenchError);
  expect(attempt).toThrow(name);
  expect(attempt).toThrow(expect.objectContaining({ exitCode: 2 }));
});

describe('units', () => {
  test.each([
    ['500ms', 500],
    ['2s', 2000],
    ['1.5s', 1500],
    ['1m', 60_000],
    ['1 min', 60_000],
    ['2', Number.NaN],
    ['', Number.NaN],
    ['s', Number.NaN],
    ['-1s', Number.NaN],
    ['1e3ms', Number.NaN],
    ['1constructor', Number.NaN],
  ])('duration %j is %d ms', (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  test.each([
    ['128', 128],
    ['4k', 4096],
    ['4KiB', 4096],
    ['1kB', 1000],
    ['1MiB', 1_048_576],
    ['1GB', Number.NaN],
    ['x', Number.NaN],
    ['1 2', Number.NaN],
  ])('size %j is %d bytes', (text, bytes) => expect(parseSizeBytes(text)).toBe(bytes));

  test('no text makes them throw', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(typeof parseDurationMs(text)).toBe('number');
        expect(typeof parseSizeBytes(text)).toBe('number');
      }),
    );
  });
});
