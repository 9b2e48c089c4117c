import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CostsResult, costsResultSchema } from '../../src/costs/schema.js';
import { useBin } from '../helpers/bin.js';

const bins = useBin({ engine: 'native' });
const small =
  '--rounds 2 --builds 2 --keys 2000 --heaps 1000 --connections 50 --out costs.json'.split(' ');

function saved(): CostsResult {
  const text = readFileSync(join(bins.current.dir, 'costs.json'), 'utf8');
  return costsResultSchema.parse(JSON.parse(text));
}

function figureOf({ figures }: CostsResult, target: string, figure: string) {
  const found = figures.find((one) => one.target === target && one.figure === figure);
  if (!found) throw new Error(`no ${figure} of ${target}`);
  return found;
}

test('what both servers are made of, and what they need to run', async () => {
  const run = bins.current.start(['costs', '--only', 'artifact,source,start,threads', ...small]);
  expect(await run.ended, run.output.stderr).toBe(0);
  const result = saved();
  const value = (target: string, figure: string) => figureOf(result, target, figure).value ?? 0;
  for (const target of ['rust', 'go']) {
    expect(value(target, 'artifact.stripped')).toBeLessThanOrEqual(value(target, 'artifact.size'));
    expect(value(target, 'artifact.code')).toBeLessThan(value(target, 'artifact.stripped'));
    expect(value(target, 'artifact.compressed')).toBeLessThan(value(target, 'artifact.stripped'));
    expect(value(target, 'source.code')).toBeGreaterThan(500);
    expect(value(target, 'source.branches')).toBeGreaterThan(50);
    expect(value(target, 'source.branches')).toBeLessThan(value(target, 'source.code') / 2);
  }
  // Its net package would be linked dynamically if cgo were on.
  expect(figureOf(result, 'go', 'artifact.libraries')).toMatchObject({ value: 0, detail: 'none' });
  expect(value('rust', 'artifact.libraries')).toBeGreaterThan(0);
  expect(value('rust', 'source.dependencies')).toBeGreaterThan(value('rust', 'source.direct'));
  expect(figureOf(result, 'rust', 'source.direct').detail).toContain('actix-web');
  expect(value('rust', 'source.foreign')).toBeGreaterThan(10_000);
  expect(value('rust', 'source.foreign-branches')).toBeGreaterThan(1000);
  expect(value('go', 'source.dependencies')).toBe(0);
  const alone = figureOf(result, 'go', 'artifact.alone');
  // A container may forbid it.
  if (alone.reason === null) {
    expect(alone.value).toBe(1);
    expect(figureOf(result, 'rust', 'artifact.alone').value).toBe(0);
    expect(value('rust', 'artifact.image')).toBeGreaterThan(value('rust', 'artifact.size'));
  } else {
    expect(alone.reason).toContain('a root of its own');
  }
  expect(figureOf(result, 'go', 'threads.stack').value).toBeGreaterThanOrEqual(2048);
  expect(figureOf(result, 'rust', 'threads.stack').reason).toContain('no goroutines');
  expect(figureOf(result, 'rust', 'start.warm').values).toHaveLength(4);
  expectValuesOrReasons(result);
});

function expectValuesOrReasons({ figures }: CostsResult): void {
  for (const { figure, value, reason } of figures) {
    expect([figure, value === null]).toEqual([figure, reason !== null]);
  }
}

// Without one: test/cli/costs.test.ts.
test('the collector is asked of the one that has one', async () => {
  const targets = ['go', 'go+nogc'];
  const args = ['costs', ...targets, '--only', 'collector', ...small];
  const run = bins.current.start(args);
  expect(await run.ended, run.output.stderr).toBe(0);
  const result = saved();
  expect(figureOf(result, 'go', 'collector.cycles').value).toBeGreaterThan(0);
  expect(figureOf(result, 'go', 'collector.assist').reason).toBeNull();
  expect(figureOf(result, 'go', 'collector.scheduling').value).toBeGreaterThan(0);
  // With so few keys it does not come to the limit of its memory.
  expect(figureOf(result, 'go+nogc', 'collector.cycles').value).toBe(0);
  expect(figureOf(result, 'go+nogc', 'collector.p99').reason).toContain(' 0 held the end of a');
  for (const target of targets) {
    expect(figureOf(result, target, 'collector.faults').reason).toBeNull();
    expect(figureOf(result, target, 'collector.keys')).toMatchObject({ heap: 1000, value: 1000 });
    expect(result.series?.find((one) => one.target === target)).toMatchObject({ keys: 1000 });
  }
  expectValuesOrReasons(result);
});

test('Ctrl-C keeps what is known of memory, and leaves nothing', async () => {
  const args = ['costs', 'go', '--only', 'artifact,memory', ...small, '--rounds', '100'];
  const run = bins.current.start(args);
  await expect
    .poll(
      () => {
        try {
          return saved().figures.some(({ figure }) => figure === 'memory.key');
        } catch {
          return false;
        }
      },
      { timeout: 120_000 },
    )
    .toBe(true);
  run.child.kill('SIGINT');
  expect(await run.ended).toBe(130);
  const result = saved();
  expect(result).toMatchObject({ state: 'interrupted' });
  expectValuesOrReasons(result);
  for (const figure of ['key', 'key-overhead', 'connection', 'huge', 'idle']) {
    expect(figureOf(result, 'go', `memory.${figure}`).reason, figure).toBeNull();
  }
  expect(run.output.stdout).toContain('interrupted');
  expect(run.output.stderr).toContain('saved to');
});
