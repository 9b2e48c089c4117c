import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { packagePath } from '../../package.js';
import { filesOf } from '../../targets/own-step.js';
import { cargo } from '../dependencies/cargo.js';
import { go } from '../dependencies/go.js';
import { type Dependency, isTest, type Manager } from '../dependencies/manager.js';
import { npm } from '../dependencies/npm.js';
import { countable } from '../languages.js';
import { countLines } from '../lines.js';
import {
  type CostContext,
  type CostSubject,
  eachRound,
  noneOf,
  type OpenPart,
  type Sample,
  type Samples,
} from '../part.js';

/** What there is to read, and what it is built of. */
export const openSource: OpenPart = async (subject, context) => {
  const dir = subject.recipe ? packagePath(subject.recipe.sourceDir) : subject.spec?.dir;
  if (dir === undefined || subject.target.source === 'url') {
    return eachRound(1, async () => noneOf('source', 'its sources are not known'));
  }
  return eachRound(1, async () => {
    const manager = await managerOf(dir);
    return {
      ...(await dependenciesIn(dir, manager, subject, context)),
      ...(await ownLines(dir, manager, subject, context)),
    };
  });
};

const managers: readonly Manager[] = [cargo, go, npm];

async function managerOf(dir: string): Promise<Manager | null> {
  for (const manager of managers) {
    const isThere = await access(join(dir, manager.manifest)).then(
      () => true,
      () => false,
    );
    if (isThere) return manager;
  }
  return null;
}

/** Where others' code, and what a build leaves, lies. */
const foreign = ['node_modules', 'target', 'vendor', 'dist', 'build', '.venv', 'venv', '.git'];

async function ownLines(
  dir: string,
  manager: Manager | null,
  subject: CostSubject,
  context: CostContext,
): Promise<Samples> {
  const files = await filesOf(dir, [
    `**/*.{${countable.join(',')}}`,
    ...foreign.map((name) => `!**/${name}/**`),
  ]);
  const pathsOf = (some: readonly string[]) => some.map((file) => join(dir, file));
  const others = files.filter((file) => !isTest(file));
  // A bundled one has files of its whole family; the directory of a user's own is one server.
  const compiled = subject.recipe ? await manager?.compiled?.(dir, subject, context) : undefined;
  if (compiled && 'reason' in compiled) {
    const { reason } = compiled;
    return {
      'source.code': { reason },
      'source.comments': { reason },
      'source.branches': { reason },
      'source.tests': { reason },
    };
  }
  const own = await countLines(pathsOf(others.filter((file) => compiled?.has(file) ?? true)));
  const inside = await countLines(pathsOf(others));
  const tests = await countLines(pathsOf(files.filter(isTest)));
  return {
    'source.code': { value: own.code, detail: `${own.files} files` },
    'source.comments': own.comments,
    'source.branches': own.branches,
    'source.tests': {
      value: tests.code + inside.tests,
      detail: `${tests.files} files${inside.tests > 0 ? ', and inside of others' : ''}`,
    },
  };
}

async function dependenciesIn(
  dir: string,
  manager: Manager | null,
  subject: CostSubject,
  context: CostContext,
): Promise<Samples> {
  if (manager === null) {
    const names = managers.map(({ manifest }) => manifest).join(', ');
    return noneOf('source', `its directory has none of ${names}`);
  }
  const found = await manager.dependencies(dir, subject, context);
  if ('reason' in found) return noneOf('source', found.reason);
  return { ...(await describe(found)), ...(await manager.advise(dir, found, context.signal)) };
}

async function describe(all: readonly Dependency[]): Promise<Samples> {
  const names = new Map<string, Set<string>>();
  for (const { name, version } of all) {
    names.set(name, (names.get(name) ?? new Set()).add(version));
  }
  const twice = [...names].filter(([, versions]) => versions.size > 1).map(([name]) => name);
  const direct = all.filter(({ isDirect }) => isDirect).map(({ name }) => name);
  const absent = all.filter(({ files }) => files === null);
  const { code, branches } = await countLines(all.flatMap(({ files }) => files ?? []));
  const untold = { reason: `${absent.length} of them are not on this machine` };
  return {
    'source.direct': { value: direct.length, detail: direct.join(', ') || 'none' },
    'source.dependencies': all.length,
    'source.duplicates': { value: twice.length, detail: twice.join(', ') || 'none' },
    'source.foreign': absent.length === 0 ? code : untold,
    'source.foreign-branches': absent.length === 0 ? branches : untold,
    'source.licences': licences(all),
  };
}

function licences(all: readonly Dependency[]): Sample {
  const silent = all.filter(({ licence }) => licence === null);
  if (silent.length > 0) return { reason: `${silent.length} of them declare none` };
  const counts = new Map<string, number>();
  for (const { licence } of all) counts.set(licence ?? '', (counts.get(licence ?? '') ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const detail = sorted.map(([licence, count]) => `${licence} (${count})`).join(', ');
  return { value: counts.size, detail: detail || 'none' };
}
