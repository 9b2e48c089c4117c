import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KvbenchError } from '../../src/errors.js';
import { Repository } from '../../src/targets/git.js';
import { restoreEnv } from '../helpers/env.js';
import { mistakeOf } from '../helpers/project.js';
import { aRepository, contentsOf, git, gitEnv } from '../helpers/repository.js';

let repository: Awaited<ReturnType<typeof aRepository>>;
let scratch: string;
const before = { ...process.env };
beforeEach(async () => {
  for (const [name, value] of Object.entries(gitEnv)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  repository = await aRepository();
  scratch = await mkdtemp(join(repository.dir, 'scratch-'));
});
afterEach(async () => {
  restoreEnv(before);
  await repository.remove();
});

const open = (dir = repository.path, signal = new AbortController().signal) =>
  Repository.around(dir, { scratch, signal });

/** Reads both states and writes both out; gives the files of each, and proves that nothing else changed. */
async function checkedOut(ref: string, dir = repository.path) {
  const untouched = await contentsOf(repository.path);
  const opened = await open(dir);
  const texts: Record<string, string>[] = [];
  for (const revision of [await opened.commit(ref), await opened.workingTree()]) {
    const out = join(scratch, revision.clean === undefined ? 'base' : 'head');
    await opened.checkOut(revision, out);
    const files = await readdir(out, { recursive: true, withFileTypes: true });
    const read = files
      .filter((file) => !file.isDirectory())
      .map(async (file) => {
        const path = join(file.parentPath, file.name);
        return [path.slice(out.length + 1), await readFile(path, 'utf8')] as const;
      });
    texts.push(Object.fromEntries(await Promise.all(read)));
  }
  expect(await contentsOf(repository.path)).toEqual(untouched);
  const [base, head] = texts;
  return { base, head };
}

describe('what is read', () => {
  test('changed, staged, new and deleted files are part of the working tree; ignored ones are not', async () => {
    await repository.commit({ a: '1', b: '1', gone: '1', '.gitignore': 'ignored\n' });
    await repository.write({ a: '2', b: '2', ignored: '1', 'deep/new': '1' });
    await repository.git('add', 'b');
    await rm(join(repository.path, 'gone'));
    expect(await checkedOut('main')).toEqual({
      base: { a: '1', b: '1', gone: '1', '.gitignore': 'ignored\n' },
      head: { a: '2', b: '2', '.gitignore': 'ignored\n', 'deep/new': '1' },
    });
  });

  test('what is tracked although it is ignored is part of it; what is no longer tracked is not', async () => {
    await repository.commit({ kept: '1', untracked: '1' });
    await repository.write({ '.gitignore': 'kept\nuntracked\nadded\n', added: '1' });
    await repository.git('rm', '--quiet', '--cached', 'untracked');
    await repository.git('add', '--force', 'added');
    expect(Object.keys((await checkedOut('main')).head ?? {}).sort()).toEqual([
      ...['.gitignore', 'added', 'kept'],
    ]);
  });

  test('a merge with conflicts, an index in parts', async () => {
    await repository.commit({ a: '1' });
    await repository.git('checkout', '--quiet', '-b', 'topic');
    await repository.commit({ a: '2' });
    await repository.git('checkout', '--quiet', 'main');
    await repository.git('update-index', '--split-index');
    await repository.commit({ a: '3' });
    await expect(repository.git('merge', 'topic')).rejects.toThrow('CONFLICT');
    expect((await checkedOut('main')).head?.['a']).toContain('<<<<<<<');
  });

  test.each([
    ['branch', 'topic'],
    ['tag', 'v1'],
    ['annotated tag', 'v2'],
    ['remote branch', 'FETCH_HEAD'],
    ['ancestor', 'main~1'],
    ['the head itself', 'HEAD~1'],
  ])('a %s', async (_, ref) => {
    await repository.commit({ a: '1' });
    await repository.git('branch', 'topic');
    await repository.git('tag', 'v1');
    await repository.git('tag', '--annotate', 'v2', '--message', 'x');
    await repository.git('fetch', '--quiet', '.', 'topic');
    await repository.commit({ a: '2' });
    const { base, head } = await checkedOut(ref);
    expect([base, head]).toEqual([{ a: '1' }, { a: '2' }]);
  });

  test('a commit by its hash, whole or not, has its short hash for a name', async () => {
    const hash = await repository.commit({ a: '1' });
    const opened = await open();
    expect(await opened.commit(hash)).toMatchObject({ label: hash.slice(0, 7), commit: hash });
    expect((await opened.commit('main')).label).toBe(`main (${hash.slice(0, 7)})`);
  });

  test('a detached head, a subdirectory, a path through a link', async () => {
    await repository.commit({ 'app/a': '1' });
    await repository.git('checkout', '--quiet', '--detach');
    await repository.commit({ 'app/a': '2' });
    const link = join(repository.dir, 'link');
    await symlink(join(repository.path, 'app'), link);
    const opened = await open(link);
    expect(opened.inside).toBe('app');
    const { base, head } = await checkedOut('HEAD~1', link);
    expect([base, head]).toEqual([{ 'app/a': '1' }, { 'app/a': '2' }]);
  });

  test('before the first commit there is a working tree, and no commit', async () => {
    await repository.write({ a: '1' });
    const opened = await open();
    expect(await opened.workingTree()).toMatchObject({ commit: null });
    expect(await mistakeOf(() => opened.commit('HEAD'))).toContain(
      'There is no commit named "HEAD"',
    );
  });

  test('the same files have the same hash, whoever else has changed', async () => {
    await repository.commit({ 'app/a': '1', other: '1' });
    await repository.write({ other: '2' });
    const opened = await open(join(repository.path, 'app'));
    const [base, head] = [await opened.commit('main'), await opened.workingTree()];
    expect(head.tree).not.toBe(base.tree);
    expect(await opened.sourceHash(head)).toBe(await opened.sourceHash(base));
  });

  test('a directory that a commit does not have', async () => {
    await repository.commit({ a: '1' });
    await repository.write({ 'app/a': '1' });
    const opened = await open(join(repository.path, 'app'));
    expect(await opened.sourceHash(await opened.commit('main'))).toBeNull();
    expect(await opened.sourceHash(await opened.workingTree())).not.toBeNull();
  });

  test('links and submodules do no harm', async () => {
    const other = await aRepository();
    await other.commit({ x: '1' });
    await repository.commit({ a: '1' });
    await repository.git(
      ...['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', other.path, 'sub'],
    );
    await symlink('/nowhere', join(repository.path, 'broken'));
    await repository.commit();
    await repository.write({ 'sub/x': '2', 'nested/y': '1' });
    const nested = join(repository.path, 'nested');
    await git(nested, 'init', '--quiet');
    await git(nested, 'commit', '--quiet', '--allow-empty', '--message', 'x');
    const untouched = await contentsOf(repository.path);
    const opened = await open();
    const out = join(scratch, 'out');
    for (const revision of [await opened.commit('main'), await opened.workingTree()]) {
      await opened.checkOut(revision, out);
    }
    expect(await readdir(out)).toEqual(expect.arrayContaining(['a', 'broken', '.gitmodules']));
    expect(await contentsOf(repository.path)).toEqual(untouched);
    await other.remove();
  });

  test('hooks do not run, and what a hook has in its environment does not mislead', async () => {
    await repository.commit({ a: '1' });
    const hook = join(repository.path, '.git/hooks/post-index-change');
    const ran = join(repository.dir, 'ran');
    await mkdir(dirname(hook));
    await writeFile(hook, `#!/bin/sh\ntouch ${ran}\n`, { mode: 0o755 });
    await repository.write({ a: '2' });
    process.env['GIT_DIR'] = '.git';
    process.env['GIT_INDEX_FILE'] = '.git/index.lock';
    expect((await checkedOut('main')).head).toEqual({ a: '2' });
    expect(await readdir(repository.dir)).not.toContain('ran');
  });

  test('a sparse clone is read as far as it goes', async () => {
    await repository.commit({ 'in/a': '1', 'out/b': '1' });
    await repository.git('sparse-checkout', 'set', 'in');
    await repository.write({ 'in/a': '2' });
    const { base, head } = await checkedOut('main', join(repository.path, 'in'));
    expect(base).toMatchObject({ 'in/a': '1' });
    expect(head).toMatchObject({ 'in/a': '2' });
    expect(Object.keys(base ?? {})).toEqual(Object.keys(head ?? {}));
  });
});

describe('a checkout that is a repository', () => {
  /** Both checkouts as repositories; the user's is the same afterwards, whatever is done in them. */
  async function bothOf(path: string, ref: string) {
    const opened = await open(path);
    const dirs: string[] = [];
    for (const revision of [await opened.commit(ref), await opened.workingTree()]) {
      const dir = join(scratch, `arm-${dirs.length}`);
      await opened.checkOut(revision, dir);
      await opened.giveHistory(revision, dir);
      dirs.push(dir);
    }
    return dirs as [base: string, head: string];
  }

  test('says of itself what the clone would say, and writes nothing to that', async () => {
    await repository.commit({ a: '1', '.gitignore': 'ignored' });
    await repository.git('tag', '--annotate', 'v1.2', '--message', 'x');
    await repository.git('tag', 'light');
    const commit = await repository.commit({ a: '2' });
    await repository.write({ a: '3', new: '1', ignored: '1' });
    await repository.git('pack-refs', '--all');
    const untouched = await contentsOf(repository.path);
    const [base, head] = await bothOf(repository.path, 'v1.2');
    expect(await git(base, 'describe', '--dirty')).toBe('v1.2');
    expect(await git(base, 'status', '--porcelain')).toBe('');
    expect(await git(head, 'describe', '--dirty')).toBe(`v1.2-1-g${commit.slice(0, 7)}-dirty`);
    expect(await git(head, 'tag', '--list')).toBe('light\nv1.2');
    expect(await git(head, 'status', '--porcelain')).toBe('M a\n?? new');
    expect(await git(head, 'rev-list', '--count', 'HEAD')).toBe('2');
    await git(head, 'add', '--all');
    await git(head, 'commit', '--quiet', '--message', 'x');
    await git(head, 'gc', '--quiet', '--prune=now');
    expect(await contentsOf(repository.path)).toEqual(untouched);
  });

  test.each([
    ['a shallow clone', ['clone', '--depth=2']],
    ['a clone that borrows its objects', ['clone', '--shared']],
    ['a linked worktree', ['-C', 'SOURCE', 'worktree', 'add', '--detach']],
  ])('of %s', async (_, [command = '', ...args]) => {
    for (const a of ['1', '2', '3']) await repository.commit({ a });
    await repository.git('tag', 'v3');
    const path = join(repository.dir, 'other');
    const source = args.includes('--depth=2') ? `file://${repository.path}` : repository.path;
    const asked = [command, ...args].map((arg) => (arg === 'SOURCE' ? source : arg));
    const from = command === 'clone' ? [source] : [];
    await git(repository.dir, ...asked, '--quiet', ...from, path);
    const [base, head] = await bothOf(path, 'HEAD~1');
    expect(await git(head, 'describe', '--tags')).toBe('v3');
    expect(await git(base, 'status', '--porcelain')).toBe('');
    const count = await git(path, 'rev-list', '--count', 'HEAD');
    expect(await git(head, 'rev-list', '--count', 'HEAD')).toBe(count);
  });
});

describe('what is refused, with a sentence on what to do', () => {
  test.each([
    'nope',
    '--help',
    '-x',
    '--git-dir=/',
    'a..b',
    '',
    'HEAD:a',
    'v1 v1',
    '@{-9}',
    '\u001b[2J',
  ])('the ref %j', async (ref) => {
    await repository.commit({ a: '1' });
    const opened = await open();
    expect(await mistakeOf(() => opened.commit(ref))).toContain(
      `There is no commit named ${JSON.stringify(ref)}`,
    );
  });

  test.each([
    ['a commit', 'OLD', 'fetch --depth=1 origin OLD'],
    ['the commit before', 'HEAD^1', 'fetch --deepen=1'],
    ['two before', 'HEAD~2', 'fetch --deepen=2'],
    ['a branch of the remote', 'origin/other', 'fetch --depth=1 origin other'],
    ['a branch', 'other', 'fetch --depth=1 origin other'],
    ['a tag', 'v1', 'fetch --depth=1 origin v1'],
  ])('a shallow clone says what to fetch for %s, and that helps', async (_, asked, expected) => {
    const old = await repository.commit({ a: '1' });
    await repository.git('tag', 'v1');
    await repository.git('branch', 'other');
    await repository.commit({ a: '2' });
    await repository.commit({ a: '3' });
    await repository.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    const clone = join(repository.dir, 'clone');
    await git(repository.dir, 'clone', '--quiet', '--depth=1', `file://${repository.path}`, clone);
    const opened = await open(clone);
    const ref = asked.replace('OLD', old);
    const hint = await mistakeOf(() => opened.commit(ref));
    const [, command = ''] = /`git (fetch [^`]*)`/.exec(hint) ?? [];
    expect(command).toBe(expected.replace('OLD', old));
    expect(hint).toContain('fetch-depth: 0');
    await git(clone, ...command.split(' '));
    const [, named = ref] = /name it (\w+)/.exec(hint) ?? [];
    const { commit } = await opened.commit(named);
    expect(commit).toBe(await repository.git('rev-parse', asked === 'HEAD^1' ? 'main^1' : old));
  });

  test('a change of the same size, in the second in which git last looked, is seen', async () => {
    for (let i = 0; i < 5; i++) {
      await repository.commit({ a: `${i}0` });
      await repository.write({ a: `${i}1` });
      const opened = await open();
      const [before, after] = [await opened.commit('HEAD'), await opened.workingTree()];
      expect(after.tree).not.toBe(before.tree);
    }
  });

  test('a repository with a colon or a quote in its path', async () => {
    for (const name of ['a:b', 'say "a"', 'back\\slash:']) {
      const path = join(repository.dir, name);
      await repository.commit({ a: '1' });
      await git(repository.dir, 'clone', '--quiet', `file://${repository.path}`, path);
      const opened = await open(path);
      const { tree } = await opened.commit('HEAD');
      expect((await opened.workingTree()).tree).toBe(tree);
    }
  });

  test('no repository, and a bare one', async () => {
    const none = join(repository.dir, 'none');
    await mkdir(none);
    expect(await mistakeOf(() => open(none))).toMatch(
      /git knows no repository around .*--base-dir/,
    );
    await git(none, 'init', '--quiet', '--bare');
    expect(await mistakeOf(() => open(none))).toContain('git knows no repository');
  });

  test("a repository of another user's: git's own words are shown", async () => {
    process.env['GIT_TEST_ASSUME_DIFFERENT_OWNER'] = '1';
    const error = await open().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(KvbenchError);
    const { message, output } = error as KvbenchError;
    expect(message).toContain('belongs to another user');
    expect(output).toContain('safe.directory');
  });

  test('no git', async () => {
    process.env['PATH'] = repository.dir;
    expect(await mistakeOf(open)).toMatch(/^There is no `git` on the PATH\..*--base-dir/);
  });

  test('a file that git can not read is an error with its output', async () => {
    await repository.commit({ a: '1' });
    const hash = await repository.git('rev-parse', 'HEAD:a');
    await rm(join(repository.path, '.git/objects', hash.slice(0, 2), hash.slice(2)), {
      force: true,
    });
    const opened = await open();
    const error = await opened
      .checkOut(await opened.commit('main'), join(scratch, 'out'))
      .catch((reason: unknown) => reason as KvbenchError);
    expect(error).toMatchObject({ exitCode: 2, message: '`git checkout-index` failed.' });
    expect((error as KvbenchError).output).toContain(hash);
  });
});

test('an interrupt ends it with its own reason', async () => {
  await repository.commit({ a: '1' });
  const reason = new KvbenchError('interrupted', 'Stop.', '');
  await expect(open(repository.path, AbortSignal.abort(reason))).rejects.toBe(reason);
});
