import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toolchainOf } from '../../src/targets/toolchain.js';

let dir: string;
let env: Record<string, string>;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-toolchain-'));
  await mkdir(join(dir, 'bin'));
  await mkdir(join(dir, 'project'));
  env = { PATH: `${join(dir, 'bin')}:${process.env['PATH']}` };
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const tool = async (name: string, says: string) => {
  const path = join(dir, 'bin', name);
  await writeFile(path, `#!/bin/sh\n${says}\n`);
  await chmod(path, 0o755);
};
const ask = (command: readonly string[], asked: readonly string[][] = []) =>
  toolchainOf({ dir: join(dir, 'project'), command, env, asked });

test('a project says its language, and that the tool of which version', async () => {
  await tool('go', 'echo go version go9.9');
  await writeFile(join(dir, 'project', 'go.mod'), '');
  const { versions, isKnown } = await ask(['make']);
  expect(isKnown).toBe(true);
  expect(versions).toContain('go version go9.9');
});

test('a version on standard error is one, too', async () => {
  await tool('java', 'echo openjdk 99 >&2');
  await writeFile(join(dir, 'project', 'pom.xml'), '');
  expect((await ask(['mvn'])).versions).toContain('openjdk 99');
});

test('what a config asks comes before what is known', async () => {
  await tool('mytool', 'echo mytool 3');
  await writeFile(join(dir, 'project', 'go.mod'), '');
  const { versions, isKnown } = await ask(['sh'], [['mytool', 'about']]);
  expect(versions[0]).toBe('mytool 3');
  expect(isKnown).toBe(true);
});

test('nothing is known of a script without a language, but the file of its shell', async () => {
  const { versions, isKnown } = await ask(['sh']);
  expect(isKnown).toBe(false);
  expect(versions).toHaveLength(1);
});

test('a compiler that is the command is known by its file, which an upgrade replaces', async () => {
  await tool('rustc', 'exit 0');
  const before = await ask(['rustc']);
  expect(before.isKnown).toBe(true);
  await tool('rustc', 'exit 0 # newer');
  expect((await ask(['rustc'])).versions).not.toEqual(before.versions);
});

test('a tool that is not there, or fails, tells nothing, and a script of the project is a source', async () => {
  await tool('go', 'exit 3');
  await writeFile(join(dir, 'project', 'go.mod'), '');
  await writeFile(join(dir, 'project', 'build.sh'), '');
  expect(await ask(['./build.sh'])).toEqual({ versions: [], told: [], isKnown: false });
});
