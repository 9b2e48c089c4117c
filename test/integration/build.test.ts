import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { buildBundled } from '../../src/targets/build.js';
import { staleMs, withWorkDir } from '../../src/targets/cache.js';
import type { Recipe } from '../../src/targets/recipe.js';
import { isAlive } from '../helpers/processes.js';

let cacheDir: string;
let builds: number;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'kvbench-cache-'));
  builds = 0;
});
afterEach(() => rm(cacheDir, { recursive: true, force: true }));

/** A target that a shell builds: the same steps as with cargo and go, in a moment. */
function aTarget(script: string, flags: string[] = []): Recipe {
  return {
    name: 'fake',
    description: '',
    sourceDir: 'go-kv',
    isSource: (file) => file === 'go.mod',
    executable: 'fake-kv',
    tool: { command: 'sh', installHint: 'Install a shell' },
    versionCommands: [['echo', 'fake 1.2']],
    fetchCommand: null,
    flags,
    buildCommand: ({ work }) => ['sh', '-c', script, 'sh', work],
    buildEnv: () => ({ FROM_ENV: 'from-env' }),
    builtPath: ({ work }) => `${work}/out`,
  };
}

const good = 'mkdir -p "$1"; printf %s "$FROM_ENV" > "$1/out"';
const build = (target: Recipe, options: { signal?: AbortSignal; force?: boolean } = {}) =>
  buildBundled(target, {
    cacheDir,
    signal: options.signal ?? new AbortController().signal,
    force: options.force ?? false,
    onStart: () => builds++,
  });

test('the second time comes from the cache; other flags are another artifact', async () => {
  const first = await build(aTarget(good));
  expect(await readFile(first.path, 'utf8')).toBe('from-env');
  expect(first).toMatchObject({ target: 'fake', sizeBytes: 8, toolchain: 'fake 1.2' });
  expect(await build(aTarget(good))).toEqual(first);
  expect(builds).toBe(1);
  const other = await build(aTarget(good, ['-x']));
  expect(other.path).not.toBe(first.path);
  await build(aTarget(good), { force: true });
  expect(builds).toBe(3);
  expect(await readdir(join(cacheDir, 'builds'))).toEqual([]);
});

test('a damaged entry is built again', async () => {
  const { path } = await build(aTarget(good));
  await writeFile(path, 'damaged');
  await build(aTarget(good));
  expect(await readFile(path, 'utf8')).toBe('from-env');
  await writeFile(join(path, '..', 'artifact.json'), '{');
  await build(aTarget(good));
  expect(builds).toBe(3);
});

test('many at the same time leave one whole entry', async () => {
  const artifacts = await Promise.all(Array.from({ length: 6 }, () => build(aTarget(good))));
  expect(new Set(artifacts.map(({ path }) => path)).size).toBe(1);
  expect(await readdir(join(cacheDir, 'artifacts'))).toHaveLength(1);
  expect(await readFile(artifacts[0]?.path ?? '', 'utf8')).toBe('from-env');
});

test('a failed build shows the output of the tool and leaves nothing', async () => {
  const target = aTarget('echo on stdout; echo and stderr >&2; exit 1');
  const error = await build(target).catch((e) => e);
  expect(error).toMatchObject({ exitCode: 3, name: 'KvbenchError' });
  expect(error.output).toContain('on stdout');
  expect(error.output).toContain('and stderr');
  expect(await readdir(cacheDir)).toEqual(['builds']);
  expect(await readdir(join(cacheDir, 'builds'))).toEqual([]);
});

test('a missing tool is named, with where to get it', async () => {
  const target = { ...aTarget(good), versionCommands: [['no-such-tool-here', '--version']] };
  await expect(build(target)).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('no-such-tool-here'),
    hint: expect.stringContaining('Install a shell'),
  });
});

test('an interrupted build ends with all its processes, and leaves nothing', async () => {
  const pidFile = join(cacheDir, 'pid');
  // The grandchild stands for rustc, which cargo starts.
  const script = `sleep 600 & echo $! > '${pidFile}'; wait`;
  const abort = new AbortController();
  const building = build(aTarget(script), { signal: abort.signal });
  building.catch(() => {});
  let pid = 0;
  while (!pid) {
    pid = Number(await readFile(pidFile, 'utf8').catch(() => 0));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  abort.abort(new Error('stop'));
  await expect(building).rejects.toThrow('stop');
  await expect.poll(() => isAlive(pid), { timeout: 60_000 }).toBe(false);
  expect(await readdir(join(cacheDir, 'builds'))).toEqual([]);
});

test('what a killed process left in the cache goes with a build an hour later, by its age alone', async () => {
  await build(aTarget(good));
  const inCache = async (name: string, ageMs: number) => {
    const left = join(cacheDir, 'builds', name);
    await mkdir(left);
    const at = (Date.now() - ageMs) / 1000;
    await utimes(left, at, at);
  };
  await inCache('fake-old', staleMs + 60_000);
  // Of this process, if pids told: it lives, but has another's pid in its own container.
  await inCache(`${process.pid}-fake-old`, staleMs + 60_000);
  await inCache('fake-at-work', staleMs - 600_000);
  await inCache('999999999-fake-at-work', 0);
  await build(aTarget(good), { force: true });
  expect(await readdir(join(cacheDir, 'builds'))).toEqual([
    '999999999-fake-at-work',
    'fake-at-work',
  ]);
});

test('a work directory shows by its age that somebody is at work', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    await withWorkDir(cacheDir, 'fake', async (dir) => {
      await utimes(dir, 1, 1);
      await vi.advanceTimersByTimeAsync(60_000);
      await expect.poll(async () => (await stat(dir)).mtimeMs).toBeGreaterThan(1e12);
      expect(await readdir(dir)).toEqual([]);
    });
  } finally {
    vi.useRealTimers();
  }
});

test('an unwritable cache is a usage error', async () => {
  await writeFile(join(cacheDir, 'file'), '');
  const attempt = buildBundled(aTarget(good), {
    cacheDir: join(cacheDir, 'file'),
    signal: new AbortController().signal,
  });
  await expect(attempt).rejects.toMatchObject({ exitCode: 2 });
});
