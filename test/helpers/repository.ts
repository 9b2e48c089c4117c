import { createHash } from 'node:crypto';
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
/** Nothing of whoever runs the tests, not even where they are run from by a hook. */
export const gitEnv = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_DIR: undefined,
  GIT_INDEX_FILE: undefined,
};

/** Runs git in a directory, and gives what it prints. */
export async function git(dir: string, ...args: string[]): Promise<string> {
  const { stdout } = await execa('git', [...identity, ...args], { cwd: dir, env: gitEnv });
  return stdout.trim();
}

/** A repository of a test's own, below a directory that `remove` takes away; nothing is committed. */
export async function aRepository(files: Record<string, string> = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'kvbench-git-'));
  const path = join(dir, 'repository');
  // As `git init` makes one, without samples of hooks, which would have to be looked at with all the rest.
  const own = join(path, '.git');
  for (const inside of ['objects', 'refs']) await mkdir(join(own, inside), { recursive: true });
  await writeFile(join(own, 'HEAD'), 'ref: refs/heads/main\n');
  await writeFile(join(own, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = false\n');
  /** The commit of HEAD, as its last commit has left it. */
  const head = async () => {
    const text = await readFile(join(own, 'HEAD'), 'utf8');
    const [, ref] = /^ref: (.*)\n/.exec(text) ?? [];
    return (ref === undefined ? text : await readFile(join(own, ref), 'utf8')).trim();
  };
  const write = async (changed: Record<string, string>) => {
    for (const [name, text] of Object.entries(changed)) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), text);
    }
  };
  await write(files);
  return {
    dir,
    path,
    write,
    git: (...args: string[]) => git(path, ...args),
    async commit(changed: Record<string, string> = {}) {
      await write(changed);
      await git(path, 'add', '--all');
      await git(path, 'commit', '--quiet', '--allow-empty', '--message', 'A change');
      return head();
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

/** A hash of every file below a directory, by its name: what must be the same after as before. */
export async function contentsOf(dir: string): Promise<Record<string, string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const hashes: Record<string, string> = {};
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const stats = await lstat(path);
    if (stats.isDirectory()) hashes[path] = 'directory';
    else if (stats.isSymbolicLink()) hashes[path] = `to ${await readlink(path)}`;
    else
      hashes[path] = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
  }
  return hashes;
}
