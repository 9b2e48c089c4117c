import { chmod, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { KvbenchError } from '../errors.js';
import { packagePath } from '../package.js';
import type { Artifact } from '../result/schema.js';
import { cacheEntry, hashOf, keepArtifact, readEntry, withWorkDir } from './cache.js';
import { profileFile, record, trainingLoad } from './profile.js';
import type { BuildDirs, Profiling, Recipe } from './recipe.js';
import type { BuildOptions } from './target.js';
import { runTool, toolchainVersion } from './tool.js';

/**
 * Builds a bundled target, or takes it from the cache if the same sources, flags and toolchain were
 * built before. Nothing is written beside the sources. Throws a `target` error with the tool's
 * output if the build fails.
 */
export async function buildBundled(recipe: Recipe, options: BuildOptions): Promise<Artifact> {
  const source = packagePath(recipe.sourceDir);
  const toolchain = await toolchainVersion(recipe, source);
  const facts = [toolchain, recipe.flags, ...(recipe.profile ? [trainingLoad] : [])];
  const key = await hashOf(facts, source, await sourceFiles(recipe, source));
  const { name, builtAs = name } = recipe;
  const entry = cacheEntry(options.cacheDir, builtAs, key);
  if (!options.force) {
    const cached = await readEntry(entry, recipe.executable);
    if (cached) return { ...cached, target: name };
  }
  return withWorkDir(options.cacheDir, builtAs, async (work) => {
    options.onStart?.();
    const context = { recipe, source, work, toolchain, signal: options.signal };
    const built = recipe.profile
      ? await buildTuned(entry, recipe.profile, context, options)
      : await buildInto(entry, context);
    return { ...built, target: name };
  });
}

interface BuildContext {
  recipe: Recipe;
  source: string;
  work: string;
  toolchain: string;
  signal: AbortSignal;
}

async function buildInto(entry: string, context: BuildContext): Promise<Artifact> {
  const { recipe, source, work } = context;
  const { built, buildMs } = await compile(context, { source, work: join(work, 'build') });
  return keepArtifact(
    entry,
    { work, built, executable: recipe.executable },
    about(context, buildMs),
  );
}

/** Builds it twice: to be recorded under load, and by what was recorded, which is kept beside it. */
async function buildTuned(
  entry: string,
  profiling: Profiling,
  context: BuildContext,
  { train, onStart }: BuildOptions,
): Promise<Artifact> {
  const { recipe, source, work, signal } = context;
  if (!train) throw new Error(`nobody loads ${recipe.name} for its profile`);
  const convert = await profiling.converter?.(recipe, source);
  const recording = await compile(context, { source, work: join(work, 'recording') });
  const profile = join(work, profileFile);
  const recorded = convert ? join(work, 'recorded') : profile;
  const training = await record(recording.built, {
    name: recipe.name,
    train,
    signal,
    env: profiling.startEnv(recorded),
    file: recorded,
  });
  if (convert) await runFor(context, convert(recorded, profile), {});
  onStart?.();
  const { built, buildMs } = await compile(context, { source, work: join(work, 'build'), profile });
  const files = { work, built, executable: recipe.executable, beside: [profile] };
  return keepArtifact(entry, files, { ...about(context, buildMs), training });
}

/** Runs the recipe; gives the executable, and how long its command took, ms. */
async function compile(context: BuildContext, dirs: BuildDirs) {
  const { recipe } = context;
  const env = recipe.buildEnv(dirs);
  if (recipe.fetchCommand) await runFor(context, recipe.fetchCommand, env);
  const startMs = performance.now();
  await runFor(context, recipe.buildCommand(dirs), env);
  const buildMs = Math.round(performance.now() - startMs);
  const built = recipe.builtPath(dirs);
  await chmod(built, 0o755);
  return { built, buildMs };
}

function about({ recipe, toolchain }: BuildContext, buildMs: number) {
  return { target: recipe.name, toolchain, flags: recipe.flags, buildMs };
}

async function runFor(
  { recipe, source: cwd, work: workDir, signal }: BuildContext,
  command: string[],
  env: Record<string, string>,
): Promise<void> {
  const { failure, output } = await runTool(command, { cwd, env, signal, workDir });
  if (!failure) return;
  throw new KvbenchError(
    'target',
    `${recipe.name} did not build: \`${command.slice(0, 2).join(' ')}\` failed.`,
    'Its output is below. A missing download needs the network once.',
    { output },
  );
}

/** The files of a bundled server's directory that decide what is built, relative to it. */
export async function sourceFiles({ isSource }: Recipe, dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .filter(isSource);
}
