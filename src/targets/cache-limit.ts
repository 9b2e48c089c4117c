import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listAbandoned, staleMs } from './cache.js';

/** Something that a build or a setup left to be used again. */
export interface Kept {
  /** As `go+chi-0123456789abcdef`. */
  name: string;
  path: string;
  bytes: number;
  /** When it was last used, ms since the epoch. */
  usedMs: number;
}

/** What is used again has a directory of its own in each of these. */
const rooms = ['artifacts', 'setups'];

/** All that is kept, the oldest unused first. */
export async function listKept(cacheDir: string): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (const room of rooms) {
    for (const name of await namesIn(join(cacheDir, room))) {
      const path = join(cacheDir, room, name);
      const usedMs = (await stat(path).catch(() => null))?.mtimeMs;
      if (usedMs !== undefined) kept.push({ name, path, bytes: await bytesOf(path), usedMs });
    }
  }
  return kept.sort((a, b) => a.usedMs - b.usedMs);
}

/** More than every member of both families takes, several times over. */
export const cacheLimitBytes = 2 * 2 ** 30;

/**
 * Removes what has not been used for the longest time until no more is kept than that; never what was used
 * within the last hour, which another process may be about to start. Gives what is gone.
 */
export async function trimCache(cacheDir: string, limitBytes = cacheLimitBytes): Promise<Kept[]> {
  const kept = await listKept(cacheDir);
  let bytes = kept.reduce((sum, one) => sum + one.bytes, 0);
  const gone: Kept[] = [];
  for (const one of kept) {
    if (bytes <= limitBytes || Date.now() - one.usedMs < staleMs) break;
    await rm(one.path, { recursive: true, force: true });
    bytes -= one.bytes;
    gone.push(one);
  }
  return gone;
}

/** Removes what has not been used for so long, and what killed builds have left. Gives what is gone. */
export async function cleanCache(cacheDir: string, unusedMs: number): Promise<Kept[]> {
  const gone: Kept[] = [];
  const now = Date.now();
  for (const one of await listKept(cacheDir)) {
    if (now - one.usedMs < unusedMs) continue;
    await rm(one.path, { recursive: true, force: true });
    gone.push(one);
  }
  for (const { name, path, touchedMs } of await listAbandoned(cacheDir)) {
    gone.push({ name, path, bytes: await bytesOf(path), usedMs: touchedMs });
    await rm(path, { recursive: true, force: true });
  }
  return gone;
}

function namesIn(dir: string): Promise<string[]> {
  return readdir(dir).catch(() => []);
}

async function bytesOf(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        stat(join(entry.parentPath, entry.name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
