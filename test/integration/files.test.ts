import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeDirectory, readText, writeWhole } from '../../src/files.js';
import { packagePath } from '../../src/package.js';
import { checkWritable } from '../../src/result/store.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-files-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('what is there and no regular file is written to, and stays', () => {
  test('a device', async () => {
    await checkWritable('/dev/null');
    await writeWhole('/dev/null', 'text');
    expect((await lstat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  test('a device behind a link', async () => {
    await symlink('/dev/null', join(dir, 'link'));
    await writeWhole(join(dir, 'link'), 'text');
    expect((await lstat(join(dir, 'link'))).isSymbolicLink()).toBe(true);
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  test('a named pipe, whose reader gets it', async () => {
    const pipe = join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'ignore'] });
    await checkWritable(pipe);
    const [read] = await Promise.all([text(reader.stdout), writeWhole(pipe, 'through')]);
    expect(read).toBe('through');
    expect((await lstat(pipe)).isFIFO()).toBe(true);
  });

  test('one of our own ends that is a pipe', async () => {
    const program = `import { writeWhole } from ${JSON.stringify(packagePath('dist/internals.js'))};
      await writeWhole('/dev/stdout', 'to whoever reads');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [read] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect(read).toBe('to whoever reads');
  });
});

test('a regular file is replaced whole, through a link, and with the mode that is asked', async () => {
  await writeFile(join(dir, 'file'), 'old');
  await symlink(join(dir, 'file'), join(dir, 'link'));
  await writeWhole(join(dir, 'link'), 'new');
  expect((await lstat(join(dir, 'link'))).isSymbolicLink()).toBe(true);
  expect(await readFile(join(dir, 'file'), 'utf8')).toBe('new');
  await writeWhole(join(dir, 'own'), 'x', 0o600);
  expect((await stat(join(dir, 'own'))).mode & 0o777).toBe(0o600);
  expect((await readdir(dir)).sort()).toEqual(['file', 'link', 'own']);
});

test.each(['/proc/x/y', '/sys/a/b/c', '/proc/self/x'])(
  '%s can not be made, and says so',
  async (path) => {
    await expect(makeDirectory(path)).rejects.toThrow(/no place for files/);
    await expect(checkWritable(join(path, 'r.json'))).rejects.toMatchObject({ exitCode: 2 });
  },
);

test('directories are made, with those above them; a file among them is in the way', async () => {
  await makeDirectory(join(dir, 'a', 'b'));
  expect((await stat(join(dir, 'a', 'b'))).isDirectory()).toBe(true);
  await writeFile(join(dir, 'a', 'file'), '');
  await expect(makeDirectory(join(dir, 'a', 'file', 'c'))).rejects.toThrow(/not a directory/);
});

describe('reading', () => {
  test('a device that never ends, and a file that is larger, are refused at their bound', async () => {
    await writeFile(join(dir, 'large'), 'x'.repeat(2 ** 20 + 1));
    for (const path of ['/dev/zero', join(dir, 'large')]) {
      await expect(readText(path, 2 ** 20)).rejects.toThrow('it is larger than 1 MiB');
    }
    expect(await readText('/dev/null', 1)).toBe('');
  });

  test('a named pipe gives what is written to it, and can be given up where nobody writes', async () => {
    const pipe = join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const interrupt = new AbortController();
    const waiting = readText(pipe, 100, interrupt.signal);
    setTimeout(() => interrupt.abort(), 50);
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    const writer = spawn('sh', ['-c', 'echo through > "$0"', pipe], { stdio: 'ignore' });
    expect(await readText(pipe, 100)).toBe('through\n');
    await once(writer, 'exit');
  });
});
