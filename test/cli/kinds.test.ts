import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resultKinds } from '../../src/report/kinds/index.js';
import { cli } from '../helpers/cli.js';
import { pingsKind, somePings } from '../helpers/pings.js';
import { aRichRun, recordedGate } from '../helpers/saved.js';

// All that it takes to hand kvbench another kind.
const kinds = [...resultKinds, pingsKind];

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-kinds-'));
  const { warnings, ...first } = somePings();
  const far = somePings({
    startedAt: '2026-01-05T03:04:05.000Z',
    hosts: [{ name: 'far', timesNs: [9e6] }],
    warnings: [{ code: 'lost', message: 'One was lost.', advice: 'Use a cable.' }],
  });
  const documents = {
    run: aRichRun(),
    gate: recordedGate('pass'),
    pings: somePings(),
    far,
    old: { ...first, pingsSchemaVersion: 1 },
    new: { ...first, pingsSchemaVersion: 3 },
    damaged: somePings({ hosts: [{ name: 'near', timesNs: ['soon'] as never }] }),
  };
  for (const [name, document] of Object.entries(documents)) {
    await writeFile(join(dir, `${name}.json`), JSON.stringify(document));
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const kvbench = (...args: string[]) => cli(args, { cwd: dir, kinds });

/** Nothing of it is written by the kind but its words. */
const nearText = `near: one packet at a time

Round trips (medians)
host     time
near  50.0 µs

near is 50.0 µs away.

by echo requests
`;

describe('a kind of result from elsewhere', () => {
  test.each(['pings.json', 'old.json'])(
    'is told as text, of this version or older: %s',
    async (file) => {
      const { code, stdout, stderr } = await kvbench('report', file);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toBe(nearText);
    },
  );

  test('is a page and Markdown with all that it says, its drawings, and its command line', async () => {
    const flags = ['--html', 'a.html', '--markdown', 'a.md', '--svg', 'charts'];
    const { code, stderr } = await kvbench('report', 'far.json', ...flags);
    expect(code, stderr).toBe(0);
    for (const file of ['a.html', 'a.md']) {
      const text = await readFile(join(dir, file), 'utf8');
      for (const words of [
        'kvbench pings: far',
        'far is 9.00 ms away.',
        'one packet at a time.',
        'One was lost.',
        'Round trips',
        'Ping by ping',
        'echo requests',
        'kvbench pings far',
      ]) {
        expect(text).toContain(words);
      }
    }
    expect(await readdir(join(dir, 'charts'))).toEqual(['pings.svg']);
  });

  test('stands beside others, lined up with its own', async () => {
    const files = ['run.json', 'pings.json', 'gate.json', 'far.json'];
    const { code, stdout, stderr } = await kvbench('report', ...files, '--markdown');
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('## kvbench: 4 results');
    expect(stdout).toContain('### pings: near, 2026-01-02 03:04 UTC');
    expect(stdout.match(/\*\*Round trips\*\*/g)).toHaveLength(1);
    expect(stdout).toMatch(/near .*\n.*far /);
  });

  test.each<[args: string[], text: string]>([
    [['csv', 'pings.json'], 'host,time_ns\r\nnear,40000\r\nnear,50000\r\nnear,70000\r\n'],
    [['openmetrics', 'pings.json'], '\nkvbench_ping_seconds{host="near"} 0.00005\n'],
  ])('is exported: %j', async (args, text) => {
    const { code, stdout, stderr } = await kvbench('export', ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(text);
  });

  test('is compared with one of its own, for people and for programs', async () => {
    const text = await kvbench('compare', join(dir, 'pings.json'), join(dir, 'far.json'));
    expect(text.stdout).toMatch(/pings\.json 50\.0 µs, .*far\.json 9\.00 ms\n$/);
    const json = await kvbench('compare', '--json', join(dir, 'old.json'), join(dir, 'far.json'));
    expect(JSON.parse(json.stdout)).toMatchObject({ before: '50.0 µs', after: '9.00 ms' });
  });

  test.each<[args: string[], problem: string]>([
    [['export', 'csv', 'pings.json', '--series'], 'Pings have no time series.'],
    [['export', 'hlog', 'pings.json'], 'Pings have no histograms.'],
    [['report', 'new.json'], 'with version 3 of the schema, and this one reads 2'],
    [['report', 'damaged.json'], 'is damaged: hosts.0.timesNs.0'],
  ])('is refused in its own words: %j', async (args, problem) => {
    const { code, stdout, stderr } = await kvbench(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(problem);
    expect(stderr).not.toContain('    at ');
  });

  test('is not known to a kvbench that was not handed it', async () => {
    const { code, stderr } = await cli(['report', 'pings.json'], { cwd: dir });
    expect(code).toBe(2);
    expect(stderr).toContain('is JSON, but no result of `kvbench run` or `kvbench gate`');
  });

  test('is named in the help', async () => {
    expect((await kvbench('report', '--help')).stdout).toMatch(/`costs`\s+or\s+`pings`/);
  });
});

test.each<[a: string, b: string, problem: RegExp]>([
  [
    'run',
    'pings',
    /run\.json is a result of `kvbench run`, and \S+pings\.json one of `kvbench pings`\./,
  ],
  ['gate', 'gate', /gate\.json is JSON, but no result of `kvbench run` or `kvbench pings`\./],
])('%s and %s are not compared', async (a, b, problem) => {
  const { code, stdout, stderr } = await kvbench(
    'compare',
    join(dir, `${a}.json`),
    join(dir, `${b}.json`),
  );
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(problem);
});
