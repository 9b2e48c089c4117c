import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { costsJsonSchema } from '../../src/costs/schema.js';
import { resultJsonSchema } from '../../src/result/json-schema.js';
import { resultSchema } from '../../src/result/schema.js';
import { checkWritable, saveResult } from '../../src/result/store.js';
import { sweepJsonSchema } from '../../src/sweep/schema.js';
import { aSweepResult } from '../helpers/reports.js';
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

test('the published schema is the one in the code, and takes a result but not a broken one', async () => {
  const published = await readFile(
    new URL('../../schema/result-v6.schema.json', import.meta.url),
    'utf8',
  );
  expect(published, 'run `npm run schema`').toBe(resultJsonSchema());
  const validate = new Ajv2020({ formats: { 'date-time': true } }).compile(JSON.parse(published));
  const result = aResult([aTrial(), aLatencyTrial({ target: 'go' })]);
  expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...result, schemaVersion: 1 })).toBe(false);
  expect(validate({ ...result, surprise: 1 })).toBe(false);
});

test('the published schema of costs is the one of the code', async () => {
  const file = new URL('../../schema/costs-v1.schema.json', import.meta.url);
  expect(await readFile(file, 'utf8'), 'run `npm run schema`').toBe(costsJsonSchema());
});

test('the published schema of a sweep is the one of the code, and fits a sweep', async () => {
  const file = new URL('../../schema/sweep-v3.schema.json', import.meta.url);
  const published = await readFile(file, 'utf8');
  expect(published, 'run `npm run schema`').toBe(sweepJsonSchema());
  const validate = new Ajv2020({ formats: { 'date-time': true } }).compile(JSON.parse(published));
  expect(validate(aSweepResult()), JSON.stringify(validate.errors)).toBe(true);
});
