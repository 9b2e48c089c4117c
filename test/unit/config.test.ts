import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadRunConfig } from '../../src/config/load.js';
import { requestsOf } from '../../src/config/operations.js';
import { defaultConfig, presets } from '../../src/config/schema.js';
import { parseDurationMs, parseSizeBytes } from '../../src/config/units.js';
import { KvbenchError } from '../../src/errors.js';
import { createPlan } from '../../src/plan/plan.js';

interface Layers {
  quick?: boolean;
  preset?: string;
}

const load = (flags: Record<string, unknown> = {}, { quick = false, preset }: Layers = {}) =>
  loadRunConfig({ quick, preset: preset ?? null, flags, randomSeed: () => 42 }).config;

describe('layers', () => {
  test('defaults, then --quick, then flags', () => {
    expect(load()).toEqual({ ...defaultConfig, seed: 42 });
    const quick = { rounds: 8, durationMs: 120, warmupMs: 40, seed: 42 };
    expect(load({}, { quick: true })).toMatchObject(quick);
    const flags = { rounds: 7, seed: 1 };
    expect(load(flags, { quick: true })).toMatchObject({ ...quick, ...flags });
  });

  test('a setting that there is none of is named, whoever says it', () => {
    const settings = { nodeClient: false };
    expect(() => load(settings)).toThrow(expect.objectContaining({ kind: 'usage' }));
    expect(() => load(settings)).toThrow('settings.nodeClient');
  });

  test('a preset stands between defaults and --quick, and flags win over both', () => {
    const record = { keys: 1000, valueSize: { minBytes: 1000, maxBytes: 1000 } };
    const preset = load({}, { preset: 'ycsb-b' });
    expect(preset).toMatchObject({
      ...record,
      operations: ['get:95,post:5'],
      distribution: 'zipfian',
      rounds: defaultConfig.rounds,
    });
    const both = load({}, { preset: 'ycsb-b', quick: true });
    expect(both).toMatchObject({ ...record, rounds: 8, distribution: 'zipfian' });
    const flags = { keys: 5, distribution: 'uniform', operations: ['post'] };
    expect(load(flags, { preset: 'ycsb-b' })).toMatchObject({
      ...flags,
      valueSize: record.valueSize,
    });
  });

  test.each([
    ['ycsb-a', 'get:50,post:50', 'zipfian'],
    ['ycsb-b', 'get:95,post:5', 'zipfian'],
    ['ycsb-c', 'get', 'zipfian'],
    ['ycsb-d', 'get:95,post:5', 'latest'],
  ])('preset %s is %s over %s keys', (preset, operation, distribution) => {
    expect(load({}, { preset })).toMatchObject({ operations: [operation], distribution });
    expect(Object.keys(presets)).toContain(preset);
  });

  test.each(['ycsb-e', 'YCSB-A', '', 'constructor', '__proto__'])(
    'there is no preset %j',
    (preset) => {
      expect(() => load({}, { preset })).toThrow(
        expect.objectContaining({ exitCode: 2, hint: expect.stringContaining('ycsb-a, ycsb-b') }),
      );
    },
  );

  test('--quick measures for less than 15 s with every other default', () => {
    const plan = createPlan(load({}, { quick: true }));
    expect(plan.roundMs * plan.maxRounds).toBeLessThan(12_000);
  });
});

test.each([
  { targets: ['go', 'go'] },
  { targets: ['null-rust'] },
  { operations: ['get:95,post:5'] },
  { operations: ['get:0,post:1'] },
  { operations: ['get', 'post'] },
  { measures: ['latency'] },
  { rate: 'auto' },
  { rate: 1 },
  { rate: 1_000_000 },
  { arrivals: 'poisson' },
  { connections: 10_000 },
  { requestsPerConnection: 1 },
  { requestsPerConnection: null },
  { durationMs: 50 },
  { warmupMs: 0 },
  { rounds: 'auto' },
  { rounds: 1000 },
  { precision: 0.001 },
  { timeBudgetMs: 1000 },
  { interleave: 'request' },
  { interleave: 'none' },
  { sliceMs: 10 },
  { keys: 1 },
  { valueSize: { minBytes: 1, maxBytes: 1024 } },
  { distribution: 'latest' },
  { distribution: 'hotspot' },
  { hitRatio: 0 },
  { timeoutMs: 10 },
  { workers: 512 },
  { generators: 16 },
  { calibrate: true },
  { seed: 0 },
  { seed: 2 ** 32 - 1 },
])('%j is taken as it is', (flags) => expect(load(flags)).toMatchObject(flags));

