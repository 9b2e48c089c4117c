import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { codeOf, KvbenchError } from '../errors.js';

/** A state of a repository: that of a commit, or of the working tree as it is. */
export interface Revision {
  /** As people name it: `main (1a2b3c4)`, `working tree`. */
  label: string;
  /** Null: no commit, but the working tree. */
  commit: string | null;
  /** Hash of the tree object. */
  tree: string;
}

/** The top of the repository around a directory; a usage error without git or outside of one. */
export async function repositoryOf(dir: string): Promise<string> {
  const { failed, stdout, stderr } = await git(dir, ['rev-parse', '--show-toplevel']);
  if (!failed && stdout !== '') return stdout;
  throw new KvbenchError(
    'usage',
    `git knows no repository around ${dir}, so there is no earlier state to compare with.`,
    'Run it in a clone, or name two directories with --base-dir and --head-dir.',
    { output: stderr },
  );
}

/** The state of a commit, named by anything that git takes; a usage error if there is no such one. */
export async function commitRevision(repository: string, ref: string): Promise<Revision> {
  // A ref may not be taken for an option, whatever it is called.
  const asked = (what: string) => ['rev-parse', '--verify', '--quiet', '--end-of-options', what];
  const commit = await git(repository, asked(`${ref}^{commit}`));
  if (commit.failed || commit.stdout === '') {
    throw new KvbenchError(
      'usage',
      `There is no commit named ${JSON.stringify(ref)} in this repository.`,
      (await isShallow(repository))
        ? `The clone is shallow: fetch the commit first, as with \`git fetch --depth=1 origin ${ref}\`, and name it FETCH_HEAD; or clone with the whole history (fetch-depth: 0).`
        : 'Name a branch, a tag or a commit; `git fetch` brings those of the remote.',
    );
  }
  const { stdout: tree } = await need(repository, asked(`${commit.stdout}^{tree}`));
  const short = commit.stdout.slice(0, 7);
  const label = ref === commit.stdout ? short : `${ref} (${short})`;
  return { label, commit: commit.stdout, tree };
}

/**
 * The working tree as it is, with changes that nobody has committed and with new files, but for
 * those that git ignores. Whatever git has to write for that, objects and an index, is written to
 * the scratch directory; the repository stays as it is.
 */
export async function workingTreeRevision(repository: string, scratch: string): Promise<Revision> {
  const env = await apart(repository, scratch);
  const head = await git(repository, ['read-tree', 'HEAD'], env);
  // Before the first commit there is nothing to begin with.
  if (head.failed) await need(repository, ['read-tree', '--empty'], env);
  await need(repository, ['add', '--all'], env);
  const { stdout: tree } = await need(repository, ['write-tree'], env);
  return { label: 'working tree', commit: null, tree };
}

/** Writes the files of a revision to a directory; nothing of it is registered with git. */
export async function checkOut(
  repository: string,
  { tree }: Revision,
  dir: string,
  scratch: string,
): Promise<void> {
  const env = await apart(repository, scratch);
  await mkdir(dir, { recursive: true });
  await need(repository, ['read-tree', tree], env);
  await need(repository, ['checkout-index', '--all', '--force', `--prefix=${dir}/`], env);
}

/** Has git write to a directory of ours, and read what the repository has as well. */
async function apart(repository: string, scratch: string): Promise<Record<string, string>> {
  const objects = await need(repository, ['rev-parse', '--git-path', 'objects']);
  const own = join(scratch, 'objects');
  await mkdir(own, { recursive: true });
  return {
    GIT_INDEX_FILE: join(scratch, 'index'),
    GIT_OBJECT_DIRECTORY: own,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: resolve(repository, objects.stdout),
  };
}

/** Hash of what is at a path of a revision; null if there is nothing. */
export async function objectAt(
  repository: string,
  { tree }: Revision,
  path: string,
  scratch: string,
): Promise<string | null> {
  const env = await apart(repository, scratch);
  const asked = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${tree}:${path}`];
  const { failed, stdout } = await git(repository, asked, env);
  return failed ? null : stdout;
}

async function isShallow(repository: string): Promise<boolean> {
  const { stdout } = await git(repository, ['rev-parse', '--is-shallow-repository']);
  return stdout === 'true';
}

async function need(dir: string, args: readonly string[], env: Record<string, string> = {}) {
  const result = await git(dir, args, env);
  if (!result.failed) return result;
  throw new KvbenchError(
    'usage',
    `\`git ${args[0]}\` failed.`,
    'Its output is below; the repository or the disk may need attention.',
    { output: result.stderr },
  );
}

async function git(cwd: string, args: readonly string[], env: Record<string, string> = {}) {
  const result = await execa('git', args, { cwd, env, reject: false, stdin: 'ignore' });
  if (codeOf(result.cause) === 'ENOENT') {
    throw new KvbenchError(
      'usage',
      'There is no `git` on the PATH.',
      'Install it, or name two directories with --base-dir and --head-dir.',
    );
  }
  return { failed: result.failed, stdout: result.stdout.trim(), stderr: result.stderr };
}
