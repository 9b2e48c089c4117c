import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resultSchema } from '../../src/result/schema.js';
import { checkWritable, saveResult } from '../../src/result/store.js';
import { aLatencyTrial, aResult, aTrial } from '../helpers/results.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-store-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('what is saved is what is read, and nothing else is left beside it', async () => {
  const path = join(dir, 'result.json');
  const result = aResult([aTrial(), aLatencyTrial({ target: 'go' })]);
  await checkWritable(path);
  await saveResult(path, aResult([]));
  await saveResult(path, result);
  expect(resultSchema.parse(JSON.parse(await readFile(path, 'utf8')))).toEqual(result);
  expect(await readdir(dir)).toEqual(['result.json']);
});

test('a result is for its owner alone, also where it replaces another', async () => {
  const path = join(dir, 'result.json');
  await writeFile(path, '{}', { mode: 0o644 });
  await saveResult(path, aResult([]));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a path below a file, and a directory, are usage errors before anything is measured', async () => {
  await writeFile(join(dir, 'file'), '');
  for (const path of [join(dir, 'file', 'result.json'), dir]) {
    await expect(checkWritable(path)).rejects.toMatchObject({ exitCode: 2 });
  }
});

test('missing directories are made', async () => {
  const path = join(dir, 'a', 'b', 'result.json');
  await checkWritable(path);
  await saveResult(path, aResult([]));
  expect(await readdir(join(dir, 'a', 'b'))).toEqual(['result.json']);
});
