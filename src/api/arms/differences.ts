import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { TargetSpec } from '../../config/target-spec.js';
import type { Arm } from '../../gate/rounds.js';
import { filesOf } from '../../targets/own-step.js';
import type { GateSubject, Side } from './side.js';

/** In what two states differ that may reach the running server. */
export interface Differences {
  /** As `start.command`, `requests.get`. */
  settings: string[];
  /** Paths of files, from the top of the repository or of the directories. */
  files: string[];
}

/** Settings that say nothing about the server itself. */
const idle: ReadonlySet<string> = new Set(['description', 'requests', 'dir']);

/** The settings of a target that are not the same in two configs, each with its checkout. */
export function differingSettings(
  base: GateSubject,
  head: GateSubject,
  [baseTop, headTop]: readonly [string, string],
): string[] {
  if (base.kind === 'bundled' || head.kind === 'bundled') return [];
  const dirs = relative(baseTop, base.spec.dir) === relative(headTop, head.spec.dir);
  return [
    ...(dirs ? [] : ['dir']),
    ...unlike('', withoutIdle(base.spec), withoutIdle(head.spec)),
    ...unlike('requests', byName(base.spec), byName(head.spec)),
  ];
}

function withoutIdle({ settings }: TargetSpec) {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !idle.has(key)));
}

function byName({ requests }: TargetSpec) {
  return Object.fromEntries(requests.requests.map((request) => [request.name, request]));
}

type Settings = Record<string, unknown>;

/** Names of what differs, one level below what is an object on both sides. */
function unlike(path: string, before: Settings, after: Settings): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => {
    const [a, b] = [before[key], after[key]];
    if (JSON.stringify(a) === JSON.stringify(b)) return [];
    const name = path === '' ? key : `${path}.${key}`;
    return path === '' && isPlain(a) && isPlain(b) ? unlike(name, a, b) : [name];
  });
}

function isPlain(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Files that no server runs by, unless its config names them in `start.inputs`. */
const documentation = /\.(md|markdown|rst|adoc)$|^(licen[cs]e|copying|authors|changelog)[^/]*$/i;

/**
 * Tells of a path, from the top of both states, whether that file may reach the running server. Known
 * are what the config names as `inputs` of setup, build and start, and that a build which leaves one
 * artifact is told by its bytes. What is not known may: everything in the directory of the target,
 * and without any inputs everything in the repository. `work` has the checkouts, by their names; null:
 * the directories of the sides are all that there is.
 */
export async function reaching(
  { base, head }: Record<Arm, Side>,
  work: string | null,
): Promise<(path: string) => boolean> {
  const top = (arm: Arm) => (work === null ? null : join(work, arm));
  const tests = [await reachingOf(base, top('base')), await reachingOf(head, top('head'))];
  return (path) => tests.some((reaches) => reaches(path));
}

async function reachingOf(
  { subject }: Side,
  checkout: string | null,
): Promise<(path: string) => boolean> {
  // What is built of a bundled one is all that runs.
  if (subject.kind === 'bundled') return () => false;
  const { spec } = subject;
  const { setup, build, start } = spec.settings;
  const top = checkout ?? spec.dir;
  const inside = relative(top, spec.dir);
  const patterns = [setup?.inputs, build?.inputs, start?.inputs];
  const named = await Promise.all(patterns.map((inputs) => pathsOf(spec.dir, top, inputs ?? [])));
  const declared = new Set([...named.flat(), ...templatesOf(spec, inside)]);
  const isAnyDeclared = patterns.some((inputs) => inputs !== undefined);
  // A step of which nobody says what it reads may read everything.
  const isBound =
    (!setup || setup.inputs !== undefined) &&
    (!build || build.inputs !== undefined || build.artifact !== undefined);
  return (path) => {
    if (declared.has(path) || !isBound || !isAnyDeclared) return true;
    if (start?.inputs !== undefined) return false;
    const isInside = inside === '' || path.startsWith(`${inside}/`);
    return isInside && !documentation.test(basename(path));
  };
}

async function pathsOf(dir: string, top: string, patterns: readonly string[]): Promise<string[]> {
  const files = patterns.length === 0 ? [] : await filesOf(dir, patterns);
  return files.map((file) => relative(top, join(dir, file)));
}

/** What the server's own config files are made of. */
function templatesOf({ settings }: TargetSpec, inside: string): string[] {
  return Object.values(settings.start?.files ?? {}).map((file) => join(inside, file));
}

/** Never part of what is built or run. */
const unread: ReadonlySet<string> = new Set(['.git', '.kvbench']);

/** Paths of files that are not the same below two directories, links by where they lead. */
export async function differingFiles(before: string, after: string): Promise<string[]> {
  const [a, b] = [await filesBelow(before), await filesBelow(after)];
  const names = [...new Set([...a, ...b])].sort();
  const differs: string[] = [];
  for (const name of names) {
    const isOnBoth = a.has(name) && b.has(name);
    if (isOnBoth && (await isSame(join(before, name), join(after, name)))) continue;
    differs.push(name);
  }
  return differs;
}

async function filesBelow(dir: string, below = ''): Promise<Set<string>> {
  const names = new Set<string>();
  for (const entry of await readdir(join(dir, below), { withFileTypes: true })) {
    if (unread.has(entry.name)) continue;
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (!entry.isDirectory()) names.add(name);
    else for (const file of await filesBelow(dir, name)) names.add(file);
  }
  return names;
}

async function isSame(a: string, b: string): Promise<boolean> {
  const [before, after] = [await lstat(a), await lstat(b)];
  if (before.isSymbolicLink() || after.isSymbolicLink()) {
    return (
      before.isSymbolicLink() &&
      after.isSymbolicLink() &&
      (await readlink(a)) === (await readlink(b))
    );
  }
  if (!before.isFile() || !after.isFile()) return before.isFile() === after.isFile();
  // What may be run and what may not are two things.
  if (before.size !== after.size || (before.mode & 0o111) !== (after.mode & 0o111)) return false;
  return (await hashOfFile(a)) === (await hashOfFile(b));
}

async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
