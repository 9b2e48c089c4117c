import { chmod, copyFile, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { TargetSpec } from '../config/target-spec.js';
import { KvbenchError } from '../errors.js';
import type { Artifact } from '../result/schema.js';
import { cacheEntry, hashOf, keepArtifact, readEntry, sha256, withWorkDir } from './cache.js';
import { argumentList, checkDir } from './launch.js';
import { inputFiles, runStep } from './own-step.js';
import type { BuildOptions } from './target.js';
import { type Toolchain, toolchainOf } from './toolchain.js';

type Build = NonNullable<TargetSpec['settings']['build']>;

/**
 * Builds a server as its config says; null if that names no artifact. With inputs and an artifact
 * a build is kept under the hash of both, and happens only if that is new. Throws a `target` error
 * with the output of a build that fails, and a usage error for inputs that are not there.
 */
export async function buildOwn(spec: TargetSpec, options: BuildOptions): Promise<Artifact | null> {
  const { build } = spec.settings;
  if (!build) return null;
  await checkDir(spec);
  const tools = await toolchainOfBuild(spec, build);
  const key = await sourcesKey(spec, build, { ...options, versions: tools.versions });
  if (key !== null && build.artifact && !options.force) {
    const entry = cacheEntry(options.cacheDir, spec.name, key);
    const cached = await readEntry(entry, basename(build.artifact));
    if (cached) return cached;
  }
  options.onStart?.();
  const startMs = performance.now();
  await runStep(spec, 'build', build, options.signal);
  const buildMs = Math.round(performance.now() - startMs);
  if (!build.artifact) return null;

  const left = await findArtifact(spec, build.artifact);
  const [tool = '', ...flags] = argumentList(build.command);
  const toolchain = tools.told.length > 0 ? tools.told.join('\n') : tool;
  return withWorkDir(options.cacheDir, spec.name, async (work) => {
    const copy = join(work, basename(left));
    await copyFile(left, copy);
    await chmod(copy, (await stat(left)).mode);
    const entry = cacheEntry(options.cacheDir, spec.name, key ?? sha256(await readFile(copy)));
    // Where its compiler keeps what is its own affair.
    const about = { target: spec.name, toolchain, flags, buildMs, isWarm: true };
    return keepArtifact(entry, { work, built: copy, executable: basename(left) }, about);
  });
}

/** What builds it, as its config and its files say. */
export function toolchainOfBuild(
  { dir }: Pick<TargetSpec, 'dir'>,
  { command, env = {}, toolchain = [] }: Build,
): Promise<Toolchain> {
  return toolchainOf({ dir, command: argumentList(command), env, asked: toolchain });
}

/** What decides the build, as one hash; null if nobody says what that is. */
async function sourcesKey(
  spec: TargetSpec,
  build: Build,
  { sourceKey, versions }: Pick<BuildOptions, 'sourceKey'> & { versions: readonly string[] },
): Promise<string | null> {
  const { inputs, command, shell, env, artifact } = build;
  const facts = [command, shell, env, artifact, versions];
  if (sourceKey !== undefined) return hashOf([sourceKey, ...facts], spec.dir, []);
  if (!inputs) return null;
  const files = await inputFiles(spec, 'build', inputs);
  return hashOf([spec.dir, ...facts], spec.dir, files);
}

async function findArtifact(spec: TargetSpec, artifact: string): Promise<string> {
  const path = resolve(spec.dir, artifact);
  const isFile = await stat(path).then(
    (stats) => stats.isFile(),
    () => null,
  );
  if (isFile) return path;
  throw new KvbenchError(
    'target',
    `${spec.name} was built, but ${isFile === false ? 'its artifact is no file' : 'left no artifact'}: ${path} (${spec.place('build', 'artifact')}).`,
    'Name the one file that the build leaves in build.artifact, relative to the directory of the target.',
  );
}
