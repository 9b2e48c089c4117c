import { createHash } from 'node:crypto';
import {
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { codeOf, KvbenchError, messageOf } from '../errors.js';
import { makeDirectory } from '../files.js';
import type { Artifact } from '../result/schema.js';

/** Shows that something kept is in use: its directory gets the present time. */
export async function markUsed(path: string): Promise<void> {
  const now = new Date();
  // A cache that can't be written can be read all the same.
  await utimes(path, now, now).catch(() => {});
}

/** Where an artifact is kept, by the hash of all that decides it. */
export function cacheEntry(cacheDir: string, target: string, key: string): string {
  return join(cacheDir, 'artifacts', `${target}-${key.slice(0, 16)}`);
}

/** What stands beside an executable: under a name that the executable does not have. */
function descriptionOf(executable: string): string {
  return executable === 'artifact.json' ? 'about.json' : 'artifact.json';
}

/** The cached artifact, if it is whole: a damaged one is built anew. */
export async function readEntry(entry: string, executable: string): Promise<Artifact | null> {
  try {
    const artifact = JSON.parse(
      await readFile(join(entry, descriptionOf(executable)), 'utf8'),
    ) as Artifact;
    const path = join(entry, executable);
    if (sha256(await readFile(path)) !== artifact.sha256) return null;
    await markUsed(entry);
    return { ...artifact, path };
  } catch {
    return null;
  }
}

interface BuiltFiles {
  work: string;
  built: string;
  executable: string;
  /** More that is kept, under their own names. */
  beside?: readonly string[];
}

/**
 * Moves a finished file from the work directory into the cache, under the name of the executable. There is no lock: each process
 * builds in a directory of its own and renames into place, so two at a time cost a build, never a
 * broken cache.
 */
export async function keepArtifact(
  entry: string,
  { work, built, executable, beside = [] }: BuiltFiles,
  about: Omit<Artifact, 'path' | 'sizeBytes' | 'sha256' | 'builtAt'>,
): Promise<Artifact> {
  const bytes = await readFile(built);
  const artifact: Artifact = {
    ...about,
    path: join(entry, executable),
    sizeBytes: bytes.length,
    sha256: sha256(bytes),
    builtAt: new Date().toISOString(),
  };
  const name = descriptionOf(executable);
  const description = join(work, name);
  await writeFile(description, `${JSON.stringify(artifact, null, 2)}\n`);
  await makeDirectory(entry);
  for (const file of beside) await rename(file, join(entry, basename(file)));
  // Renaming replaces a file at once, also one that another process is about to start. Whoever
  // reads in between sees a hash that does not fit, and builds.
  await rename(built, artifact.path);
  await rename(description, join(entry, name));
  return artifact;
}

/** Gives `use` a directory of its own, which is removed afterwards. */
export async function withWorkDir<T>(
  cacheDir: string,
  target: string,
  use: (dir: string) => Promise<T>,
): Promise<T> {
  const dir = await createWorkDir(cacheDir, target);
  const beat = setInterval(() => touch(dir).catch(() => {}), beatMs).unref();
  try {
    return await use(dir);
  } catch (error) {
    if (codeOf(error) !== 'ENOSPC' && codeOf(error) !== 'EDQUOT') throw error;
    throw new KvbenchError(
      'usage',
      `There is no space left for what is built: ${messageOf(error)}.`,
      'Free some, or set XDG_CACHE_HOME to a directory on another disk.',
      { cause: error },
    );
  } finally {
    clearInterval(beat);
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** How often the owner of a work directory shows that it lives, and after how long without it is dead. */
const beatMs = 60_000;
export const staleMs = 3_600_000;

/** A directory for one build; removes those that are abandoned. */
async function createWorkDir(cacheDir: string, target: string): Promise<string> {
  const parent = workIn(cacheDir);
  try {
    await makeDirectory(parent);
    const own = await mkdtemp(join(parent, `${target}-`));
    for (const { path } of await listAbandoned(cacheDir)) {
      await rm(path, { recursive: true, force: true });
    }
    return own;
  } catch (error) {
    throw new KvbenchError(
      'usage',
      `The cache directory can't be written: ${messageOf(error)}.`,
      'Set XDG_CACHE_HOME to a writable directory.',
      { cause: error },
    );
  }
}

/** A work directory whose owner no longer shows that it lives. */
interface Abandoned {
  name: string;
  path: string;
  /** When its owner last did, ms since the epoch. */
  touchedMs: number;
}

/**
 * The work directories that killed processes left behind an hour ago. Their age tells, by the clock of
 * the file system: containers and hosts that share a cache share neither pids nor clocks.
 */
export async function listAbandoned(cacheDir: string): Promise<Abandoned[]> {
  const parent = workIn(cacheDir);
  const names = await readdir(parent).catch(() => []);
  // Where nothing can be written nothing can be removed, and the time is an older one.
  await touch(parent).catch(() => {});
  const nowMs = (await stat(parent).catch(() => null))?.mtimeMs ?? 0;
  const abandoned: Abandoned[] = [];
  for (const name of names) {
    const path = join(parent, name);
    const touchedMs = (await stat(path).catch(() => null))?.mtimeMs ?? nowMs;
    if (nowMs - touchedMs > staleMs) abandoned.push({ name, path, touchedMs });
  }
  return abandoned;
}

function workIn(cacheDir: string): string {
  return join(cacheDir, 'builds');
}

/** Something new in it gives a directory the present time, by the clock of its file system. */
async function touch(dir: string): Promise<void> {
  await rmdir(await mkdtemp(join(dir, '.alive-'))).catch(() => {});
}

/** One hash over some facts and over names and contents of files, in the order of their names. */
export async function hashOf(
  facts: readonly unknown[],
  dir: string,
  files: readonly string[],
): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([process.platform, process.arch, ...facts]));
  for (const file of [...files].sort()) {
    hash.update(JSON.stringify([file, sha256(await readFile(join(dir, file)))]));
  }
  return hash.digest('hex');
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Whether there is a directory at that path. */
export async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
