import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { TargetSpec } from '../config/target-spec.js';
import { KvbenchError, messageOf } from '../errors.js';
import type { Arm } from '../gate/rounds.js';
import { packagePath } from '../package.js';
import type { Artifact } from '../result/schema.js';
import { type BundledTarget, bundledTarget } from '../targets/bundled.js';
import { isDirectory, sha256 } from '../targets/cache.js';
import { Repository, type Revision } from '../targets/git.js';
import { checkDir } from '../targets/launch.js';
import { ownTarget } from '../targets/own.js';
import { toolchainOfBuild } from '../targets/own-build.js';
import type { Target } from '../targets/target.js';
import type { OnEvent } from './events.js';

/** Where the two builds come from; paths are absolute. */
export type GateSource =
  /** A commit, and the working tree as it is. */
  | { kind: 'ref'; ref: string }
  /** Two directories in place of the target's. */
  | { kind: 'dirs'; base: string; head: string }
  /** Two executables. */
  | { kind: 'artifacts'; base: string; head: string };

/** What is gated: a bundled target, or one of a config file. */
export type GateSubject =
  | { kind: 'bundled'; target: BundledTarget }
  | { kind: 'own'; spec: TargetSpec };

/** One of the two builds, ready to be started under the name of its arm. */
export interface BuiltArm {
  target: Target;
  label: string;
  commit: string | null;
  artifact: Artifact | null;
  /** What git calls the sources; null where git does not know them. */
  sourceHash: string | null;
}

interface ArmOptions {
  cacheDir: string;
  signal: AbortSignal;
  onEvent: OnEvent;
  /** A directory that is there as long as the builds are used. */
  work: string;
}

/** Gets the sources of both builds, and builds them. Throws with the name of the arm that failed. */
export async function buildArms(
  subject: GateSubject,
  source: GateSource,
  options: ArmOptions,
): Promise<Record<Arm, BuiltArm>> {
  if (source.kind === 'artifacts') {
    return {
      base: await givenArm('base', subject, source.base),
      head: await givenArm('head', subject, source.head),
    };
  }
  const places =
    source.kind === 'dirs'
      ? { base: await directory(source.base), head: await directory(source.head) }
      : await checkOutBoth(subject, source.ref, options);
  const build = (arm: Arm, force = false) =>
    buildArm(arm, subject, places[arm], { ...options, force });
  const [base, head] = [await build('base'), await build('head')];
  if (subject.kind === 'bundled' || base.artifact?.path === head.artifact?.path) {
    return { base, head };
  }
  if (await hasKnownToolchain(subject.spec)) return { base, head };
  // Nobody knows by what an older build was made, and it must be the same for both.
  return {
    base: base.isNew ? base : await build('base', true),
    head: head.isNew ? head : await build('head', true),
  };
}

/** Whether the key of a build has its compilers in it, so that one of another day is made by the same. */
async function hasKnownToolchain(spec: TargetSpec): Promise<boolean> {
  const { build } = spec.settings;
  return build === undefined || (await toolchainOfBuild(spec, build)).isKnown;
}

interface Place extends Pick<BuiltArm, 'label' | 'commit' | 'sourceHash'> {
  dir: string;
  /** Stands for every file that a build can see, and where in them it begins. */
  sourceKey?: string;
}

async function directory(dir: string): Promise<Place> {
  if (await isDirectory(dir)) return { dir, label: dir, commit: null, sourceHash: null };
  throw new KvbenchError(
    'usage',
    `There is no directory ${dir}.`,
    'Correct --base-dir or --head-dir.',
  );
}

