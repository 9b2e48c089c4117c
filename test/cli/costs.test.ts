import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSaved } from '../../src/api/documents.js';
import { costsResultSchema } from '../../src/costs/schema.js';
import { packagePath } from '../../src/package.js';
import { bundledAnd, cli, fixtureTarget, ownDirs } from '../helpers/cli.js';

const bundled = bundledAnd(fixtureTarget());

let dirs: Awaited<ReturnType<typeof ownDirs>>;
beforeEach(async () => {
  dirs = await ownDirs();
});
afterEach(() => dirs.remove());

const small =
  '--rounds 2 --builds 2 --keys 2000 --heaps 1000 --connections 40 --out costs.json'.split(' ');

function costs(...args: string[]) {
  return costsIn(dirs.env, ...args);
}

function costsIn(env: NodeJS.ProcessEnv, ...args: string[]) {
  return cli(['costs', ...args, ...small], { cwd: dirs.dir, env, bundled });
}

async function saved() {
  const text = await readFile(join(dirs.dir, 'costs.json'), 'utf8');
  return costsResultSchema.parse(JSON.parse(text));
}

const figureOf = (result: Awaited<ReturnType<typeof saved>>, target: string, figure: string) =>
  result.figures.find((one) => one.target === target && one.figure === figure);

/** A server of the config whose costs are known. */
async function describe(flags: readonly string[], build?: object) {
  const command = [
    process.execPath,
    packagePath('fixtures/servers/costly.mjs'),
    ...['--port', '{port}'],
    ...flags,
  ];
  const config = {
    targets: { costly: { start: { command }, ...(build && { build }), ready: { http: '/' } } },
    requests: {
      put: { method: 'PUT', path: '/{key}', body: '{value}' },
      get: { path: '/{key}', missing: { status: 404 } },
    },
    run: { connections: 2 },
  };
  await writeFile(join(dirs.dir, 'kvbench.config.json'), JSON.stringify(config));
}

test('a bundled server: part by part, each figure a value or the reason why not', async () => {
  // Those that take long are below and in test/e2e/costs.test.ts.
  const parts = 'artifact,source,start';
  const { code, stdout, stderr } = await costs('fixture', '--only', parts);
  expect(code, stderr).toBe(0);
  const result = await saved();
  expect(result.state).toBe('complete');
  expectValuesOrReasons(result);
  expect(figureOf(result, 'fixture', 'start.warm')?.values).toHaveLength(4);
  expectToFit(stdout);
});

function expectValuesOrReasons({ figures }: Awaited<ReturnType<typeof saved>>): void {
  for (const { figure, value, reason, values } of figures) {
    expect([figure, value === null]).toEqual([figure, reason !== null]);
    if (value !== null) expect(values.length).toBeGreaterThan(0);
  }
}

/** Nothing is wider than a terminal, but for a path, which is never broken. */
function expectToFit(stdout: string): void {
  const wide = stdout.split('\n').filter((line) => line.length > 80 && !/\/\S{40}/.test(line));
  expect(wide).toEqual([]);
}

test('memory of a key and of a connection is found as it is', async () => {
  // More than what the server itself takes meanwhile, and keys more than the connections that bring them.
  const bytes = { key: 100_000, connection: 4_000_000 };
  await describe(Object.entries(bytes).map(([what, count]) => `--${what}-bytes=${count}`));
  const { code, stdout, stderr } = await costs('costly', '--only', 'memory');
  expect(code, stderr).toBe(0);
  const result = await saved();
  expectValuesOrReasons(result);
  expect(figureOf(result, 'costly', 'memory.idle')?.value).toBeGreaterThan(10e6);
  expect(stdout).toContain('Memory');
  expectToFit(stdout);
  for (const [what, count] of Object.entries(bytes)) {
    const found = figureOf(result, 'costly', `memory.${what}`)?.value ?? 0;
    expect(Math.abs(found / count - 1), what).toBeLessThan(0.2);
  }
});

