import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cli, ownDirs } from '../helpers/cli.js';
import { aSweepResult } from '../helpers/reports.js';
import { aRichRun, recordedGate } from '../helpers/saved.js';

let dirs: Awaited<ReturnType<typeof ownDirs>>;
beforeEach(async () => {
  dirs = await ownDirs();
  const documents = { run: aRichRun(), gate: recordedGate('pass'), sweep: aSweepResult() };
  for (const [name, document] of Object.entries(documents)) {
    await writeFile(join(dirs.dir, `${name}.json`), JSON.stringify(document));
  }
});
afterEach(() => dirs.remove());
const report = (...args: string[]) => cli(['report', ...args], { cwd: dirs.dir, env: dirs.env });
const file = (...path: string[]) => readFile(join(dirs.dir, ...path), 'utf8');

test('without flags it prints what run, gate and sweep print', async () => {
  const { code, stdout, stderr } = await report('run.json', 'gate.json', 'sweep.json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^rust vs go: get, 16 connections/);
  expect(stdout).toContain('Response time at 500 requests/s to each (open loop, constant)');
  expect(stdout).toContain('pass: after 24 rounds every gated figure');
  expect(stdout).toContain('go keeps p99<5ms up to 32,980 requests/s');
});

test('the text has the plots of each, and none with --no-plot', async () => {
  const all = ['run.json', 'gate.json', 'sweep.json'];
  const titles = ['Over the run (', 'Round by round (', 'get: latency against rate\n'];
  const { stdout } = await report(...all);
  for (const title of titles) expect(stdout).toContain(title);
  const bare = await report(...all, '--no-plot');
  for (const title of titles) expect(bare.stdout).not.toContain(title);
  expect(bare.code).toBe(0);
});

test('one call writes a page, Markdown and the drawings that it refers to, and says so', async () => {
  const flags = ['--html', 'out/a.html', '--markdown', 'out/a.md', '--svg', 'out/my charts'];
  const { code, stdout, stderr } = await report(
    'run.json',
    'gate.json',
    ...flags,
    '--title',
    'Ours',
  );
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).toMatch(/^wrote .*a\.html\nwrote \d+ charts to .*my charts\nwrote .*a\.md\n$/);
  expect(await file('out', 'a.html')).toContain('<h1>Ours</h1>');
  const links = [...(await file('out', 'a.md')).matchAll(/!\[[^\]]*\]\(([^)]*)\)/g)];
  const drawings = await readdir(join(dirs.dir, 'out', 'my charts'));
  expect(links.map(([, link]) => link).toSorted()).toEqual(
    drawings.map((name) => `my%20charts/${name}`).toSorted(),
  );
  expect(drawings.length).toBeGreaterThan(5);
  expect(await file('out', 'my charts', drawings[0] ?? '')).toMatch(/^<svg xmlns=/);
});

test.each([['--markdown'], ['--markdown', '-'], ['--html', '-']])(
  '%s %s goes to standard output',
  async (...flags) => {
    const { code, stdout, stderr } = await report('gate.json', ...flags);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(flags[0] === '--html' ? /^<!doctype html>/ : /^## kvbench gate: go/);
  },
);

test.each<[args: string[], problem: RegExp]>([
  [[], /missing required argument/],
  [['none.json'], /none\.json does not exist/],
  [['run.json', '--html', 'run.json'], /--html would write over .*run\.json/],
  [['gate.json', '--markdown', 'run.json'], /--markdown would write over .*run\.json/],
  [['run.json', '--html', 'new.json'], /looks like a result/],
  [['run.json', '--html', 'dir'], /it is a directory/],
  [['run.json', '--html', 'a-file/x.html'], /can't be written to/],
  [['run.json', '--svg', 'a-file'], /can't be written to/],
  [['run.json', '--html', 'x', '--markdown', 'x'], /--html and --markdown both write/],
  [['run.json', '--html', '-', '--markdown'], /both write to standard output/],
])('%j is a usage error, and nothing is written', async (args, problem) => {
  await mkdir(join(dirs.dir, 'dir'));
  await writeFile(join(dirs.dir, 'a-file'), 'kept');
  const before = await readdir(dirs.dir);
  const { code, stdout, stderr } = await report(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(problem);
  expect(stderr).not.toMatch(/\n {4}at /);
  expect(await readdir(dirs.dir)).toEqual(before);
  expect(await file('a-file')).toBe('kept');
});

test('one bad file among good ones leaves no page', async () => {
  await writeFile(join(dirs.dir, 'bad.json'), '{"a":');
  const { code, stderr } = await report('run.json', 'bad.json', '--html', 'page.html');
  expect(code).toBe(2);
  expect(stderr).toContain('bad.json ends in the middle');
  expect(await readdir(dirs.dir)).not.toContain('page.html');
  await rm(join(dirs.dir, 'bad.json'));
});
