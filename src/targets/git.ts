import { copyFile, mkdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { codeOf, KvbenchError } from '../errors.js';
import { shallowAdvice } from './shallow.js';

/** A state of a repository: that of a commit, or of the working tree as it is. */
export interface Revision {
  /** As people name it: `main (1a2b3c4)`, `working tree`. */
  label: string;
  /** Of the working tree the one that it was made of; null: there is none yet. */
  commit: string | null;
  /** Hash of the tree object. */
  tree: string;
  /** Of the working tree: whether it is what its commit has. */
  clean?: boolean;
}

/** What a checkout has not, though the working tree may: paths from the top. */
export interface Absent {
  ignored: string[];
  submodules: string[];
}

interface Paths {
  top: string;
  inside: string;
  objects: string;
  index: string;
  shallow: string;
}

interface GitOptions {
  /** A directory of ours, for all that git has to write: objects and an index. */
  scratch: string;
  signal: AbortSignal;
}

/**
 * A user's repository, which is only read: whatever git has to write goes to the scratch directory.
 * Nothing is registered with the repository, so nothing has to be taken back however we end.
 */
export class Repository {
  /** The path of the directory that it was opened at, from the top: `services/api`, or empty. */
  readonly inside: string;
  /** Absolute, without links. */
  readonly top: string;
  readonly #signal: AbortSignal;
  readonly #apart: Record<string, string>;
  readonly #index: string;
  readonly #ownIndex: string;
  readonly #objects: string;
  readonly #shallow: string;

  private constructor(
    { top, inside, objects, index, shallow }: Paths,
    { scratch, signal }: GitOptions,
  ) {
    this.inside = inside;
    this.top = top;
    this.#signal = signal;
    this.#index = index;
    this.#ownIndex = join(scratch, 'index');
    this.#objects = objects;
    this.#shallow = shallow;
    this.#apart = {
      GIT_INDEX_FILE: this.#ownIndex,
      GIT_OBJECT_DIRECTORY: join(scratch, 'objects'),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: listed(objects),
    };
  }

  /** The repository around a directory; a usage error without git or outside of one. */
  static async around(dir: string, options: GitOptions): Promise<Repository> {
    const paths = ['objects', 'index', 'shallow'].flatMap((path) => ['--git-path', path]);
    const asked = ['rev-parse', '--show-toplevel', '--show-prefix', ...paths];
    const { failed, stdout, stderr } = await git(dir, asked, options.signal);
    if (failed) throw noRepository(dir, stderr);
    const [top = '', prefix = '', objects = '', index = '', shallow = ''] = stdout.split('\n');
    await mkdir(join(options.scratch, 'objects'), { recursive: true });
    const facts = {
      top,
      inside: prefix.replace(/\/$/, ''),
      // Relative to where git thinks it is, which is not `dir` if that has links in it.
      objects: resolve(top, prefix, objects),
      index: resolve(top, prefix, index),
      shallow: resolve(top, prefix, shallow),
    };
    return new Repository(facts, options);
  }

  /** The state of a commit, named by anything that git takes; a usage error if there is none. */
  async commit(ref: string): Promise<Revision> {
    const commit = await this.#find(`${ref}^{commit}`);
    if (commit === null) {
      throw new KvbenchError(
        'usage',
        `There is no commit named ${JSON.stringify(ref)} in this repository.`,
        (await this.#isShallow())
          ? await this.#shallowHint(ref)
          : 'Name a branch, a tag or a commit; `git fetch` brings those of the remote.',
      );
    }
    const tree = await this.#need(['rev-parse', '--verify', `${commit}^{tree}`]);
    const short = commit.slice(0, 7);
    // A beginning of it says no more.
    const label = commit.startsWith(ref) ? short : `${ref} (${short})`;
    return { label, commit, tree };
  }

  /**
   * The working tree as it is, with changes that nobody has committed and with new files, but for
   * those that git ignores.
   */
  async workingTree(): Promise<Revision> {
    try {
      // What is tracked although it is ignored, and what git need not read again as it has not changed.
      await copyFile(this.#index, this.#ownIndex);
      // git reads again what was changed in the second of the index, and knows that by its time.
      const { atime, mtime } = await stat(this.#index);
      await utimes(this.#ownIndex, atime, mtime);
    } catch (error) {
      unlessAbsent(error);
      await this.#need(['read-tree', '--empty']);
    }
    await this.#need(['add', '--all']);
    const tree = await this.#need(['write-tree']);
    const commit = await this.#find('HEAD^{commit}');
    const clean = commit !== null && tree === (await this.#find(`${commit}^{tree}`));
    return { label: 'working tree', commit, tree, clean };
  }

  /** Paths, from the top, of files that are not the same in two revisions; submodules are paths too. */
  async changedPaths(before: Revision, after: Revision): Promise<string[]> {
    const asked = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', before.tree, after.tree];
    return (await this.#need(asked)).split('\0').filter(Boolean);
  }

  /** The commit from which both grew apart; null where one came of the other, or nobody can tell. */
  async forkOf(before: Revision, after: Revision): Promise<string | null> {
    if (before.commit === null || after.commit === null) return null;
    const asked = ['merge-base', before.commit, after.commit];
    const { failed, stdout } = await git(this.top, asked, this.#signal, this.#apart);
    return failed || stdout === '' || stdout === before.commit ? null : stdout;
  }

  /**
   * The values of a trailer in the messages of the commits that one revision has and another has not,
   * each with its commit; none in a shallow clone that lacks them.
   */
  async trailers(before: Revision, after: Revision, key: string): Promise<[string, string][]> {
    if (before.commit === null || after.commit === null) return [];
    const format = `--format=%x1e%H%x1f%(trailers:key=${key},valueonly,separator=%x1f)`;
    const range = `${before.commit}..${after.commit}`;
    const asked = ['log', format, range];
    const { failed, stdout } = await git(this.top, asked, this.#signal, this.#apart);
    if (failed) return [];
    return stdout.split('\x1e').flatMap((entry) => {
      const [commit = '', ...values] = entry.trim().split('\x1f');
      return values.filter(Boolean).map((value): [string, string] => [commit, value.trim()]);
    });
  }

  /** What of `inside` is in the working tree, or belongs there, and in no checkout. */
  async absent(): Promise<Absent> {
    const lines = async (args: string[]) => {
      const { stdout, failed } = await git(this.top, args, this.#signal);
      return failed ? [] : stdout.split('\0').filter(Boolean);
    };
    const here = this.inside || '.';
    const others = ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory'];
    const tracked = await lines(['ls-files', '-z', '--stage', '--', here]);
    return {
      ignored: await lines([...others, '--', here]),
      submodules: tracked
        .filter((line) => line.startsWith('160000 '))
        .map((line) => line.slice(line.indexOf('\t') + 1)),
    };
  }

  /** Writes the files of a revision to a directory. */
  async checkOut({ tree }: Revision, dir: string): Promise<void> {
    await mkdir(dir, { recursive: true });
    await this.#need(['read-tree', tree]);
    await this.#need(['checkout-index', '--all', '--force', `--prefix=${dir}/`]);
  }

  /**
   * Makes a checkout a repository of its own, for builds that ask git what they build: its HEAD is the
   * revision's commit, and it has the tags. Objects are read from the user's repository, and written to
   * none but its own.
   */
  async giveHistory({ commit }: Revision, dir: string): Promise<void> {
    if (commit === null) return;
    const format = await this.#need(['rev-parse', '--show-object-format']);
    const tags = await this.#need([
      ...['for-each-ref', '--format=create %(refname) %(objectname)', 'refs/tags'],
    ]);
    const inCheckout = (args: readonly string[], input = '') =>
      need(dir, args, this.#signal, {}, input);
    await inCheckout(['init', '--quiet', '--template=', `--object-format=${format}`]);
    const own = join(dir, '.git');
    await writeFile(join(own, 'objects', 'info', 'alternates'), `${this.#objects}\n`);
    // Where the history of a shallow clone ends.
    await copyFile(this.#shallow, join(own, 'shallow')).catch(unlessAbsent);
    if (tags !== '') await inCheckout(['update-ref', '--stdin'], `${tags}\n`);
    await inCheckout(['update-ref', '--no-deref', 'HEAD', commit]);
    await inCheckout(['reset', '--quiet']);
  }

  /** Hash of what a revision has at a path from the top; null if there is nothing. */
  async sourceHash({ tree }: Revision, inside = this.inside): Promise<string | null> {
    return this.#find(`${tree}:${inside}`);
  }

  /** Hash of the object of that name, which is never taken for an option; null if there is none. */
  async #find(name: string): Promise<string | null> {
    const asked = ['rev-parse', '--verify', '--quiet', '--end-of-options', name];
    const { failed, stdout } = await git(this.top, asked, this.#signal, this.#apart);
    return failed || stdout === '' ? null : stdout;
  }

  async #shallowHint(ref: string): Promise<string> {
    const { stdout } = await git(this.top, ['remote'], this.#signal);
    const { commands, ref: named } = shallowAdvice(ref, stdout.split('\n').filter(Boolean));
    const then = named === ref ? 'and try again' : `and name it ${named}`;
    return `The clone is shallow: fetch the commit first, with \`${commands.join(' && ')}\`, ${then}; or clone with the whole history (fetch-depth: 0).`;
  }

  async #isShallow(): Promise<boolean> {
    return (await this.#need(['rev-parse', '--is-shallow-repository'])) === 'true';
  }

  #need(args: readonly string[]): Promise<string> {
    return need(this.top, args, this.#signal, this.#apart);
  }
}

function unlessAbsent(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function noRepository(dir: string, stderr: string): KvbenchError {
  const options = { output: stderr };
  if (stderr.includes('dubious ownership')) {
    return new KvbenchError(
      'usage',
      `git refuses to read the repository around ${dir}, which belongs to another user.`,
      'If you trust it, run the command that git names below.',
      options,
    );
  }
  return new KvbenchError(
    'usage',
    `git knows no repository around ${dir}, so there is no earlier state to compare with.`,
    'Run it in a clone, or name two directories with --base-dir and --head-dir.',
    options,
  );
}

const environment = {
  // What a hook leaves there would have git look at another repository or index.
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_PREFIX: undefined,
  GIT_INDEX_FILE: undefined,
  // Not even the index of a submodule is to be refreshed.
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
};

/** Neither hooks, nor a daemon that watches files, nor a part of the index may come of reading. */
const inert = ['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'core.splitIndex=false'];

/** What git prints; a usage error with its output where it fails. */
async function need(...asked: Parameters<typeof git>): Promise<string> {
  const { failed, stdout, stderr } = await git(...asked);
  if (!failed) return stdout;
  throw new KvbenchError(
    'usage',
    `\`git ${asked[1][0]}\` failed.`,
    /git-lfs|smudge|clean filter/i.test(stderr)
      ? 'A filter of git failed, its output is below: install git-lfs, and fetch its files with `git lfs pull`.'
      : 'Its output is below; the repository or the disk may need attention.',
    { output: stderr },
  );
}

async function git(
  cwd: string,
  args: readonly string[],
  signal: AbortSignal,
  env: Record<string, string> = {},
  input = '',
) {
  const result = await execa('git', [...inert.flatMap((setting) => ['-c', setting]), ...args], {
    cwd,
    reject: false,
    input,
    cancelSignal: signal,
    env: { ...environment, ...env },
  });
  // A terminal sends Ctrl-C to git as well, which is then no failure of its own.
  signal.throwIfAborted();
  if (codeOf(result.cause) === 'ENOENT') {
    throw new KvbenchError(
      'usage',
      'There is no `git` on the PATH.',
      'Install it, or name two directories with --base-dir and --head-dir.',
    );
  }
  return { failed: result.failed, stdout: result.stdout.trimEnd(), stderr: result.stderr };
}

/** A path in a list that colons divide, quoted as git reads it. */
function listed(path: string): string {
  return /[:"\\]/.test(path) ? `"${path.replace(/["\\]/g, '\\$&')}"` : path;
}