test.each([
  [{ targets: [] }, '--targets'],
  [{ targets: [''] }, '--targets'],
  [{ targets: new Array(65).fill('go') }, '--targets'],
  [{ operations: ['get', 'put'] }, '--operations'],
  [{ operations: ['get', 'get'] }, '--operations'],
  [{ operations: [] }, '--operations'],
  [{ operations: ['get:0,post:0'] }, '--operations'],
  [{ operations: ['get:95'] }, '--operations'],
  [{ operations: ['get:9999999,post:1'] }, '--operations'],
  [{ operations: ['get:1.5,post:1'] }, '--operations'],
  [{ measures: ['speed'] }, '--measure'],
  [{ measures: ['latency', 'latency'] }, '--measure'],
  [{ measures: [] }, '--measure'],
  [{ rate: 0 }, '--rate'],
  [{ rate: 1_000_001 }, '--rate'],
  [{ rate: 'fast' }, '--rate'],
  [{ arrivals: 'uniform' }, '--arrivals'],
  [{ connections: 0 }, '--connections'],
  [{ connections: 10_001 }, '--connections'],
  [{ requestsPerConnection: 0 }, '--requests-per-connection'],
  [{ durationMs: 1 }, '--duration'],
  [{ warmupMs: 3_600_001 }, '--warmup'],
  [{ rounds: 0 }, '--rounds'],
  [{ rounds: 1001 }, '--rounds'],
  [{ rounds: 'many' }, '--rounds'],
  [{ precision: 0 }, '--precision'],
  [{ precision: 1.1 }, '--precision'],
  [{ timeBudgetMs: 999 }, '--time-budget'],
  [{ interleave: 'random' }, '--interleave'],
  [{ sliceMs: 9 }, '--slice'],
  [{ sliceMs: 60_001 }, '--slice'],
  [{ keys: 0 }, '--keys'],
  [{ valueSize: { minBytes: 0, maxBytes: 1 } }, '--value-size'],
  [{ valueSize: { minBytes: 1, maxBytes: 1024 * 1024 } }, '--value-size'],
  [{ valueSize: { minBytes: 9, maxBytes: 8 } }, '--value-size'],
  [{ distribution: 'normal' }, '--distribution'],
  [{ hitRatio: 1.01 }, '--hit-ratio'],
  [{ hitRatio: -0.1 }, '--hit-ratio'],
  [{ timeoutMs: 9 }, '--timeout'],
  [{ workers: 0 }, '--workers'],
  [{ workers: 513 }, '--workers'],
  [{ generators: 0 }, '--generators'],
  [{ generators: 65 }, '--generators'],
  [{ generators: 17 }, '--generators'],
  [{ generators: 4, connections: 3 }, '--generators'],
  [{ generators: 4, keys: 3 }, '--generators'],
  [{ seed: 2 ** 32 }, '--seed'],
  [
    { keys: 10_000_000, valueSize: { minBytes: 1, maxBytes: 1000 } },
    'more than the generator can hold',
  ],
])('%j is a usage error that names %s', (flags, name) => {
  const attempt = () => load(flags);
  expect(attempt).toThrow(KvbenchError);
  expect(attempt).toThrow(expect.objectContaining({ exitCode: 2 }));
  try {
    attempt();
  } catch (error) {
    const { message, hint } = error as KvbenchError;
    expect(`${message} ${hint}`).toContain(name);
    expect(message).toMatch(/^[^\n]*\.$/);
  }
});

test('a mix is written in the order of its names, whoever wrote it', () => {
  expect(load({ operations: ['post:5,get:95'] }).operations).toEqual(['get:95,post:5']);
});

test.each([
  ['get', [['get', 1]]],
  [
    'get:95,post:5',
    [
      ['get', 0.95],
      ['post', 0.05],
    ],
  ],
  ['get:0,post:7', [['post', 1]]],
])('%s stands for %j', (operation, shares) => {
  expect(requestsOf(operation).map(({ name, share }) => [name, share])).toEqual(shares);
});

test.each([
  ['get', 0],
  ['post', 1],
  ['get:95,post:5', 0.05],
  ['get:1,post:1', 0.5],
  ['get:0,post:7', 1],
  ['get:7,post:0', 0],
])('%s has %d writes', (operation, share) => {
  const writes = requestsOf(operation).find(({ name }) => name === 'post');
  expect(writes?.share ?? 0).toBeCloseTo(share, 12);
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
    ['1GB', 1e9],
    ['1GiB', 2 ** 30],
    ['1TB', Number.NaN],
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
