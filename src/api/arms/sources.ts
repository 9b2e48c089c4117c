import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, isAbsolute, join, relative } from 'node:path';
import { targetSpecs } from '../../config/targets.js';
import { KvbenchError } from '../../errors.js';
import { allowTrailer } from '../../gate/accepted.js';
import type { Arm } from '../../gate/rounds.js';
import type { Warning } from '../../result/schema.js';
import { isDirectory } from '../../targets/cache.js';
import { type Absent, Repository, type Revision } from '../../targets/git.js';
import { checkDir } from '../../targets/launch.js';
import { loadProject } from '../project.js';
import { type Differences, differingFiles, differingSettings, reaching } from './differences.js';
import { at, directoryOf, type GateSubject, type Side } from './side.js';

/** Where the two builds come from; paths are absolute. */
export type GateSource =
  /** A commit, and the working tree as it is. */
  | { kind: 'ref'; ref: string }
  /** Two directories in place of the target's. */
  | { kind: 'dirs'; base: string; head: string }
  /** Two executables. */
  | { kind: 'artifacts'; base: string; head: string };

/** Both of them, and in what they differ. */
export interface Sides {
  base: Side;
  head: Side;
  differences: Differences;
  warnings: Warning[];
  /** Texts of trailers by which commits of the change allow what it costs, each with its commit. */
  allowed: [commit: string, text: string][];
  /** What the working tree has, or should have, and neither checkout does. */
  absent(): Promise<Absent>;
}

interface SourceOptions {
  signal: AbortSignal;
  /** A directory that is there as long as the builds are used. */
  work: string;
}

const nothingAbsent = async (): Promise<Absent> => ({ ignored: [], submodules: [] });

/** Gets the sources of both; usage errors for what is not there. */
export async function findSides(
  subject: GateSubject,
  source: GateSource,
  options: SourceOptions,
): Promise<Sides> {
  if (source.kind === 'ref') return checkOutBoth(subject, source.ref, options);
  const warnings: Warning[] = [];
  if (source.kind === 'artifacts') {
    const side = (given: string): Side => ({
      subject,
      given,
      label: basename(given),
      commit: null,
      sourceHash: null,
    });
    // They are started in the same place by the same config.
    const differences = { settings: [], files: [] };
    const sides = { base: side(source.base), head: side(source.head) };
    return { ...sides, differences, warnings, allowed: [], absent: nothingAbsent };
  }
  const [base, head] = [
    await directory(subject, source.base),
    await directory(subject, source.head),
  ];
  const files = await differingFiles(source.base, source.head);
  const reaches = await reaching({ base, head }, null);
  const differences = { settings: [], files: files.filter(reaches) };
  return { base, head, differences, warnings, allowed: [], absent: nothingAbsent };
}

async function directory(subject: GateSubject, dir: string): Promise<Side> {
  if (await isDirectory(dir)) {
    return { subject: at(subject, dir), label: dir, commit: null, sourceHash: null };
  }
  throw new KvbenchError(
    'usage',
    `There is no directory ${dir}.`,
    'Correct --base-dir or --head-dir.',
  );
}

