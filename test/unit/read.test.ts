import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readResult, readSaved } from '../../src/api/documents.js';
import type { Latency, RunResult } from '../../src/result/schema.js';
import { aSweepResult } from '../helpers/reports.js';
import { aResult, aTrial } from '../helpers/results.js';
import { recordedGate } from '../helpers/saved.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-read-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const run = aResult([aTrial()]);
const text = (value: unknown) => JSON.stringify(value, null, 2);
const saved = async (content: string | Buffer) => {
  const path = join(dir, 'result.json');
  await writeFile(path, content);
  return path;
};

test.each([
  ['run', run],
  ['gate', recordedGate('pass')],
  ['sweep', aSweepResult()],
] as const)(
  'a %s is known by its version, with or without a byte order mark',
  async (kind, result) => {
    for (const mark of ['', '\ufeff']) {
      expect(await readSaved(await saved(mark + text(result)))).toEqual({ kind, result });
    }
  },
);

const padding = ' '.repeat(100_000);
describe.each<[what: string, content: string | Buffer, problem: RegExp]>([
  ['empty', '', /is empty\.$/],
  ['cut off', text(run).slice(0, -300), /ends in the middle/],
  ['text', 'hello', /is not JSON/],
  ['long text', 'hello '.repeat(50_000), /is not JSON\.$/],
  ['binary', Buffer.from([0x7f, 0x45, 0, 1, 2, 255]), /is binary/],
  ['foreign', '{"name":"x","version":1}', /is JSON, but no result of/],
  ['long and foreign', `{${padding}"name":"x"}`, /is JSON, but no result of/],
  ['an array', '[1,2]', /is JSON, but no result of/],
  ['null', 'null', /is JSON, but no result of/],
  [
    'older',
    text({ ...run, schemaVersion: 3 }),
    /with version 3 of the schema, and this one reads 6/,
  ],
  ['newer', text({ ...run, schemaVersion: 99 }), /with version 99/],
  ['nested deeply', '['.repeat(3e6), /is JSON, but no result of/],
  ['damaged', text({ ...run, machine: { cpus: 'many' } }), /is damaged: machine\./],
])('a file that is %s', (_, content, problem) => {
  test('is a usage error that says so, and names it', async () => {
    const path = await saved(content);
    for (const read of [readSaved, readResult]) {
      const error = await read(path).then(
        () => null,
        (reason) => reason,
      );
      expect(error).toMatchObject({ name: 'KvbenchError', exitCode: 2 });
      expect(error.message).toMatch(problem);
      expect(error.message).toContain(path);
      expect(error.hint).not.toBe('');
    }
  });
});

test.each([
  ['', /is binary/],
  ['{"schemaVersion": 4, "kvbenchVersion": "0.1.0",'.padEnd(2 ** 20), /is larger than 128 MiB/],
])(
  'a file of 500 MB that begins with %.40j is refused before it is read to its end',
  async (head, problem) => {
    const path = join(dir, 'huge.json');
    const file = await open(path, 'w');
    await file.write(head);
    // Sparse: it takes no room.
    await file.truncate(500e6);
    await file.close();
    await expect(readSaved(path)).rejects.toMatchObject({
      message: expect.stringMatching(problem),
    });
  },
);

test.each([
  ['objects', '{}', /has too many parts: 5000003 objects/],
  ['texts', '"a"', /has too many parts/],
])('a file of millions of %s is refused before it takes all memory', async (_, item, problem) => {
  const many = `${item},`.repeat(item === '{}' ? 5e6 : 10e6);
  const head = '{"schemaVersion":4,"kvbenchVersion":"0.1.0","warnings":[';
  const path = await saved(`${head}${many}${item}]}`);
  await expect(readSaved(path)).rejects.toMatchObject({ message: expect.stringMatching(problem) });
});

test('of many faults the first is told', async () => {
  const path = await saved(text({ ...run, warnings: Array(100_000).fill({}) }));
  await expect(readSaved(path)).rejects.toThrow(/is damaged: warnings\.0\.code/);
});

test('a directory, a missing file and a device are usage errors', async () => {
  await expect(readSaved(dir)).rejects.toThrow(/is a directory/);
  await expect(readSaved(join(dir, 'none.json'))).rejects.toThrow(/does not exist/);
  await expect(readSaved('/dev/zero')).rejects.toThrow(/is binary/);
});

test('a run and a sweep of the version before are read, what they had not recorded as unknown', async () => {
  const older = text({
    ...run,
    schemaVersion: 4,
    trials: run.trials.map(({ warmup, serviceTime, responseTime, generator, ...trial }) => ({
      ...trial,
      warmupErrors: 3,
      serviceTime: olderLatency(serviceTime),
      responseTime: olderLatency(responseTime),
      generator: generator && (({ stalls, ...rest }) => rest)(generator),
    })),
  });
  const { result } = (await readSaved(await saved(older))) as { result: RunResult };
  expect(result.schemaVersion).toBe(6);
  expect(result.trials[0]).toMatchObject({
    parts: null,
    warmup: { planned: 3, errors: 3 },
    serviceTime: { low: null, censored: null, atLeast: [] },
    generator: { stalls: null },
  });
  // The one before had all but what latencies are made of.
  const last = { ...run, schemaVersion: 5, trials: run.trials.map(({ parts, ...rest }) => rest) };
  expect(await readSaved(await saved(text(last)))).toEqual({ kind: 'run', result: run });
  const recorded = fileURLToPath(new URL('../../fixtures/results/sweep.json', import.meta.url));
  expect(await readSaved(recorded)).toMatchObject({ kind: 'sweep' });
});

test('a sweep of version 2 had all but what latencies are made of; one of version 0 is not read', async () => {
  const sweep = aSweepResult();
  const last = {
    ...sweep,
    sweepSchemaVersion: 2,
    curves: sweep.curves.map(({ steps, ...curve }) => ({
      ...curve,
      steps: steps.map(({ trial: { parts, ...trial }, ...step }) => ({ ...step, trial })),
    })),
  };
  expect(await readSaved(await saved(text(last)))).toEqual({ kind: 'sweep', result: sweep });
  const first = readSaved(await saved(text({ ...last, sweepSchemaVersion: 0 })));
  await expect(first).rejects.toThrow(/with version 0 of the schema, and this one reads 3/);
});

function olderLatency(latency: Latency | null) {
  if (latency === null) return null;
  const { low, censored, atLeast, ...rest } = latency;
  return rest;
}
