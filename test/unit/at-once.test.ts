import { describe, expect, test } from 'vitest';
import { mostAtOnce } from '../../src/api/at-once.js';
import { allTargets } from '../../src/api/targets.js';
import type { RunConfig } from '../../src/config/schema.js';
import { availableMemory } from '../../src/observe/machine.js';
import { createPlan } from '../../src/plan/plan.js';
import { expectedBytes } from '../../src/targets/memory.js';
import { findTarget } from '../../src/targets/targets.js';
import { aSpec } from '../helpers/own.js';
import { aConfig } from '../helpers/results.js';

const gib = 2 ** 30;
const own = new Map([
  ['mine', aSpec({ start: { command: ['mine'] } })],
  ['up', { ...aSpec({ url: 'http://127.0.0.1:1' }), name: 'up' }],
]);
const targets = allTargets(own, { allowRemote: false });
const bytesOf = (name: string, changes: Partial<RunConfig> = {}) =>
  expectedBytes(findTarget(name, targets, 0), aConfig(changes));

describe('what a server is expected to hold', () => {
  // What was measured of the two defaults, docs/costs.md.
  test.each([
    ['rust', 270],
    ['go', 736],
  ])('of %s is no less than its keys took: %d B each', (name, perKey) => {
    const [few, many] = [10_000, 1_000_000].map((keys) => bytesOf(name, { keys }));
    expect((many ?? 0) - (few ?? 0)).toBeGreaterThanOrEqual(perKey * 990_000 * 0.999);
  });

  test('is more with a lazier collector, and the most with none', () => {
    const order = ['go+gogc50', 'go', 'go+gogc400', 'go+nogc'];
    const bytes = order.map((name) => bytesOf(name, { keys: 100_000 }));
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
    expect(new Set(bytes).size).toBe(4);
    expect(bytesOf('go+nogc', { keys: 1 })).toBeGreaterThan(gib);
  });

  test('of a server of the user is as of the dearer of ours, of one that runs already nothing', () => {
    expect(bytesOf('mine')).toBe(bytesOf('go'));
    expect(bytesOf('up', { keys: 10_000_000 })).toBe(0);
  });

  test('of a null target has no keys', () => {
    expect(bytesOf('null-go', { keys: 10_000_000 })).toBe(bytesOf('null-go', { keys: 1 }));
  });
});

describe('as many at once', () => {
  const most = (names: string[], memory: number, changes: Partial<RunConfig> = {}) => {
    const config = aConfig({ targets: names, generators: 1, ...changes });
    return mostAtOnce(createPlan(config).targets, config, targets, memory);
  };
  const many = Array.from({ length: 20 }, () => 'go');

  test('as take turns close together, where memory holds them', () => {
    expect(most(many, 100 * gib)).toBe(10);
    expect(most(['rust', 'go'], 100 * gib)).toBeGreaterThanOrEqual(2);
  });

  test('as memory holds, with a quarter to spare', () => {
    const keys = 1_000_000;
    const each = bytesOf('go', { keys });
    // Three quarters are as much as five of them and a generator, which holds less than one.
    const memory = (5.99 * each) / 0.75;
    expect(most(many, memory, { keys })).toBe(5);
    // Those that run already take nothing of ours.
    expect(most(['go', 'up', 'up', 'up', 'go'], memory, { keys })).toBe(5);
    expect(most(['go@1w', 'go@2w', 'mine', 'rust', 'go', 'go'], memory, { keys })).toBe(5);
  });

  test.each([
    [
      ['rust', 'go'],
      /^Two servers with 10,000,000 keys of 128 B and the load generator do not fit into .* 4.00 GiB\.$/,
    ],
    [['go'], /^A server with 10,000,000 keys /],
  ])('%j, and too many keys: says how many would fit', (names, message) => {
    const memory = 4 * gib;
    const attempt = () => most(names, memory, { keys: 10_000_000 });
    expect(attempt).toThrow(
      expect.objectContaining({ kind: 'usage', message: expect.stringMatching(message) }),
    );
    const hint = (() => {
      try {
        return String(attempt());
      } catch (error) {
        return (error as { hint: string }).hint;
      }
    })();
    const [, keys = ''] = /--keys (\d+) /.exec(hint) ?? [];
    expect(Number(keys)).toBeGreaterThan(0);
    expect(most(names, memory, { keys: Number(keys) })).toBeGreaterThanOrEqual(names.length);
  });

  test('not even one without keys: says so', () => {
    expect(() => most(['go'], 2 ** 20)).toThrow(
      expect.objectContaining({ kind: 'usage', hint: 'End what else takes memory.' }),
    );
  });
});

describe('the memory that is to be had', () => {
  const system = (files: Record<string, string>) => availableMemory((path) => files[path] ?? null);
  const meminfo = 'MemTotal:       24683520 kB\nMemAvailable:    8000000 kB\nBuffers: 1 kB';
  const group = '/sys/fs/cgroup/';

  test.each([
    ['without a cgroup', {}, 8_192_000_000],
    [
      'in one without a limit',
      { [`${group}memory.max`]: 'max', [`${group}memory.current`]: '5' },
      8_192_000_000,
    ],
    [
      'in one with a limit, whose old pages of files are given back',
      {
        [`${group}memory.max`]: '2000000000',
        [`${group}memory.current`]: '1500000000',
        [`${group}memory.stat`]: 'anon 5\ninactive_file 400000000\nactive_file 7',
      },
      900_000_000,
    ],
    [
      'in one of version 1',
      {
        [`${group}memory/memory.limit_in_bytes`]: '2000000000',
        [`${group}memory/memory.usage_in_bytes`]: '1500000000',
        [`${group}memory/memory.stat`]: 'inactive_file 1\ntotal_inactive_file 2',
      },
      500_000_002,
    ],
    [
      'in one that allows more than there is',
      { [`${group}memory.max`]: '9000000000000', [`${group}memory.current`]: '1' },
      8_192_000_000,
    ],
    ['in one that is full', { [`${group}memory.max`]: '10', [`${group}memory.current`]: '11' }, 0],
  ])('%s', (_, files, bytes) => {
    expect(system({ '/proc/meminfo': meminfo, ...files })).toBe(bytes);
  });

  test('is all there is where the system does not tell', () => {
    expect(system({})).toBeGreaterThan(0);
  });
});