/** Both at paths of one length: a build may have its path in it. */
async function checkOutBoth(
  subject: GateSubject,
  ref: string,
  { work, signal }: SourceOptions,
): Promise<Sides> {
  if (subject.kind === 'own') await checkDir(subject.spec);
  const repository = await Repository.around(directoryOf(subject), { scratch: work, signal });
  const config = await configIn(repository, subject);
  const warnings: Warning[] = [];
  const checkOut = async (arm: Arm, revision: Revision): Promise<Side> => {
    const checkout = join(work, arm);
    await repository.checkOut(revision, checkout);
    const found = await describedIn(checkout, subject, config, {
      revision,
      signal,
      inside: repository.inside,
    });
    if (found.warning) warnings.push(found.warning);
    const own = found.subject;
    const inside = relative(checkout, directoryOf(own));
    const sourceHash = await sourceHashOf(repository, arm, revision, inside);
    const { label, commit, tree, clean } = revision;
    const asksGit = own.kind === 'own' && own.spec.settings.git === true;
    if (asksGit) await repository.giveHistory(revision, checkout);
    return {
      subject: own,
      label,
      commit,
      isCheckout: true,
      sourceHash,
      sourceKey: `${tree}:${inside}${asksGit ? `:${commit}` : ''}`,
      ...(clean !== undefined && { clean }),
    };
  };
  // First the one that may be named wrongly: the working tree takes longer.
  const before = await repository.commit(ref);
  const base = await checkOut('base', before);
  const after = await repository.workingTree();
  const head = await checkOut('head', after);
  const fork = await repository.forkOf(before, after);
  if (fork !== null) {
    warnings.push({
      code: 'base-has-more',
      message: `${before.label} has commits that head was not made of, so what they changed is compared as well, the other way round.`,
      advice: `Compare with where the two parted: --base ${fork.slice(0, 12)}; or merge it first.`,
    });
  }
  const changed = await repository.changedPaths(before, after);
  const reaches = await reaching({ base, head }, work);
  // What the config says of the target is compared setting by setting.
  const files = changed.filter((path) => path !== config && reaches(path));
  const tops = [join(work, 'base'), join(work, 'head')] as const;
  return {
    base,
    head,
    warnings,
    differences: { settings: differingSettings(base.subject, head.subject, tops), files },
    allowed: await repository.trailers(before, after, allowTrailer),
    absent: () => repository.absent(),
  };
}

/** What git calls the sources of a side; a usage error where the revision has none there. */
async function sourceHashOf(
  repository: Repository,
  arm: Arm,
  revision: Revision,
  inside: string,
): Promise<string> {
  const hash = await repository.sourceHash(revision, inside);
  if (hash !== null) return hash;
  throw new KvbenchError(
    'usage',
    `${inside || 'The directory'} is not in ${revision.label}, so there is nothing to compare.`,
    arm === 'base'
      ? 'Name a later --base, or two directories with --base-dir and --head-dir.'
      : 'git ignores it, perhaps: then name two directories with --base-dir and --head-dir.',
  );
}

/** Where the config is in the repository, from its top; null if it is not, or there is none. */
async function configIn({ top }: Repository, subject: GateSubject): Promise<string | null> {
  if (subject.kind === 'bundled' || subject.configPath === null) return null;
  const path = relative(top, await realpath(subject.configPath));
  return path.startsWith('..') || isAbsolute(path) ? null : path;
}

/**
 * The target as the config in a checkout describes it. Where that has no such config, or none that
 * can be read, it is described as the working tree does, and a warning says so.
 */
async function describedIn(
  checkout: string,
  subject: GateSubject,
  path: string | null,
  { revision, signal, inside }: { revision: Revision; signal: AbortSignal; inside: string },
): Promise<{ subject: GateSubject; warning?: Warning }> {
  const asNow = at(subject, join(checkout, inside));
  if (subject.kind === 'bundled' || path === null) return { subject: asNow };
  const { name } = subject.spec;
  const otherwise = (why: string) => ({
    subject: asNow,
    warning: {
      code: 'config-as-now',
      message: `${revision.label} ${why}, so it is built, started and asked as the working tree's config says.`,
      advice: 'What the change does to the config itself is not compared.',
    },
  });
  if (!existsSync(join(checkout, path))) return otherwise(`has no ${path}`);
  try {
    const project = await loadProject(checkout, join(checkout, path), { signal });
    const spec = targetSpecs(project).get(name);
    if (!spec || spec.settings.url !== undefined) {
      return otherwise(`does not start ${name} in its ${path}`);
    }
    return { subject: { ...subject, spec } };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof KvbenchError)) throw error;
    return otherwise(`has a ${path} that can't be used here (${error.message.replace(/\.$/, '')})`);
  }
}
