import { mkdirSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Heading, openSession } from '../../src/api/session.js';
import { KvbenchError } from '../../src/errors.js';
import { packageVersion } from '../../src/package.js';

let dir: string;
let out: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-session-'));
  out = join(dir, 'new', 'pings.json');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Pings extends Heading {
  pings: number[];
}

/** What is done after so many pings. */
type End = (abort: AbortController) => void;

/** Pings some times, saves after each, and ends as it is told to. */
async function measure(times: number, end: End = () => {}, to: string | null = out) {
  const abort = new AbortController();
  const told: Pings[] = [];
  const savedWhenTold: unknown[] = [];
  const pings: number[] = [];
  const outcome = await openSession<Pings>({
    out: to,
    signal: abort.signal,
    onResult: (result) => told.push(result),
  })
    .then((session) =>
      session.measure(
        {
          describe: (heading) => ({ ...heading, pings: [...pings] }),
          isWorthKeeping: () => pings.length > 0,
        },
        async (save) => {
          for (let ping = 1; ping <= times; ping++) {
            pings.push(ping);
            await save();
            savedWhenTold.push(await saved());
          }
          end(abort);
        },
      ),
    )
    .then(
      (result) => ({ result, error: null }),
      (error: unknown) => ({ result: null, error }),
    );
  return { ...outcome, told, savedWhenTold, saved: await saved() };
}

/** The saved result; null: there is none. */
async function saved(): Promise<unknown> {
  const text = await readFile(out, 'utf8').catch(() => null);
  return text === null ? null : JSON.parse(text);
}

const targetDied = new KvbenchError('target', 'It died.', 'Mend it.');
const bug = new TypeError('x is not a function');
const stop = new KvbenchError('interrupted', 'Interrupted.', '');

const fail = (error: Error): End => {
  return () => {
    throw error;
  };
};
/** What is under way when somebody ends it fails with an error of its own. */
const interrupt: End = (abort) => {
  abort.abort(stop);
  throw new Error('the generator has ended');
};

test('a complete one is saved and told after every step, and once more at its end', async () => {
  const { result, told, savedWhenTold, saved } = await measure(2);
  const states = told.map(({ state, pings }) => [state, pings]);
  expect(states).toEqual([
    ['running', [1]],
    ['running', [1, 2]],
    ['complete', [1, 2]],
  ]);
  expect(result).toEqual(told[2]);
  expect(saved).toEqual(result);
  // Whoever is told of a result may read the file.
  expect(savedWhenTold).toEqual(told.slice(0, 2));
});

test('a complete one is kept even if it holds nothing', async () => {
  const { result, told, saved } = await measure(0);
  expect(told).toEqual([result]);
  expect(saved).toEqual(result);
});

test('each begins with whose it is, and with its own time', async () => {
  const before = new Date().toISOString();
  const { told } = await measure(2);
  const after = new Date().toISOString();
  for (const { kvbenchVersion, startedAt, updatedAt } of told) {
    expect(kvbenchVersion).toBe(packageVersion);
    expect(startedAt).toBe(told[0]?.startedAt);
    const times = [before, startedAt, updatedAt, after];
    expect(times).toEqual(times.toSorted());
  }
});

describe.each<[string, End, string, Error]>([
  ['an expected error', fail(targetDied), 'failed', targetDied],
  ['a bug', fail(bug), 'failed', bug],
  ['an interrupt', interrupt, 'interrupted', stop],
])('ended by %s', (_, end, state, thrown) => {
  test('after something was measured: that is kept, and the error is thrown', async () => {
    const { error, told, saved } = await measure(2, end);
    expect(error).toBe(thrown);
    expect(told.map((result) => result.state)).toEqual(['running', 'running', state]);
    expect(saved).toMatchObject({ state, pings: [1, 2] });
    expect(saved).toEqual(told.at(-1));
  });

  test('before: nothing is saved or told', async () => {
    const { error, told, saved } = await measure(0, end);
    expect(error).toBe(thrown);
    expect(told).toEqual([]);
    expect(saved).toBeNull();
  });
});

test('without a file all the same is told', async () => {
  const { told, saved } = await measure(1, fail(bug), null);
  expect(told.map(({ state }) => state)).toEqual(['running', 'failed']);
  expect(saved).toBeNull();
});

test('a file that can not be written is told before anything is measured', async () => {
  await mkdir(out, { recursive: true });
  let isBegun = false;
  const { error, told } = await measure(1, () => {
    isBegun = true;
  });
  expect(error).toMatchObject({ kind: 'usage', message: expect.stringContaining('a directory') });
  expect({ told, isBegun }).toEqual({ told: [], isBegun: false });
});

test('one that can no longer be written ends it with that', async () => {
  const { error, told } = await measure(1, () => {
    // In place of the file, as whoever cleans up may leave it.
    rmSync(out);
    mkdirSync(out);
  });
  expect(error).toMatchObject({ kind: 'usage', message: expect.stringContaining('a directory') });
  expect(told.map(({ state }) => state)).toEqual(['running']);
});
