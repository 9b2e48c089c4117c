import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schemaVersion } from '../../src/result/schema.js';
import type { ResultComparison } from '../../src/stats/compare-results.js';
import { cli } from '../helpers/cli.js';
import { aLatencyTrial, aResult, pairedRounds, trialWithP50 } from '../helpers/results.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-compare-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const run = (factor: number) =>
  aResult(
    pairedRounds(6, (target, round) =>
      trialWithP50({ target, round }, (target === 'go' ? factor : 1) * (400_000 + round)),
    ),
  );

async function file(name: string, content: unknown): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('two results side by side; a difference is no failure', async () => {
  const [a, b] = [await file('a.json', run(1)), await file('b.json', run(2))];
  const { code, stdout, stderr } = await cli(['compare', a, b]);
  expect(stdout).toMatch(/^go get \(open loop\)\n.*\nP50 +400 µs .* 2\.00× +higher$/m);
  expect(stdout).toMatch(/^rust get \(open loop\)\n.*\nP50 .* the same$/m);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const json = await cli(['compare', '--json', a, b]);
  const parsed = JSON.parse(json.stdout) as ResultComparison & { a: string };
  expect(parsed).toMatchObject({ a, differences: [] });
  expect(parsed.rows.map(({ target }) => target)).toEqual(['rust', 'go']);
});

test('what was imported has no machine, and ranks nobody unless one insists', async () => {
  const imported = {
    ...run(2),
    importedFrom: { tool: 'k6', version: '1.0' },
    machine: null,
    placement: null,
  };
  for (const { responseTime } of imported.trials) if (responseTime) responseTime.histogram = null;
  const [a, b] = [await file('own.json', run(1)), await file('k6.json', imported)];
  const plain = await cli(['compare', a, b]);
  expect(plain.code).toBe(0);
  expect(plain.stdout).not.toMatch(/\bhigher\b|\blower\b/);
  expect(plain.stdout).toContain('instrument: tool: A kvbench 0.0.0, B k6 1.0');
  expect((await cli(['compare', '--rank-anyway', a, b])).stdout).toMatch(/2\.00× +higher$/m);
});

describe('a file that is no result is a usage error that names it', () => {
  const good = aResult([aLatencyTrial()]);
  test.each<[string, unknown, RegExp]>([
    ['cut.json', JSON.stringify(good).slice(0, 900), /cut\.json ends in the middle/],
    ['empty.json', '', /empty\.json is empty/],
    ['text.json', 'hello', /text\.json is not JSON/],
    ['foreign.json', { version: 1 }, /foreign\.json is JSON, but no result of `kvbench run`/],
    ['null.json', 'null', /no result of `kvbench run`/],
    ['list.json', [], /no result of `kvbench run`/],
    ['old.json', { ...good, schemaVersion: schemaVersion - 3 }, /Measure again, or use that/],
    ['new.json', { ...good, schemaVersion: schemaVersion + 1 }, /Update kvbench/],
    ['damaged.json', { ...good, trials: [{ round: 0 }] }, /is damaged: trials\.0/],
  ])('%s', async (name, content, message) => {
    const a = await file('good.json', good);
    const b = await file(name, content);
    for (const pair of [
      [a, b],
      [b, a],
    ]) {
      const { code, stdout, stderr } = await cli(['compare', ...pair]);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(stdout).toBe('');
      expect(code).toBe(2);
    }
  });

  test('none, a directory, too large a one', async () => {
    const a = await file('good.json', good);
    const large = await file('large.json', `{"schemaVersion":4,${' '.repeat(2 ** 16)}`);
    await truncate(large, 513 * 1024 * 1024);
    for (const [path, message] of [
      [join(dir, 'none.json'), 'does not exist'],
      [dir, 'is a directory'],
      [large, 'is larger than 128 MiB'],
    ] as const) {
      const { code, stderr } = await cli(['compare', a, path]);
      expect(stderr).toContain(message);
      expect(code).toBe(2);
    }
    expect((await cli(['compare', a])).code).toBe(2);
  });
});
