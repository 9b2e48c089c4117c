import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KvbenchError } from '../../src/errors.js';
import { buildBundled } from '../../src/targets/build.js';
import { profdataBeside } from '../../src/targets/family/llvm-profdata.js';
import { keptProfile, trainingLoad } from '../../src/targets/profile.js';
import type { Profiling, Recipe } from '../../src/targets/recipe.js';
import type { Train } from '../../src/targets/target.js';

let cacheDir: string;
let starts: number;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'kvbench-cache-'));
  starts = 0;
});
afterEach(() => rm(cacheDir, { recursive: true, force: true }));

/** A server that leaves a line in the file of its variable as it ends, if it has that. */
const recorder = `#!${process.execPath}
process.on('SIGTERM', () => {
  const file = process.env.FAKE_PROFILE;
  if (file) require('node:fs').writeFileSync(file, 'seen');
  process.exit(0);
});
// After that: who reads this may end it at once.
const addr = '127.0.0.1:9';
console.log(JSON.stringify({ event: 'listening', addr, adminAddr: addr, pid: process.pid }));
setInterval(() => {}, 1000);
`;

/** What node builds: the recorder, or a copy of the profile. */
const build = `
const [work, profile] = process.argv.slice(1);
fs.mkdirSync(work, { recursive: true });
fs.writeFileSync(work + '/out', profile ? fs.readFileSync(profile) : process.env.RECORDER);
`;
const node = (script: string, ...args: string[]) => [process.execPath, '-e', script, ...args];

function tunedTarget(profile: Partial<Profiling> = {}): Recipe {
  return {
    name: 'fake',
    description: '',
    sourceDir: 'go-kv',
    isSource: (file) => file === 'go.mod',
    executable: 'fake-kv',
    tool: { command: 'node', installHint: 'Install Node' },
    versionCommands: [],
    fetchCommand: null,
    flags: ['pgo'],
    buildCommand: ({ work, profile: file }) => node(build, work, ...(file ? [file] : [])),
    buildEnv: () => ({ RECORDER: recorder }),
    builtPath: ({ work }) => `${work}/out`,
    profile: { startEnv: (file) => ({ FAKE_PROFILE: file }), converter: null, ...profile },
  };
}

const engine = { name: 'undici' as const, version: '1' };
const buildTuned = (recipe: Recipe, train: Train = async () => ({ requests: 3, engine })) =>
  buildBundled(recipe, {
    cacheDir,
    signal: new AbortController().signal,
    train,
    onStart: () => starts++,
  });

test('a tuned build is built by what it did under load, and says under which', async () => {
  const loads: unknown[] = [];
  const train: Train = async (server, load) => {
    loads.push([server.target, load]);
    return { requests: 3, engine };
  };
  const artifact = await buildTuned(tunedTarget(), train);
  expect(await readFile(artifact.path, 'utf8')).toBe('seen');
  expect(artifact.training).toEqual({ ...trainingLoad, requests: 3, engine });
  // Kept with it, for whoever builds it again.
  expect(await readFile(keptProfile(artifact) ?? '', 'utf8')).toBe('seen');
  expect(loads).toEqual([['fake', trainingLoad]]);
  expect(starts).toBe(2);
  expect(await buildTuned(tunedTarget(), train)).toEqual(artifact);
  expect(loads).toHaveLength(1);
  expect(await readdir(join(cacheDir, 'builds'))).toEqual([]);
});

test('what was recorded is converted where a compiler wants it otherwise', async () => {
  const convert = 'fs.writeFileSync(process.argv[2], fs.readFileSync(process.argv[1]) + " twice")';
  const converter = async () => (from: string, to: string) => node(convert, from, to);
  const { path } = await buildTuned(tunedTarget({ converter }));
  expect(await readFile(path, 'utf8')).toBe('seen twice');
});

test('a tool that is missing is told before anything is built', async () => {
  let trained = false;
  const converter = async () => {
    throw new KvbenchError('target', 'no tool', 'get it');
  };
  const train = async () => {
    trained = true;
    return { requests: 3, engine };
  };
  const nothing = { ...tunedTarget({ converter }), buildCommand: () => node('process.exit(1)') };
  await expect(buildTuned(nothing, train)).rejects.toThrow('no tool');
  expect(trained).toBe(false);
});

test.each<[string, Partial<Profiling>, Train, string]>([
  [
    'leaves no profile',
    { startEnv: () => ({}) },
    async () => ({ requests: 3, engine }),
    'no profile',
  ],
  [
    'does not bear the load',
    {},
    async () => {
      throw new KvbenchError('target', 'it does not answer', 'look');
    },
    'does not answer',
  ],
])('a server that %s leaves no build', async (_, profile, train, message) => {
  await expect(buildTuned(tunedTarget(profile), train)).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining(message),
  });
  expect(await readdir(cacheDir)).toEqual(['builds']);
  expect(await readdir(join(cacheDir, 'builds'))).toEqual([]);
});

test('llvm-profdata is that of the toolchain, or how to get it is told', async () => {
  const libDir = join(cacheDir, 'lib');
  await expect(profdataBeside(libDir, 'rust+pgo')).rejects.toMatchObject({
    exitCode: 3,
    hint: expect.stringContaining('rustup component add llvm-tools'),
  });
  const tool = join(cacheDir, 'bin', 'llvm-profdata');
  await mkdir(join(cacheDir, 'bin'));
  await writeFile(tool, '');
  const convert = await profdataBeside(libDir, 'rust+pgo');
  expect(convert('from', 'to')).toEqual([tool, 'merge', '-o', 'to', 'from']);
});
