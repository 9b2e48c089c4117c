import { existsSync, lstatSync, type Stats, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { KvbenchError } from '../errors.js';

/** The names that are looked for, in that order, in a directory and those above it. */
export const configFileNames = ['json', 'jsonc', 'yaml', 'yml', 'js', 'mjs', 'ts'].map(
  (extension) => `kvbench.config.${extension}`,
);

/** Whose files may be run without being named. */
export interface Searcher {
  /** The user, and root; with `sudo` also who called it. Null: the system has no owners. */
  trusted: ReadonlySet<number> | null;
  /** The group of the user's own files; null: unknown. */
  group: number | null;
  /** Where a search ends; null: nowhere. */
  home: string | null;
}

/** The user that this process runs as. */
export function currentSearcher(env: NodeJS.ProcessEnv = process.env): Searcher {
  const user = process.geteuid?.();
  const caller = user === 0 && /^\d+$/.test(env['SUDO_UID'] ?? '') ? [Number(env['SUDO_UID'])] : [];
  return {
    trusted: user === undefined ? null : new Set([user, 0, ...caller]),
    group: process.getegid?.() ?? null,
    home: homedir() ? resolve(homedir()) : null,
  };
}

const byName = 'If you trust it, name it: --config FILE, or the variable KVBENCH_CONFIG.';

/**
 * The nearest config file at or above a directory, null without one: up to the directory that holds
 * `.git`, the home directory, the border of the file system, or a directory that others own or can
 * write, which is not looked into (the first always is). A config says what to run: throws a usage
 * error for one whose owner is a stranger, and for one of the user's own that lies where the
 * search may not go.
 */
export function findConfigFile(cwd: string, searcher = currentSearcher()): string | null {
  const start = resolve(cwd);
  const device = statSync(start, { throwIfNoEntry: false })?.dev;
  for (let dir = start; ; dir = dirname(dir)) {
    const found = configFileNames.map((name) => join(dir, name)).find((path) => existsSync(path));
    if (dir !== start) {
      const stats = statSync(dir, { throwIfNoEntry: false });
      if (!stats || stats.dev !== device) return null;
      if (isOpenToOthers(stats, searcher)) {
        if (found && strangerOf(found, searcher) === null) {
          throw new KvbenchError(
            'usage',
            `${found} is not read: others can write its directory, and a config says what to run.`,
            byName,
          );
        }
        return null;
      }
    }
    if (found) return trusted(found, searcher);
    const isLast = existsSync(join(dir, '.git')) || dir === searcher.home || dirname(dir) === dir;
    if (isLast) return null;
  }
}

function trusted(path: string, searcher: Searcher): string {
  const owner = strangerOf(path, searcher);
  if (owner === null) return path;
  throw new KvbenchError(
    'usage',
    `${path} is not read: it belongs to another user (uid ${owner}), and a config says what to run.`,
    byName,
  );
}

/** The owner of a file, or of the link to it, if that is neither the user nor root. */
function strangerOf(path: string, { trusted }: Searcher): number | null {
  if (trusted === null) return null;
  const owners = [lstatSync(path).uid, statSync(path).uid];
  return owners.find((uid) => !trusted.has(uid)) ?? null;
}

function isOpenToOthers({ uid, gid, mode }: Stats, { trusted, group }: Searcher): boolean {
  if (trusted === null) return false;
  // Many systems give each user a group of his own, and directories that it can write.
  const byGroup = (mode & 0o020) !== 0 && gid !== group && gid !== 0;
  return !trusted.has(uid) || (mode & 0o002) !== 0 || byGroup;
}
