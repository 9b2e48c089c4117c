import { constants } from 'node:fs';
import { cp, mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TargetSpec } from '../config/target-spec.js';
import { KvbenchError, messageOf } from '../errors.js';
import { hashOf, markUsed, withWorkDir } from './cache.js';
import { argumentList, checkDir } from './launch.js';
import { inputFiles, runStep } from './own-step.js';
import type { BuildOptions } from './target.js';
import { toolchainOf } from './toolchain.js';

type Setup = NonNullable<TargetSpec['settings']['setup']>;

/**
 * Brings into a fresh checkout what git does not have, as its config says; nothing without a `setup`.
 * What it keeps is taken from the cache where the same command had the same inputs. Never to be run
 * in somebody's working tree: `npm ci` removes what is there. Throws a `target` error if it fails.
 */
export async function setUpCheckout(
  spec: TargetSpec,
  { cacheDir, signal, onStart }: Pick<BuildOptions, 'cacheDir' | 'signal' | 'onStart'>,
): Promise<void> {
  const { setup } = spec.settings;
  if (!setup) return;
  await checkDir(spec);
  const entry = await entryOf(spec, setup, cacheDir);
  if (entry !== null && (await isThere(entry))) {
    await markUsed(entry);
    await copyAll(setup, entry, spec.dir);
    return;
  }
  onStart?.();
  await runStep(spec, 'setup', setup, signal);
  await expectKept(spec, setup);
  if (entry === null) return;
  await withWorkDir(cacheDir, `${spec.name}-setup`, async (work) => {
    const copy = join(work, 'kept');
    await mkdir(copy);
    await copyAll(setup, spec.dir, copy);
    await mkdir(dirname(entry), { recursive: true });
    // Another process may have been first: what it kept came of the same.
    await rename(copy, entry).catch(async (error) => {
      if (!(await isThere(entry))) throw error;
    });
  });
}

/** Where what it leaves is kept; null where nobody says what that is, or what decides it. */
async function entryOf(spec: TargetSpec, setup: Setup, cacheDir: string): Promise<string | null> {
  const { inputs, keep, command, shell, env = {} } = setup;
  if (!inputs || !keep) return null;
  const files = await inputFiles(spec, 'setup', inputs);
  const tools = { dir: spec.dir, command: argumentList(command), env, asked: [] };
  const { versions } = await toolchainOf(tools);
  const key = await hashOf([command, shell, env, keep, versions], spec.dir, files);
  return join(cacheDir, 'setups', `${spec.name}-${key.slice(0, 16)}`);
}

async function expectKept(spec: TargetSpec, { keep = [] }: Setup): Promise<void> {
  for (const [index, path] of keep.entries()) {
    if (await isThere(join(spec.dir, path))) continue;
    throw new KvbenchError(
      'target',
      `${spec.name} was set up, and left no ${path} (${spec.place('setup', 'keep', index)}).`,
      'Name in setup.keep what its command leaves, relative to the directory of the target.',
    );
  }
}

async function copyAll({ keep = [] }: Setup, from: string, to: string): Promise<void> {
  for (const path of keep) {
    const target = join(to, path);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(from, path), target, {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
      // Nothing is copied where the file system can share it.
      mode: constants.COPYFILE_FICLONE,
    }).catch((error: unknown) => {
      throw new KvbenchError(
        'usage',
        `What a setup left can't be copied: ${messageOf(error)}.`,
        'See that the cache directory has room, or set XDG_CACHE_HOME to another.',
        { cause: error },
      );
    });
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
