import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TargetSpec } from '../../src/config/target-spec.js';
import { ownTarget } from '../../src/targets/own.js';
import { aSpec } from '../helpers/own.js';
import { isAlive } from '../helpers/processes.js';

type Build = NonNullable<TargetSpec['settings']['build']>;

let dir: string;
let cacheDir: string;
let builds: number;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-own-'));
  cacheDir = join(dir, 'cache');
  builds = 0;
  await writeFile(join(dir, 'main.txt'), 'one');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const aBuild = (changes: Partial<Build> = {}): Build => ({
  command: 'cat main.txt > server; echo $FLAVOUR >> server; chmod 755 server',
  shell: true,
  inputs: ['*.txt'],
  artifact: 'server',
  env: { FLAVOUR: 'plain' },
  ...changes,
});

function build(settings: Build, options: { signal?: AbortSignal; force?: boolean } = {}) {
  const start = { command: ['{artifact}', '{port}'] };
  const withArtifact = settings.artifact ? start : { command: ['./server', '{port}'] };
  return ownTarget(aSpec({ build: settings, start: withArtifact }, dir), {
    allowRemote: false,
  }).build({
    cacheDir,
    signal: new AbortController().signal,
    onStart: () => builds++,
    ...options,
  });
}

test('happens again only if an input has changed', async () => {
  const first = await build(aBuild());
  expect(await readFile(first?.path ?? '', 'utf8')).toBe('oneplain\n');
  expect((await stat(first?.path ?? '')).mode & 0o777).toBe(0o755);
  expect(first).toMatchObject({ target: 'mine', sizeBytes: 9 });
  expect(first?.toolchain).toBe('sh');
  expect(await build(aBuild())).toEqual(first);
  expect(builds).toBe(1);

  await writeFile(join(dir, 'main.txt'), 'two');
  const second = await build(aBuild());
  expect(second?.path).not.toBe(first?.path);
  // The kept copy is what is started: what is built later does not change it.
  expect(await readFile(first?.path ?? '', 'utf8')).toBe('oneplain\n');
  await build(aBuild({ env: { FLAVOUR: 'hot' } }));
  expect(builds).toBe(3);
  await build(aBuild(), { force: true });
  expect(builds).toBe(4);
});

test.each([
  ['inputs', { inputs: undefined }],
  ['an artifact', { artifact: undefined }],
])('happens every time without %s', async (_, changes) => {
  const settings = aBuild(changes as Partial<Build>);
  const artifact = await build(settings);
  expect(artifact === null).toBe('artifact' in changes);
  await build(settings);
  expect(builds).toBe(2);
});

test('inputs can be left out again', async () => {
  const settings = aBuild({ inputs: ['*.txt', '!notes.txt'] });
  await build(settings);
  await writeFile(join(dir, 'notes.txt'), 'changes nothing');
  await build(settings);
  expect(builds).toBe(1);
});

test.each<[string, Partial<Build>, exitCode: number, message: RegExp]>([
  [
    'no command',
    { command: ['no-such-tool'], shell: false },
    3,
    /no command "no-such-tool" .*build\.command/,
  ],
  [
    'failure',
    { command: 'echo on stdout; echo and stderr >&2; exit 1' },
    3,
    /did not build: .*build\.command/,
  ],
  [
    'time',
    { command: 'echo on stdout; echo and stderr; sleep 600', timeoutMs: 2000 },
    3,
    /not built within 2 s .*build\.command/,
  ],
  ['no artifact', { artifact: 'other' }, 3, /left no artifact: .*other .*build\.artifact/],
  [
    'no file',
    { command: 'mkdir there', artifact: 'there' },
    3,
    /artifact is no file: .*build\.artifact/,
  ],
  [
    'no input',
    { inputs: ['*.txt', '*.none'] },
    2,
    /matches no file: "\*\.none" .*build\.inputs\.1/,
  ],
])('%s', async (name, changes, exitCode, message) => {
  const error = await build(aBuild(changes)).catch((e) => e);
  expect(error).toMatchObject({ name: 'KvbenchError', exitCode });
  expect(error.message).toMatch(message);
  expect(error.message).toMatch(/targets\.mine\.build\.[a-z.0-9]+\)\.$/);
  if (name === 'failure' || name === 'time') {
    expect(error.output).toContain('on stdout');
    expect(error.output).toContain('and stderr');
  }
  expect(await readdir(join(cacheDir, 'builds')).catch(() => [])).toEqual([]);
});

test('what git keeps beside the sources is none of them', async () => {
  const settings = aBuild({ inputs: ['**/*', '!cache/**', '!server'] });
  for (const text of ['one', 'two']) {
    await mkdir(join(dir, '.git', 'refs'), { recursive: true });
    await writeFile(join(dir, '.git', 'refs', 'main'), text);
    await build(settings);
  }
  expect(builds).toBe(1);
});

test('a command that may not be run', async () => {
  await chmod(join(dir, 'main.txt'), 0o644);
  const { shell: _, ...rest } = aBuild();
  await expect(build({ ...rest, command: ['./main.txt'] })).rejects.toMatchObject({
    exitCode: 3,
    output: expect.stringContaining('EACCES'),
  });
});

test('an interrupt ends it with what it left in the background', async () => {
  const abort = new AbortController();
  const building = build(aBuild({ command: 'setsid sleep 600 & echo $! > pid; wait' }), {
    signal: abort.signal,
  });
  building.catch(() => {});
  const pidOf = async () => Number(await readFile(join(dir, 'pid'), 'utf8').catch(() => 0));
  await expect.poll(pidOf, { timeout: 60_000 }).toBeGreaterThan(0);
  const pid = await pidOf();
  abort.abort(new Error('stop'));
  await expect(building).rejects.toThrow('stop');
  expect(isAlive(pid)).toBe(false);
});

test('what a build leaves in the background does not outlive it', async () => {
  await build(aBuild({ command: 'setsid sleep 600 & echo $! > pid; cp main.txt server' }));
  expect(isAlive(Number(await readFile(join(dir, 'pid'), 'utf8')))).toBe(false);
});

/** A compiler of that version, first on a PATH of its own, outside of the project. */
async function aCompiler(bin: string, version: string): Promise<string> {
  const script = `#!/bin/sh\n[ "$1" = version ] && { echo T${version}; exit; }\necho "T${version} $(cat main.txt)" > server; chmod 755 server\n`;
  await writeFile(join(bin, 'toolc'), script, { mode: 0o755 });
  return `${bin}:${process.env['PATH']}`;
}

test.each([
  ['that a setting asks', { command: 'toolc', shell: true, toolchain: [['toolc', 'version']] }],
  ['that is the command itself', { command: ['toolc'], shell: false }],
])('an upgraded compiler, %s, builds again', async (_, settings) => {
  // The environment of kvbench is what changes by an upgrade, not that of the config.
  const before = process.env['PATH'];
  const bin = await mkdtemp(join(tmpdir(), 'kvbench-bin-'));
  try {
    const texts: string[] = [];
    for (const version of ['1', '2', '2', '1']) {
      process.env['PATH'] = await aCompiler(bin, version);
      const built = await build(aBuild({ env: {}, ...settings }));
      texts.push((await readFile(built?.path ?? '', 'utf8')).trim());
    }
    expect(texts).toEqual(['T1 one', 'T2 one', 'T2 one', 'T1 one']);
    expect(builds).toBeGreaterThanOrEqual(2);
    expect(builds).toBeLessThanOrEqual(4);
  } finally {
    process.env['PATH'] = before;
    await rm(bin, { recursive: true });
  }
});
