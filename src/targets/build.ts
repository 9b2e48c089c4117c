import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { KvbenchError, messageOf } from '../errors.js';
import { packagePath } from '../package.js';
import type { Artifact } from '../result/schema.js';
import type { Target } from './targets.js';
import { runTool, toolchainVersion } from './tool.js';

export interface BuildOptions {
  /** Where artifacts are kept. */
  cacheDir: string;
  signal: AbortSignal;
  /** Build even if the cache has it, to time the build again. */
  force?: boolean;
  /** Called when a build, which takes a while, begins. */
  onStart?: (target: Target) => void;
}

/**
 * Builds a target, or takes it from the cache if the same sources, flags and toolchain were built
 * before. Nothing is written beside the sources. Throws a `target` error with the tool's output if
 * the build fails.
 *
 * There is no lock: each process builds in a directory of its own and renames the finished files
 * into place, so two at a time cost a build, never a broken cache.
 */
export async function buildTarget(target: Target, options: BuildOptions): Promise<Artifact> {
  const source = packagePath(target.sourceDir);
  const toolchain = await toolchainVersion(target, source);
  const key = await artifactKey(target, source, toolchain);
  const entry = join(options.cacheDir, 'artifacts', `${target.name}-${key.slice(0, 16)}`);
  if (!options.force) {
    const cached = await readEntry(entry, target);
    if (cached) return cached;
  }
  const work = await createWorkDir(options.cacheDir, target);
  try {
    options.onStart?.(target);
    return await buildInto(entry, { target, source, work, toolchain, signal: options.signal });
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 3 });
  }
}

interface BuildContext {
  target: Target;
  source: string;
  work: string;
  toolchain: string;
  signal: AbortSignal;
}

async function buildInto(
  entry: string,
  { target, source, work, toolchain, signal }: BuildContext,
): Promise<Artifact> {
  const dirs = { source, work: join(work, 'build') };
  const env = target.buildEnv(dirs);
  const run = async (command: string[]) => {
    const { failed, output } = await runTool(command, { cwd: source, env, signal });
    if (failed) {
      throw new KvbenchError(
        'target',
        `${target.name} did not build: \`${command.slice(0, 2).join(' ')}\` failed.`,
        'Its output is below. A missing download needs the network once.',
        { output },
      );
    }
  };
  if (target.fetchCommand) await run(target.fetchCommand);
  const startMs = performance.now();
  await run(target.buildCommand(dirs));
  const buildMs = Math.round(performance.now() - startMs);

  const built = target.builtPath(dirs);
  await chmod(built, 0o755);
  const bytes = await readFile(built);
  const artifact: Artifact = {
    target: target.name,
    path: join(entry, target.executable),
    sizeBytes: bytes.length,
    sha256: sha256(bytes),
    toolchain,
    flags: target.flags,
    buildMs,
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

/** The cached artifact, if it is whole: a damaged one is built anew. */
async function readEntry(entry: string, target: Target): Promise<Artifact | null> {
  try {
    const artifact = JSON.parse(await readFile(join(entry, 'artifact.json'), 'utf8')) as Artifact;
    const path = join(entry, target.executable);
    return sha256(await readFile(path)) === artifact.sha256 ? { ...artifact, path } : null;
  } catch {
    return null;
  }
}

/** A directory for one build; removes those that killed processes left behind. */
async function createWorkDir(cacheDir: string, target: Target): Promise<string> {
  const parent = join(cacheDir, 'builds');
  try {
    await mkdir(parent, { recursive: true });
    for (const name of await readdir(parent)) {
      const owner = Number(name.split('-')[0]);
      if (!isRunning(owner)) await rm(join(parent, name), { recursive: true, force: true });
    }
    return await mkdtemp(join(parent, `${process.pid}-${target.name}-`));
  } catch (error) {
    throw new KvbenchError(
      'usage',
      `The cache directory can't be written: ${messageOf(error)}.`,
      'Set XDG_CACHE_HOME to a writable directory.',
      { cause: error },
    );
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Everything that decides what the build leaves, as one hash. */
async function artifactKey(target: Target, source: string, toolchain: string): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([process.platform, process.arch, toolchain, target.flags]));
  for (const file of await sourceFiles(target, source)) {
    hash.update(JSON.stringify([file, sha256(await readFile(join(source, file)))]));
  }
  return hash.digest('hex');
}

async function sourceFiles(target: Target, dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .filter(target.isSource)
    .sort();
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
