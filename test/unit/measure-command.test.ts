import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KvbenchEvent } from '../../src/api/events.js';
import { type Heading, openSession } from '../../src/api/session.js';
import type { Io } from '../../src/cli/io.js';
import { type Desk, measureCommand } from '../../src/cli/measure-command.js';
import { KvbenchError } from '../../src/errors.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-command-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Pings extends Heading {
  host: string;
  pings: number[];
}

interface Flags {
  json?: boolean;
  out?: string;
  report?: { name: 'lines'; file: string }[];
}

/** Measures pings to a host as every command measures: so many of them, and then perhaps an error. */
function ping(desk: Desk<Pings>, host: string, times: number, error?: Error, target?: string) {
  return desk.measure(async ({ out, signal, onEvent }) => {
    // A kind that there is not has no event of its own either.
    const onResult = (result: Pings) =>
      onEvent({ type: 'pings-result', result } as unknown as KvbenchEvent);
    const session = await openSession({ out, signal, onResult });
    const pings: number[] = [];
    const growing = {
      describe: (heading: Heading) => ({ ...heading, host, pings: [...pings] }),
      isWorthKeeping: () => pings.length > 0,
    };
    return session.measure(growing, async (save) => {
      for (let time = 1; time <= times; time++) {
        pings.push(time);
        await save();
      }
      if (error) throw error;
    });
  }, target);
}

/** What such a command prints, saves, gives and throws. */
async function command(
  work: (desk: Desk<Pings>) => Promise<void>,
  flags: Flags = {},
  { env = {}, isTTY = false }: { env?: Record<string, string>; isTTY?: boolean } = {},
) {
  let stdout = '';
  let stderr = '';
  const codes: number[] = [];
  const io: Io = {
    args: [],
    cwd: dir,
    signal: new AbortController().signal,
    env: { XDG_STATE_HOME: join(dir, 'state'), XDG_CACHE_HOME: join(dir, 'cache'), ...env },
    stdout: { write: (text) => (stdout += text), isTTY },
    stderr: { write: (text) => (stderr += text), isTTY },
  };
  const lines = (results: readonly Pings[]) =>
    results.map(({ host, state, pings }) => `${host}: ${pings.length}, ${state}\n`).join('');
  const error: unknown = await measureCommand<Pings, 'lines'>(
    { io, setExitCode: (code) => codes.push(code) },
    flags,
    {
      kind: 'pings',
      text: lines,
      report: (form, results) => `${form}\n${lines(results)}`,
      github: (results) => ({
        annotations: `::notice::${results.length}\n`,
        summary: lines(results),
      }),
      conclude: (results) => results.length,
    },
    work,
  ).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { stdout, stderr, codes, error };
}

const saved = async (file: string) => JSON.parse(await readFile(join(dir, file), 'utf8'));
const died = new KvbenchError('target', 'It died.', 'Mend it.');

test('a complete one is printed, with where it is saved, and decides the exit code', async () => {
  const out = 'pings.json';
  const { stdout, stderr, codes, error } = await command((desk) => ping(desk, 'near', 2), { out });
  expect({ stdout, codes, error }).toEqual({
    stdout: 'near: 2, complete\n',
    codes: [1],
    error: null,
  });
  expect(stderr).toBe(`saved to ${join(dir, out)}\n`);
  expect(await saved(out)).toMatchObject({ host: 'near', state: 'complete', pings: [1, 2] });
});

test('without --out it goes to where results are kept, under the name of its kind', async () => {
  const { stderr } = await command((desk) => ping(desk, 'near', 1));
  const results = join('state', 'kvbench', 'results');
  const files = await readdir(join(dir, results));
  expect(files).toEqual([expect.stringMatching(/^pings-.*\.json$/)]);
  expect(stderr).toBe(`saved to ${join(dir, results, files[0] ?? '')}\n`);
});

test('--json is the document, and nothing else on stdout', async () => {
  const { stdout } = await command((desk) => ping(desk, 'near', 1), { json: true, out: 'a.json' });
  expect(JSON.parse(stdout)).toEqual(await saved('a.json'));
});

