import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type ConfigFile,
  check,
  compare,
  defineConfig,
  KvbenchError,
  type KvbenchEvent,
  type RunOptions,
  resultSchema,
  run,
} from '../../src/index.js';
import { packagePath } from '../../src/package.js';
import { ownDirs } from '../helpers/cli.js';
import { processesWith } from '../helpers/processes.js';
import { aRichRun } from '../helpers/saved.js';

let dirs: Awaited<ReturnType<typeof ownDirs>>;
let mark: string;
beforeEach(async () => {
  dirs = await ownDirs();
  mark = `KVBENCH_TEST=${dirs.dir}`;
});
afterEach(async () => {
  await expect.poll(() => processesWith(mark), { timeout: 60_000 }).toEqual([]);
  await dirs.remove();
});

const server = packagePath('fixtures/servers/json-kv.mjs');
const configOf = (start: { command?: string[] } = {}) =>
  defineConfig({
    targets: {
      mine: {
        start: {
          command: ['node', server],
          env: { PORT: '{port}', KVBENCH_TEST: dirs.dir },
          ...start,
        },
      },
    },
    requests: {
      put: {
        method: 'PUT',
        path: '/v1/keys/{key}',
        body: { json: { value: '{value}' } },
        expect: { status: [200, 201] },
      },
      get: { path: '/v1/keys/{key}', expect: { json: { value: '{value}' } } },
    },
    run: {
      rounds: 2,
      durationMs: 100,
      warmupMs: 50,
      sliceMs: 50,
      keys: 50,
      rate: 200,
      // Of variables programs are told nothing, and the native engine would be compiled for each test.
      engine: 'undici',
    },
  });

const cacheDir = () => join(dirs.dir, 'cache');
const call = (options: RunOptions = {}) =>
  run({ config: configOf(), cwd: dirs.dir, cacheDir: cacheDir(), ...options });

describe('run', () => {
  test('resolves to the result, and tells what happens in order', async () => {
    const events: KvbenchEvent[] = [];
    const result = await call({ out: 'result.json', onEvent: (event) => events.push(event) });
    expect(resultSchema.parse(result)).toMatchObject({ state: 'complete' });
    expect(result.trials).toHaveLength(8);
    const types = events.map(({ type }) => type);
    const order = ['check-start', 'check-end', 'plan', 'result'];
    const places = order.map((type) => types.indexOf(type as KvbenchEvent['type']));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
    expect(events.at(-1)).toMatchObject({ type: 'result', result: { state: 'complete' } });
    expect(JSON.parse(await readFile(join(dirs.dir, 'result.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(result)),
    );
  });

  test('several numbers of workers are members of the same rounds, each told its own', async () => {
    const seen = join(dirs.dir, 'seen');
    const command = ['sh', '-c', `echo {workers} >> ${seen}; exec node ${server}`];
    const result = await call({
      config: configOf({ command }),
      settings: { workers: [2, 1], operations: ['get'], measures: ['throughput'] },
    });
    expect(resultSchema.parse(result)).toMatchObject({ state: 'complete' });
    expect(result.targets.map(({ name }) => name)).toEqual(['mine@1w', 'mine@2w']);
    expect(result.trials).toHaveLength(4);
    for (const { round } of result.trials) expect([1, 2]).toContain(round);
    // Examined once; then started in two rounds with each, and for what one Node client gets.
    const started = (await readFile(seen, 'utf8')).trim().split('\n').slice(1);
    const times = (workers: string) => started.filter((line) => line === workers).length;
    expect(times('1')).toBeGreaterThanOrEqual(2);
    expect(times('2')).toBe(times('1'));
  });

  test('takes settings over those of the config, and checks them alike', async () => {
    const settings = { operations: ['get'], measures: ['throughput'], rounds: 1 };
    const { trials, config } = await call({ settings });
    expect(trials.map(({ operation, measure }) => `${measure} ${operation}`)).toEqual([
      'throughput get',
    ]);
    expect(config.keys).toBe(50);
    await expect(call({ settings: { rounds: -1 } })).rejects.toMatchObject({
      name: 'KvbenchError',
      exitCode: 2,
      message: expect.stringContaining('--rounds'),
    });
  });

  test('rejects with what a user can be told', async () => {
    const failing = call({ config: configOf({ command: ['node', '-e', 'process.exit(9)'] }) });
    const error = await failing.catch((reason) => reason);
    expect(error).toBeInstanceOf(KvbenchError);
    expect(error).toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/^mine exited with code 9 before it was ready \(the config, /),
    });
    const unknown = { targets: { mine: { strat: {} } } } as unknown as ConfigFile;
    await expect(call({ config: unknown })).rejects.toMatchObject({ exitCode: 2 });
  });

  test('ends with its signal, and what was measured was told before', async () => {
    const abort = new AbortController();
    const states: string[] = [];
    const running = call({
      settings: { rounds: 4 },
      signal: abort.signal,
      onEvent(event) {
        if (event.type !== 'result') return;
        states.push(event.result.state);
        if (event.result.trials.length > 0 && !abort.signal.aborted) {
          abort.abort(new Error('that is enough'));
        }
      },
    });
    await expect(running).rejects.toThrow('that is enough');
    expect(states[0]).toBe('running');
    expect(states.at(-1)).toBe('interrupted');
  });

  test('does not begin with a signal that is aborted', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(call({ signal })).rejects.toThrow('too late');
  });
});

describe('check', () => {
  test('tells what is answered', async () => {
    const options = { cwd: dirs.dir, cacheDir: cacheDir() };
    const [examination] = await check({ ...options, config: configOf() });
    expect(examination).toMatchObject({ name: 'mine', by: 'requests' });
    expect(examination?.outcomes.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    await expect(
      check({ ...options, config: configOf(), targets: ['mein'] }),
    ).rejects.toMatchObject({ exitCode: 2, hint: expect.stringContaining('Did you mean mine?') });
  });
});

test('compare takes two results', () => {
  const result = aRichRun();
  expect(JSON.stringify(compare(result, result))).toContain('rust');
});
