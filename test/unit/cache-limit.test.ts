import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { markUsed, readEntry } from '../../src/targets/cache.js';
import { cleanCache, listKept, trimCache } from '../../src/targets/cache-limit.js';
import { cli } from '../helpers/cli.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-cache-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const hourMs = 3_600_000;

/** Something kept that was last used so many hours ago. */
async function keep(name: string, hours: number, bytes = 1000, room = 'artifacts') {
  const path = join(dir, room, name);
  await mkdir(join(path, 'within'), { recursive: true });
  await writeFile(join(path, 'within', 'file'), Buffer.alloc(bytes));
  const used = new Date(Date.now() - hours * hourMs);
  await utimes(path, used, used);
  return path;
}

const names = async () => (await listKept(dir)).map(({ name }) => name);

test('what is kept is listed with its size, the longest unused first', async () => {
  await keep('new', 1);
  await keep('old', 9, 500, 'setups');
  expect(await listKept(dir)).toMatchObject([
    { name: 'old', bytes: 500 },
    { name: 'new', bytes: 1000 },
  ]);
  expect(await listKept(join(dir, 'nowhere'))).toEqual([]);
});

test('above the limit the longest unused goes first, and no more than must', async () => {
  for (const hours of [5, 2, 4, 3]) await keep(`of-${hours}`, hours);
  const gone = await trimCache(dir, 2500);
  expect(gone.map(({ name }) => name)).toEqual(['of-5', 'of-4']);
  expect(await names()).toEqual(['of-3', 'of-2']);
  expect(await trimCache(dir, 2500)).toEqual([]);
});

test('what was used within the hour stays, whatever the limit', async () => {
  await keep('busy', 0);
  const path = await keep('idle', 2);
  await markUsed(path);
  expect(await trimCache(dir, 0)).toEqual([]);
  expect(await names()).toHaveLength(2);
});

test('to take something from the cache is to use it', async () => {
  const path = await keep('go-0', 5);
  await writeFile(join(path, 'artifact.json'), '{"sha256":"wrong"}');
  const old = new Date(Date.now() - 5 * hourMs);
  await utimes(path, old, old);
  await readEntry(path, 'file');
  // It is damaged, so it was not taken.
  expect(Date.now() - (await stat(path)).mtimeMs).toBeGreaterThan(4 * hourMs);
});

test('clean removes what is unused, and what killed builds have left', async () => {
  await keep('old', 30);
  await keep('new', 1);
  await keep('killed', 3, 10, 'builds');
  await keep('running', 0, 10, 'builds');
  const gone = await cleanCache(dir, 24 * hourMs);
  expect(gone.map(({ name }) => name)).toEqual(['old', 'killed']);
  expect(await readdir(join(dir, 'builds'))).toEqual(['running']);
  expect(await names()).toEqual(['new']);
});

test('the command says what it frees', async () => {
  const cacheHome = join(dir, 'home');
  const env = { ...process.env, XDG_CACHE_HOME: cacheHome };
  dir = join(cacheHome, 'kvbench');
  await keep('go-0123', 30, 2048);
  await keep('rust-0123', 1, 1024);
  const some = await cli(['clean', '--unused', '24h'], { env });
  expect(some).toMatchObject({ code: 0 });
  expect(some.stdout).toContain('go-0123: 2.00 KiB');
  expect(some.stdout).toContain('freed 2.00 KiB');
  const rest = await cli(['clean', '--json'], { env });
  expect(JSON.parse(rest.stdout)).toEqual([{ name: 'rust-0123', bytes: 1024 }]);
  const none = await cli(['clean'], { env });
  expect(none.stdout).toContain('nothing to remove');
  const wrong = await cli(['clean', '--unused', 'long'], { env });
  expect(wrong.code).toBe(2);
  dir = cacheHome;
});
