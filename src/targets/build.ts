import { chmod, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { KvbenchError } from '../errors.js';
import { packagePath } from '../package.js';
import type { Artifact } from '../result/schema.js';
import { cacheEntry, hashOf, keepArtifact, readEntry, withWorkDir } from './cache.js';
import type { Recipe } from './recipe.js';
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
  const key = await hashOf([toolchain, recipe.flags], source, await sourceFiles(recipe, source));
  const { name, builtAs = name } = recipe;
  const entry = cacheEntry(options.cacheDir, builtAs, key);
  if (!options.force) {
    const cached = await readEntry(entry, recipe.executable);
    if (cached) return { ...cached, target: name };
  }
  return withWorkDir(options.cacheDir, builtAs, async (work) => {
    options.onStart?.();
    const { signal } = options;
    const built = await buildInto(entry, { recipe, source, work, toolchain, signal });
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

async function buildInto(
  entry: string,
  { recipe, source, work, toolchain, signal }: BuildContext,
): Promise<Artifact> {
  const dirs = { source, work: join(work, 'build') };
  const env = recipe.buildEnv(dirs);
  const run = async (command: string[]) => {
    const { failure, output } = await runTool(command, { cwd: source, env, signal, workDir: work });
    if (failure) {
      throw new KvbenchError(
        'target',
        `${recipe.name} did not build: \`${command.slice(0, 2).join(' ')}\` failed.`,
        'Its output is below. A missing download needs the network once.',
        { output },
      );
    }
  };
  if (recipe.fetchCommand) await run(recipe.fetchCommand);
  const startMs = performance.now();
  await run(recipe.buildCommand(dirs));
  const buildMs = Math.round(performance.now() - startMs);
  const built = recipe.builtPath(dirs);
  await chmod(built, 0o755);
  const about = { target: recipe.name, toolchain, flags: recipe.flags, buildMs };
  return keepArtifact(entry, { work, built, executable: recipe.executable }, about);
}

/** The files of a bundled server's directory that decide what is built, relative to it. */
export async function sourceFiles({ isSource }: Recipe, dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .filter(isSource);
}