/** Both at paths of one length: a build may have its path in it. */
async function checkOutBoth(subject: GateSubject, ref: string, { work, signal }: ArmOptions) {
  if (subject.kind === 'own') await checkDir(subject.spec);
  const repository = await Repository.around(directoryOf(subject), { scratch: work, signal });
  const { inside } = repository;
  const at = async (arm: Arm, revision: Revision): Promise<Place> => {
    const sourceHash = await repository.sourceHash(revision);
    if (sourceHash === null) {
      throw new KvbenchError(
        'usage',
        `${inside || 'The directory'} is not in ${revision.label}, so there is nothing to compare.`,
        arm === 'base'
          ? 'Name a later --base, or two directories with --base-dir and --head-dir.'
          : 'git ignores it, perhaps: then name two directories with --base-dir and --head-dir.',
      );
    }
    const checkout = join(work, arm);
    await repository.checkOut(revision, checkout);
    const { label, commit, tree } = revision;
    return {
      dir: join(checkout, inside),
      label,
      commit,
      sourceHash,
      sourceKey: `${tree}:${inside}`,
    };
  };
  // First the one that may be named wrongly: the working tree takes longer.
  const base = await at('base', await repository.commit(ref));
  return { base, head: await at('head', await repository.workingTree()) };
}

function directoryOf(subject: GateSubject): string {
  return subject.kind === 'own' ? subject.spec.dir : packagePath(subject.target.recipe.sourceDir);
}

async function buildArm(
  arm: Arm,
  subject: GateSubject,
  { dir, sourceKey, ...about }: Place,
  { cacheDir, signal, onEvent, force }: ArmOptions & { force: boolean },
): Promise<BuiltArm & { isNew: boolean }> {
  const target =
    subject.kind === 'own'
      ? ownTarget({ ...subject.spec, dir }, { allowRemote: false })
      : bundledTarget({ ...subject.target.recipe, sourceDir: dir });
  const { builder } = target;
  let isNew = false;
  const onStart = () => {
    isNew = true;
    onEvent({ type: 'build-start', target: `the ${arm}`, tool: builder ?? '' });
  };
  try {
    if (builder !== null) onEvent({ type: 'look-up', target: `the ${arm}` });
    const artifact = await target.build({
      ...{ cacheDir, signal, force, onStart },
      ...(sourceKey !== undefined && { sourceKey }),
    });
    if (builder !== null) {
      onEvent({ type: 'build-end', target: `the ${arm}, ${about.label},`, artifact, built: isNew });
    }
    return { ...about, artifact, isNew, target: asArm(target, arm, artifact) };
  } catch (error) {
    if (!(error instanceof KvbenchError)) throw error;
    throw inArm(error, arm, about.label);
  }
}

/** The target as the run knows it: under the name of its arm, and built already. */
function asArm(target: Target, arm: Arm, artifact: Artifact | null): Target {
  return { ...target, name: arm, build: async () => artifact && { ...artifact, target: arm } };
}

function inArm(error: KvbenchError, arm: Arm, label: string): KvbenchError {
  const { message, hint, output, kind } = error;
  return new KvbenchError(kind, `The ${arm}, ${label}: ${message}`, hint, { cause: error, output });
}

async function givenArm(arm: Arm, subject: GateSubject, path: string): Promise<BuiltArm> {
  if (
    subject.kind === 'own' &&
    !JSON.stringify(subject.spec.settings.start).includes('{artifact}')
  ) {
    throw new KvbenchError(
      'usage',
      `${subject.spec.place('start')} does not say how an artifact is started.`,
      'Write {artifact} in start.command where its path belongs.',
    );
  }
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new KvbenchError(
      'usage',
      `The artifact ${path} can't be read: ${messageOf(error)}.`,
      `Correct --${arm}-artifact.`,
    );
  });
  const artifact: Artifact = {
    target: arm,
    path: resolve(path),
    sizeBytes: bytes.length,
    sha256: sha256(bytes),
    toolchain: '',
    flags: [],
    buildMs: 0,
    builtAt: (await stat(path)).mtime.toISOString(),
  };
  const target =
    subject.kind === 'bundled' ? subject.target : ownTarget(subject.spec, { allowRemote: false });
  const about = { label: basename(path), commit: null, sourceHash: null };
  return { ...about, artifact, target: asArm({ ...target, builder: '' }, arm, artifact) };
}