test('several are told together, each saved in a file of its own', async () => {
  const both = async (desk: Desk<Pings>) => {
    await ping(desk, 'near', 1, undefined, 'near');
    await ping(desk, 'far', 2, undefined, 'far');
  };
  const { stdout, stderr, codes } = await command(both, { out: 'p.json' });
  expect({ stdout, codes }).toEqual({
    stdout: 'near: 1, complete\nfar: 2, complete\n',
    codes: [2],
  });
  const paths = ['p.near.json', 'p.far.json'].map((file) => `saved to ${join(dir, file)}\n`);
  expect(stderr).toBe(paths.join(''));
  const { stdout: json } = await command(both, { out: 'p.json', json: true });
  expect(JSON.parse(json)).toEqual([await saved('p.near.json'), await saved('p.far.json')]);
});

test('what was not measured is told as well, saved or not', async () => {
  const result = { host: 'old', pings: [1], state: 'complete' } as Pings;
  const { stdout, stderr } = await command(async ({ keep, hasResult }) => {
    expect(hasResult()).toBe(false);
    keep(result, null);
    keep(result, '/kept.json');
    expect(hasResult()).toBe(true);
  });
  expect(stdout).toBe('old: 1, complete\n'.repeat(2));
  expect(stderr).toBe('saved to /kept.json\n');
});

describe.each([
  ['an expected error', died],
  ['a bug', new TypeError('x')],
])('ended by %s', (_, end) => {
  test('after something was measured: that is printed, and the error decides', async () => {
    const { stdout, stderr, codes, error } = await command((desk) => ping(desk, 'near', 2, end), {
      out: 'p.json',
    });
    expect({ stdout, codes, error }).toEqual({
      stdout: 'near: 2, failed\n',
      codes: [],
      error: end,
    });
    expect(stderr).toBe(`saved to ${join(dir, 'p.json')}\n`);
  });

  test('before: nothing is printed', async () => {
    const { stdout, stderr, codes, error } = await command((desk) => ping(desk, 'near', 0, end));
    expect({ stdout, stderr, codes, error }).toEqual({
      stdout: '',
      stderr: '',
      codes: [],
      error: end,
    });
  });
});

test('reports are written, of what failed too', async () => {
  const report: Flags['report'] = [{ name: 'lines', file: 'lines.txt' }];
  await command((desk) => ping(desk, 'near', 1, died), { report });
  expect(await readFile(join(dir, 'lines.txt'), 'utf8')).toBe('lines\nnear: 1, failed\n');
});

test('one that can not be written is told before anything is measured', async () => {
  await mkdir(join(dir, 'lines.txt'));
  let isBegun = false;
  const { error } = await command(
    async () => {
      isBegun = true;
    },
    { report: [{ name: 'lines', file: 'lines.txt' }] },
  );
  expect(error).toMatchObject({ kind: 'usage', hint: expect.stringContaining('--report') });
  expect(isBegun).toBe(false);
});

test('a job of GitHub is told by its log and its summary', async () => {
  const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(dir, 'summary.md') };
  const { stdout } = await command((desk) => ping(desk, 'near', 1), {}, { env });
  expect(stdout).toBe('near: 1, complete\n::notice::1\n');
  expect(await readFile(env.GITHUB_STEP_SUMMARY, 'utf8')).toBe('near: 1, complete\n\n');
  const json = await command((desk) => ping(desk, 'near', 1), { json: true }, { env });
  expect(JSON.parse(json.stdout)).toMatchObject({ host: 'near' });
  expect(json.stderr).toContain('::notice::1\n');
});

test('on a terminal a line without text parts progress from figures', async () => {
  const { stderr } = await command(
    (desk) => ping(desk, 'near', 1),
    { out: 'p.json' },
    { isTTY: true },
  );
  expect(stderr).toBe(`\nsaved to ${join(dir, 'p.json')}\n`);
});
