import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resultSchema } from '../../src/result/schema.js';
import { bundledAnd, cli, ownDirs, unexaminedTarget } from '../helpers/cli.js';

const bundled = bundledAnd(unexaminedTarget());

let dirs: Awaited<ReturnType<typeof ownDirs>>;
beforeEach(async () => {
  dirs = await ownDirs();
  env = {};
});
afterEach(async () => {
  delete process.env['KV_FAULT'];
  delete process.env['KV_FAULT_AFTER'];
  await dirs.remove();
});

const small = '--duration 100ms --warmup 50ms --rounds 1 --keys 200 --rate 200 --operations get';

const closed = ['--measure', 'throughput'];

let env: Record<string, string | undefined> = {};

async function run(failOn: readonly string[], ...args: string[]) {
  const out = join(dirs.dir, 'result.json');
  const flags = failOn.flatMap((text) => ['--fail-on', text]);
  const { code, stdout, stderr } = await cli(
    ['run', '--targets', 'fixture', ...small.split(' '), '--out', out, ...flags, ...args],
    { env: { ...dirs.env, ...env }, bundled },
  );
  const { thresholds, config } = resultSchema.parse(JSON.parse(await readFile(out, 'utf8')));
  return { code, stdout, stderr, thresholds, config };
}

test('thresholds that are kept', async () => {
  const { code, stdout, thresholds, config } = await run(['errors>0', 'rps<0', 'rss>1GiB']);
  expect(thresholds.map(({ outcome }) => outcome)).toEqual(['kept', 'kept', 'kept']);
  expect(config.failOn).toEqual(['errors>0', 'rps<0', 'rss>1GiB']);
  expect(stdout).toMatch(/^kept {7}errors>0: fixture get errors 0$/m);
  expect(code).toBe(0);
});

test('one that is broken ends with 1, and what was measured is still there', async () => {
  const { code, stdout, stderr } = await run(['errors>0', 'rss>1kB']);
  expect(stdout).toMatch(/^BROKEN {5}rss>1kB: fixture get RSS peak [\d.]+ MiB$/m);
  expect(stderr).toContain('error: 1 threshold is broken: fixture get RSS peak (rss>1kB).');
  expect(code).toBe(1);
});

test('one that one round can not decide ends with 4', async () => {
  const { code, stdout, stderr, thresholds } = await run(
    ['ratio(fixture/fixture#2).rss>1000'],
    '--targets',
    'fixture,fixture',
  );
  expect(thresholds[0]).toMatchObject({ outcome: 'untrusted' });
  const table = stdout.slice(stdout.indexOf('Thresholds'));
  expect(table).toMatch(/^untrusted .*1 round can't give/ms);
  expect(stderr).toContain("1 threshold can't be decided");
  expect(code).toBe(4);
});

test('broken comes before wrong answers, and wrong answers before kept', async () => {
  process.env['KV_FAULT'] = 'wrong-body';
  // Of every five answers, of which each connection gets one at least.
  process.env['KV_FAULT_AFTER'] = '5';
  const broken = await run(['errors>0'], ...closed);
  expect(broken.thresholds[0]).toMatchObject({ outcome: 'broken', reason: null });
  expect(broken.code).toBe(1);
  expect((await run(['errors>99%'], ...closed)).code).toBe(4);
  expect((await run(['rps<1'], ...closed)).stderr).toMatch(/ wrong or missing answers?/);
});

test('GitHub is told by annotations and by a summary; standard output stays JSON with --json', async () => {
  const summary = join(dirs.dir, 'summary.md');
  env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
  const { stdout, stderr } = await run(['rss>1kB'], '--json');
  expect(JSON.parse(stdout)).toMatchObject({ state: 'complete' });
  expect(stderr.match(/^::error title=.*$/gm)).toEqual([
    expect.stringMatching(
      /^::error title=kvbench run%3A threshold broken::rss>1kB: fixture get RSS/,
    ),
  ]);
  expect(await readFile(summary, 'utf8')).toMatch(
    /^### kvbench run: fixture\n\n(- )?❌ \*\*broken\*\*: rss&gt;1kB: /,
  );
});
