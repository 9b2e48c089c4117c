import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gateResultSchema } from '../../src/gate/schema.js';
import { useBin } from '../helpers/bin.js';
import { gateConfig, lookAt, serverProgram, useGatedProject } from '../helpers/gated.js';
import { contentsOf } from '../helpers/repository.js';

const bins = useBin();

const projects = useGatedProject({ 'kvbench.config.json': gateConfig({ gate: lookAt(20) }) });

let untouched: Record<string, string>;
beforeEach(async () => {
  await projects.current.write({ 'server.mjs': serverProgram({ note: 'another' }) });
  untouched = await contentsOf(projects.current.path);
});
afterEach(async () => {
  expect(await contentsOf(projects.current.path)).toEqual(untouched);
});

const out = () => join(projects.current.state, 'gate.json');
const saved = () => gateResultSchema.parse(JSON.parse(readFileSync(out(), 'utf8')));
const builds = () => {
  const dir = join(projects.current.cache, 'builds');
  return existsSync(dir) ? readdirSync(dir) : [];
};

function start(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const { XDG_CACHE_HOME } = projects.current.env;
  const config = ['--config', join(projects.current.path, 'kvbench.config.json')];
  return bins.current.start(['gate', '--base', 'main', ...config, '--out', out(), ...args], {
    env: { XDG_CACHE_HOME, ...env },
  });
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s: 130; what was measured is saved and printed',
  async (signal) => {
    const run = start();
    await run.says(/round 2\/20/);
    run.child.kill(signal);
    expect(await run.ended).toBe(130);
    expect(run.output.stdout).toContain('the session was interrupted');
    expect(saved()).toMatchObject({ state: 'interrupted', rounds: [{ number: 1 }] });
    expect(builds()).toEqual([]);
  },
);

test('SIGINT while git writes: 130, and no word of git', async () => {
  const isThere = join(projects.current.state, 'git-began');
  const path = process.env['PATH'] ?? '';
  const script = `#!/bin/sh
case "$*" in *checkout-index*) touch '${isThere}'; exec sleep 60;; esac
PATH='${path}' exec git "$@"
`;
  writeFileSync(join(projects.current.state, 'git'), script, { mode: 0o755 });
  const run = start([], { PATH: `${projects.current.state}${delimiter}${path}` });
  await expect.poll(() => existsSync(isThere), { timeout: 30_000 }).toBe(true);
  run.child.kill('SIGINT');
  expect(await run.ended).toBe(130);
  expect(run.output.stderr).toMatch(/^error: Interrupted by SIGINT\.\n/);
  expect(builds()).toEqual([]);
});

test('SIGKILL: what was measured is there, and the next gate takes the scraps away', async () => {
  const run = start();
  await run.says(/round 2\/20/);
  run.child.kill('SIGKILL');
  expect(await run.ended).toBe('SIGKILL');
  expect(saved()).toMatchObject({ state: 'running', rounds: [{ number: 1 }] });
  expect(builds()).toHaveLength(1);
  const replay = bins.current.start(['gate', '--replay', out()]);
  expect(await replay.ended).toBe(0);
  expect(replay.output.stdout).toContain('rounds that were never measured');
  await expect.poll(() => bins.current.running(), { timeout: 30_000 }).toEqual([]);
  // Young ones may be another's, on another host even; an hour later nobody has touched it.
  const [left = ''] = builds();
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  utimesSync(join(projects.current.cache, 'builds', left), longAgo, longAgo);
  const next = start(['--base', 'nope']);
  expect(await next.ended).toBe(2);
  expect(builds()).toEqual([]);
});

test('two at the same time do not disturb each other', async () => {
  const config = join(projects.current.path, 'kvbench.config.json');
  writeFileSync(config, gateConfig());
  untouched = await contentsOf(projects.current.path);
  const runs = [1, 2].map((number) =>
    start(['--out', join(projects.current.state, `${number}.json`)]),
  );
  for (const run of runs) {
    expect(await run.ended, run.output.stderr).toBe(0);
    expect(run.output.stdout).toMatch(/^inconclusive: /m);
  }
  expect(builds()).toEqual([]);
});
