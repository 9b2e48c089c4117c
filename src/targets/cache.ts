import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, KvbenchError, messageOf } from '../errors.js';
import type { Artifact } from '../result/schema.js';

/** Where an artifact is kept, by the hash of all that decides it. */
export function cacheEntry(cacheDir: string, target: string, key: string): string {
  return join(cacheDir, 'artifacts', `${target}-${key.slice(0, 16)}`);
}

/** The cached artifact, if it is whole: a damaged one is built anew. */
export async function readEntry(entry: string, executable: string): Promise<Artifact | null> {
  try {
    const artifact = JSON.parse(await readFile(join(entry, 'artifact.json'), 'utf8')) as Artifact;
    const path = join(entry, executable);
    return sha256(await readFile(path)) === artifact.sha256 ? { ...artifact, path } : null;
  } catch {
    return null;
  }
}

/**
 * Moves a finished file from the work directory into the cache, under the name of the executable. There is no lock: each process
 * builds in a directory of its own and renames into place, so two at a time cost a build, never a
 * broken cache.
 */
export async function keepArtifact(
  entry: string,
  { work, built, executable }: { work: string; built: string; executable: string },
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
  const description = join(work, 'artifact.json');
  await writeFile(description, `${JSON.stringify(artifact, null, 2)}\n`);
  await mkdir(entry, { recursive: true });
  // Renaming replaces a file at once, also one that another process is about to start. Whoever
  // reads in between sees a hash that does not fit, and builds.
  await rename(built, artifact.path);
  await rename(description, join(entry, 'artifact.json'));
  return artifact;
}

/** Gives `use` a directory of its own, which is removed afterwards. */
export async function withWorkDir<T>(
  cacheDir: string,
  target: string,
  use: (dir: string) => Promise<T>,
): Promise<T> {
  const dir = await createWorkDir(cacheDir, target);
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
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A directory for one build; removes those that killed processes left behind. */
async function createWorkDir(cacheDir: string, target: string): Promise<string> {
  const parent = join(cacheDir, 'builds');
  try {
    await mkdir(parent, { recursive: true });
    for (const name of await readdir(parent)) {
      const owner = Number(name.split('-')[0]);
      if (!isRunning(owner)) await rm(join(parent, name), { recursive: true, force: true });
    }
    return await mkdtemp(join(parent, `${process.pid}-${target}-`));
  } catch (error) {
    throw new KvbenchError(
      'usage',
      `The cache directory can't be written: ${messageOf(error)}.`,
      'Set XDG_CACHE_HOME to a writable directory.',
      { cause: error },
    );
  }
}

/** Whether there is a process of that pid, be it ours or not. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
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
