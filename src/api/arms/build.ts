import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { KvbenchError, messageOf } from '../../errors.js';
import type { Arm } from '../../gate/rounds.js';
import type { Artifact } from '../../result/schema.js';
import { sha256 } from '../../targets/cache.js';
import { trimCache } from '../../targets/cache-limit.js';
import { ownTarget } from '../../targets/own.js';
import { toolchainOfBuild } from '../../targets/own-build.js';
import { setUpCheckout } from '../../targets/setup.js';
import type { Target } from '../../targets/target.js';
import type { OnEvent } from '../events.js';
import { trainer } from '../train.js';
import type { Side } from './side.js';

/** One of the two builds, ready to be started under the name of its arm. */
export interface BuiltArm extends Pick<Side, 'label' | 'commit' | 'clean' | 'sourceHash'> {
  target: Target;
  artifact: Artifact | null;
}

interface ArmOptions {
  cacheDir: string;
  signal: AbortSignal;
  onEvent: OnEvent;
}

/** Builds both sides, or takes what was built of them; throws with the name of the arm that failed. */
export async function buildArms(
  { base, head }: Record<Arm, Side>,
  { cacheDir, signal, onEvent }: ArmOptions,
): Promise<Record<Arm, BuiltArm>> {
  const options = { cacheDir, signal, onEvent };
  const arms = {
    base: await buildArm('base', base, options),
    head: await buildArm('head', head, options),
  };
  if (arms.base.isNew || arms.head.isNew) await trimCache(cacheDir);
  if (arms.base.artifact?.path === arms.head.artifact?.path) return arms;
  if ((await hasKnownToolchain(base)) && (await hasKnownToolchain(head))) return arms;
  // Nobody knows by what an older build was made, and it must be the same for both.
  const anew = { ...options, force: true };
  return {
    base: arms.base.isNew ? arms.base : await buildArm('base', base, anew),
    head: arms.head.isNew ? arms.head : await buildArm('head', head, anew),
  };
}

/** Whether the key of a build has its compilers in it, so that one of another day is made by the same. */
async function hasKnownToolchain({ subject }: Side): Promise<boolean> {
  if (subject.kind === 'bundled') return true;
  const { spec } = subject;
  const { build } = spec.settings;
  return build === undefined || (await toolchainOfBuild(spec, build)).isKnown;
}

/** Sets up and builds one side, or takes what was built of it; throws with its name. */
export async function buildArm(
  arm: Arm,
  side: Side,
  options: ArmOptions & { force?: boolean },
): Promise<BuiltArm & { isNew: boolean }> {
  if (side.given !== undefined) return { ...(await givenArm(arm, side, side.given)), isNew: false };
  return buildSide(arm, side, options);
}

async function buildSide(
  arm: Arm,
  { subject, sourceKey, isCheckout, label, ...about }: Side,
  { cacheDir, signal, onEvent, force = false }: ArmOptions & { force?: boolean },
): Promise<BuiltArm & { isNew: boolean }> {
  const target =
    subject.kind === 'own' ? ownTarget(subject.spec, { allowRemote: false }) : subject.target;
  const { builder } = target;
  const said = `the ${arm}`;
  let isNew = false;
  try {
    // Once: the second build of a side has what the first one was given.
    if (isCheckout && subject.kind === 'own' && !force) {
      await setUpCheckout(subject.spec, {
        cacheDir,
        signal,
        onStart: () => onEvent({ type: 'setup-start', target: said }),
      });
    }
    if (builder !== null) onEvent({ type: 'look-up', target: said });
    const artifact = await target.build({
      cacheDir,
      signal,
      force,
      train: trainer({ cacheDir, signal, onEvent }),
      onStart: () => {
        isNew = true;
        onEvent({ type: 'build-start', target: said, tool: builder ?? '' });
      },
      ...(sourceKey !== undefined && { sourceKey }),
    });
    if (builder !== null) {
      onEvent({ type: 'build-end', target: `${said}, ${label},`, artifact, built: isNew });
    }
    const built = asArm(target, arm, artifact);
    const { commit, clean, sourceHash } = about;
    const known = { label, commit, sourceHash, ...(clean !== undefined && { clean }) };
    return { ...known, artifact, isNew, target: built };
  } catch (error) {
    if (!(error instanceof KvbenchError)) throw error;
    throw new ArmFailure(error, arm, label);
  }
}

/** The target as the run knows it: under the name of its arm, and built already. */
function asArm(target: Target, arm: Arm, artifact: Artifact | null): Target {
  return { ...target, name: arm, build: async () => artifact && { ...artifact, target: arm } };
}

/** An error of the build of one side. */
class ArmFailure extends KvbenchError {
  readonly arm: Arm;
  constructor(error: KvbenchError, arm: Arm, label: string) {
    const { message, hint, output, kind } = error;
    super(kind, `The ${arm}, ${label}: ${message}`, hint, { cause: error, output });
    this.arm = arm;
  }
}

/** Whether that side, and not how it was asked for, is why it was not built. */
export function isFailureOf(arm: Arm, error: unknown): error is KvbenchError {
  return error instanceof ArmFailure && error.arm === arm && error.kind === 'target';
}

async function givenArm(
  arm: Arm,
  { subject, label, commit, sourceHash }: Side,
  path: string,
): Promise<BuiltArm> {
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
  const about = { label, commit, sourceHash };
  return { ...about, artifact, target: asArm({ ...target, builder: '' }, arm, artifact) };
}
