import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cli } from '../helpers/cli.js';
import { readRecords } from '../helpers/csv.js';
import { aSeriesResult } from '../helpers/reports.js';

let dir = '';
let saved = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-export-'));
  saved = join(dir, 'run.json');
  await writeFile(saved, JSON.stringify(aSeriesResult({ rounds: 1 })));
});
afterEach(() => rm(dir, { recursive: true }));

const run = (...args: string[]) => cli(['export', ...args], { cwd: dir });

describe('kvbench export', () => {
  test.each([
    [['hlog', 'run.json'], '#[Logged by kvbench'],
    [['csv', 'run.json'], 'round,target,'],
    [['csv', 'run.json', '--series'], 'round,target,measure,operation,trial_started_at,'],
    [['openmetrics', 'run.json'], '# TYPE kvbench_start_timestamp_seconds gauge'],
  ])('%j writes to standard output, and nothing else', async (args, start) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.startsWith(start)).toBe(true);
  });

  test('writes to a file, and over it only if told to', async () => {
    const out = join(dir, 'run.csv');
    const first = await run('csv', 'run.json', '--out', 'run.csv');
    expect([first.code, first.stdout, first.stderr]).toEqual([0, '', `written to ${out}\n`]);
    expect(readRecords(await readFile(out, 'utf8'))).toHaveLength(8);
    const second = await run('csv', 'run.json', '--series', '--out', 'run.csv');
    expect(second.code).toBe(2);
    expect(second.stderr).toContain('--force');
    const third = await run('csv', 'run.json', '--series', '--out', 'run.csv', '--force');
    expect(third.code, third.stderr).toBe(0);
    expect(readRecords(await readFile(out, 'utf8')).length).toBeGreaterThan(8);
  });

  test('never writes over the result', async () => {
    const before = await readFile(saved, 'utf8');
    const { code, stderr } = await run('csv', 'run.json', '--out', './run.json', '--force');
    expect(code).toBe(2);
    expect(stderr).toContain('would write over the result');
    expect(await readFile(saved, 'utf8')).toBe(before);
  });

  test.each([
    [[], 'Usage: kvbench export'],
    [['hlog'], "missing required argument 'RESULT.json'"],
    [['hlog', 'none.json'], 'does not exist'],
    [['openmetrics', 'run.json', '--series'], "unknown option '--series'"],
    [['csv', 'run.json', '--out', '/dev/null/x'], "can't be written"],
    [['csv', 'run.json', '--out', '/dev/null/x', '--force'], "can't be written"],
    [['hlog', join(process.cwd(), 'fixtures/gate/pass.json')], '--report bencher=OUT'],
  ])('%j is refused', async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
  });
});