test('of a server of the config its build is timed again and again, and never in silence', async () => {
  await describe([], { command: ['sh', '-c', 'echo built >> log'] });
  const summary = join(dirs.dir, 'summary.md');
  const env = { ...dirs.env, GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
  const { code, stderr } = await costsIn(env, 'costly', '--only', 'build,artifact');
  expect(code, stderr).toBe(0);
  const result = await saved();
  expect(figureOf(result, 'costly', 'build.again')?.values).toHaveLength(2);
  expect(figureOf(result, 'costly', 'build.cold')?.reason).toContain('does not know');
  expect(figureOf(result, 'costly', 'artifact.size')?.reason).toContain('no single file');
  // Once to have it, and twice to time it.
  expect(await readFile(join(dirs.dir, 'log'), 'utf8')).toBe('built\nbuilt\nbuilt\n');
  expect(await readFile(summary, 'utf8')).toMatch(/^### kvbench costs: costly\n[\s\S]*\| again/);
});

test('cold builds are timed by each number of jobs, and more of them than CPUs are told', async () => {
  const bin = join(dirs.dir, 'bin');
  await mkdir(bin);
  // Its cache is moved for cold builds alone.
  const words = ['CARGO_BUILD_JOBS:-any', 'CARGO_TARGET_DIR:+cold'].map((word) => `\${${word}}`);
  const program = `#!/bin/sh\necho "${words.join(' ')}" >>log\n`;
  await writeFile(join(bin, 'cargo'), program, { mode: 0o755 });
  const env = { PATH: `${bin}:${process.env['PATH']}` };
  await describe([], { command: ['cargo', 'build'], env });
  const { code, stdout, stderr } = await costs('costly', '--only', 'build', '--jobs', '1,1000');
  expect(code, stderr).toBe(0);
  const log = await readFile(join(dirs.dir, 'log'), 'utf8');
  const counts = ['any ', 'any cold', '1 cold', '1000 cold'].map(
    (line) => log.split('\n').filter((one) => one === line).length,
  );
  // Once to have it, and twice each to time it.
  expect(counts).toEqual([3, 2, 2, 2]);
  const result = await saved();
  expect(result.settings.jobs).toEqual([1, 1000]);
  for (const figure of ['build.jobs-1', 'build.jobs-1000', 'build.speed-up-1000']) {
    expect(figureOf(result, 'costly', figure)?.values).toHaveLength(2);
  }
  expect(stdout).toContain('cold, 1,000 jobs');
  expect(stdout).toContain('1,000 jobs of a build share');
  expect(stdout).toContain('--jobs');
});

test('page faults are told of any server whose processes are known', async () => {
  await describe([]);
  const { code, stderr } = await costs('costly', '--only', 'collector');
  expect(code, stderr).toBe(0);
  const result = await saved();
  expect(figureOf(result, 'costly', 'collector.p99')?.reason).toContain('no collector');
  if (process.platform !== 'linux') return;
  expect(figureOf(result, 'costly', 'collector.faults')?.values).toHaveLength(2);
  expect(figureOf(result, 'costly', 'collector.faults')?.reason).toBeNull();
});

test('one that is named twice is measured twice, and read by report and export as all are', async () => {
  const { code, stdout } = await costs('fixture', 'fixture', '--only', 'artifact');
  expect(code).toBe(0);
  const result = await saved();
  expect(result.targets.map(({ name }) => name)).toEqual(['fixture', 'fixture#2']);
  expect(stdout).toMatch(/size .* 1\.00×/);

  const path = join(dirs.dir, 'costs.json');
  expect((await readSaved(path)).kind).toBe('costs');
  const options = { cwd: dirs.dir, env: dirs.env };
  const text = await cli(['report', 'costs.json'], options);
  expect(text.stdout).toContain('fixture vs fixture#2');
  const markdown = await cli(['report', 'costs.json', '--markdown'], options);
  expect(markdown.stdout).toContain('## kvbench costs: fixture vs fixture');
  const page = await cli(['report', 'costs.json', '--html', '-'], options);
  expect(page.stdout).toContain('<h1>kvbench costs');
  const csv = await cli(['export', 'csv', 'costs.json'], options);
  expect(csv.stdout).toContain('fixture,artifact.size,bytes,');
  const refused = await cli(['export', 'openmetrics', 'costs.json'], options);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('holds no trials');
});

test.each([
  [['--only', 'memry'], 'only'],
  [['--rounds', '1'], '--rounds'],
  [['--keys', 'many'], '--keys'],
  [['--jobs', 'all'], 'Give a whole number.'],
  [['--jobs', '0'], '--jobs is 0'],
  [['--jobs', '2,1,2'], '--jobs names a number twice'],
  [['--heaps', '1000,most'], '--heaps'],
  [['--heaps', '10'], '--heaps'],
  [['--heaps', 'max,max'], '--heaps names one twice'],
  [['null-rust'], 'measures the instrument'],
  [['rsut'], 'Did you mean rust?'],
])('%j is refused', async (args, words) => {
  const { code, stderr } = await cli(['costs', ...args], { cwd: dirs.dir, env: dirs.env, bundled });
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});

test('a file that cannot be written is told before anything is measured', async () => {
  const args = ['costs', 'fixture', '--out', dirs.dir];
  const { code, stderr } = await cli(args, { cwd: dirs.dir, env: dirs.env, bundled });
  expect(code).toBe(2);
  expect(stderr).toContain('it is a directory');
});
