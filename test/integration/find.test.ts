import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { currentSearcher, findConfigFile, type Searcher } from '../../src/config/find.js';
import { directoryWith, mistakeOf } from '../helpers/project.js';

const own = process.geteuid?.() ?? 0;
const group = process.getegid?.() ?? 0;
const isRoot = own === 0;
const stranger = 54_321;
const searcher: Searcher = { trusted: new Set([own, 0]), group, home: null };

/** `dir/a/b`, of which `dir` holds a config, and no repository. */
async function nested() {
  const { dir, remove } = await directoryWith({ 'x/a/b/file': '', 'x/kvbench.config.json': '{}' });
  const root = join(dir, 'x');
  return { root, below: join(root, 'a/b'), config: join(root, 'kvbench.config.json'), remove };
}

/** Whether this user may mount an empty file system there. */
function mounted(dir: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', dir], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('the search for a config', () => {
  test('goes up to where it is safe', async () => {
    const { root, below, config, remove } = await nested();
    expect(findConfigFile(below, searcher)).toBe(config);
    expect(findConfigFile(below, { ...searcher, home: root })).toBe(config);
    expect(findConfigFile(below, { ...searcher, home: join(root, 'a') })).toBeNull();
    await remove();
  });

  test('ends at a directory that everybody can write, and says so of a config of ours there', async () => {
    const { root, below, config, remove } = await nested();
    for (const mode of [0o777, 0o1777]) {
      await chmod(root, mode);
      expect(await mistakeOf(() => findConfigFile(below, searcher))).toBe(
        `${config} is not read: others can write its directory, and a config says what to run. ` +
          'If you trust it, name it: --config FILE, or the variable KVBENCH_CONFIG.',
      );
      // The working directory itself is where the user stands.
      expect(findConfigFile(root, searcher)).toBe(config);
    }
    await chmod(root, 0o775);
    expect(findConfigFile(below, searcher)).toBe(config);
    if (!isRoot) {
      expect(await mistakeOf(() => findConfigFile(below, { ...searcher, group: -1 }))).toContain(
        'others can write its directory',
      );
    }
    await remove();
  });

  test.runIf(isRoot)("does not see a stranger's file where everybody can write", async () => {
    const { root, below, config, remove } = await nested();
    await chmod(root, 0o1777);
    await chown(config, stranger, stranger);
    expect(findConfigFile(below, searcher)).toBeNull();
    await remove();
  });

  test.runIf(isRoot)("ends at a stranger's directory", async () => {
    const { root, below, config, remove } = await nested();
    await chown(config, stranger, stranger);
    await chown(root, stranger, stranger);
    expect(findConfigFile(below, searcher)).toBeNull();
    await remove();
  });

  test.runIf(isRoot)("refuses a stranger's config, and a link of a stranger's", async () => {
    const { root, below, config, remove } = await nested();
    await chown(config, stranger, stranger);
    const told = `${config} is not read: it belongs to another user (uid ${stranger})`;
    expect(await mistakeOf(() => findConfigFile(below, searcher))).toContain(told);
    expect(await mistakeOf(() => findConfigFile(root, searcher))).toContain('--config FILE');
    // As with sudo, in a project of the one who calls it.
    const called = currentSearcher({ SUDO_UID: String(stranger) });
    expect(findConfigFile(below, { ...called, home: null })).toBe(config);

    await mkdir(join(root, 'linked'));
    const link = join(root, 'linked/kvbench.config.json');
    await writeFile(join(root, 'mine.json'), '{}');
    await symlink(join(root, 'mine.json'), link);
    expect(findConfigFile(join(root, 'linked'), searcher)).toBe(link);
    await chown(join(root, 'mine.json'), stranger, stranger);
    expect(await mistakeOf(() => findConfigFile(join(root, 'linked'), searcher))).toContain(
      'belongs to another user',
    );
    await remove();
  });

  test('asks nobody where files have no owners', async () => {
    const { root, below, config, remove } = await nested();
    await chmod(root, 0o777);
    expect(findConfigFile(below, { trusted: null, group: null, home: null })).toBe(config);
    await remove();
  });

  test('ends at the border of a file system', async () => {
    const { below, config, remove } = await nested();
    if (mounted(below)) {
      expect(findConfigFile(below, searcher)).toBeNull();
      execFileSync('umount', [below]);
    }
    expect(findConfigFile(below, searcher)).toBe(config);
    await remove();
  });
});
