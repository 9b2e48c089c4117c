import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { userPaths } from '../../src/api/paths.js';
import { prepareRun, type RunRequest } from '../../src/api/prepare.js';
import { execute } from '../../src/api/run.js';
import { type RunResult, resultSchema } from '../../src/result/schema.js';
import { errorsOf } from '../../src/stats/summary.js';
import { processesWith } from '../helpers/processes.js';

const mark = `counts-${process.pid}`;
beforeEach(() => {
  process.env['KVBENCH_TEST'] = mark;
});
afterEach(() => {
  expect(processesWith(`KVBENCH_TEST=${mark}`)).toEqual([]);
  delete process.env['KVBENCH_TEST'];
});

/** With the native engine, where none is named. */
const small = {
  engine: 'native',
  rounds: 1,
  durationMs: 100,
  warmupMs: 50,
  sliceMs: 50,
  rate: 200,
  keys: 300,
};

/** Both servers, if no others are named: built for the whole suite, and examined by other tests. */
async function run({ settings, ...request }: RunRequest): Promise<RunResult> {
  const prepared = await prepareRun({
    config: null,
    settings: { ...small, ...settings },
    ...request,
  });
  const result = await execute(prepared.config, {
    targets: prepared.targets,
    cacheDir: userPaths(process.env).cache,
    examine: false,
    out: null,
    signal: new AbortController().signal,
    onEvent: () => {},
  });
  return resultSchema.parse(JSON.parse(JSON.stringify(result)));
}

/** Client and server must have counted the same in every trial, and nothing went wrong. */
function expectSameCounts({ state, trials, warnings, config }: RunResult): void {
  expect(state).toBe('complete');
  for (const trial of trials) {
    const about = `${trial.target} ${trial.measure} ${trial.operation}`;
    expect(errorsOf(trial), `${about}: ${trial.firstError}`).toBe(0);
    const { planned, answered, misses } = trial.requests;
    const { get: gets = 0, post: posts = 0 } = trial.requests.byName;
    expect(answered, about).toBeGreaterThan(0);
    expect([planned, gets + posts], about).toEqual([answered, answered]);
    const { connectionsOpened: connections } = trial;
    expect(trial.runtime.counted, about).toEqual({ connections, gets, misses, posts, others: 0 });
    if (config.requestsPerConnection === null) expect(connections, about).toBe(0);
    if (trial.measure === 'latency') {
      expect(planned, about).toBe((Number(config.rate) * config.durationMs) / 1000);
      expect(trial.offered?.ratePerSecond).toBe(config.rate);
    }
  }
  expect(warnings.map(({ code }) => code)).not.toContain('counts-differ');
}

describe('client and server count the same', () => {
  const mixed = { operations: ['get:60,post:40'] };

  test.each<[what: string, request: RunRequest]>([
    ['a mix of which half writes', { settings: { operations: ['get:50,post:50'] } }],
    [
      'connections that come and go',
      { settings: { ...mixed, requestsPerConnection: 7, engine: 'undici' } },
    ],
    [
      'two generators',
      { settings: { operations: ['get:95,post:5'], generators: 2, engine: 'undici' } },
    ],
    [
      'request by request, values of many sizes',
      {
        settings: {
          ...mixed,
          interleave: 'request',
          valueSize: { minBytes: 16, maxBytes: 512 },
        },
      },
    ],
    [
      'one after the other',
      { settings: { ...mixed, interleave: 'none', arrivals: 'constant', engine: 'undici' } },
    ],
    [
      'the same target twice, with a hot spot',
      { settings: { ...mixed, targets: ['go', 'go'], distribution: 'hotspot' } },
    ],
  ])('%s', async (_, request) => {
    const result = await run(request);
    expect(result.trials).toHaveLength(4);
    expectSameCounts(result);
  });

  test('new keys, and reads of the newest', async () => {
    // One in twenty is an insertion: of so many requests some are, with this seed.
    const settings = { keys: small.keys, rate: 2000, measures: ['latency'], seed: 1 };
    const result = await run({ preset: 'ycsb-d', settings });
    expect(result.trials).toHaveLength(2);
    expectSameCounts(result);
    // Every insertion is read back, and no key was written a second time.
    for (const { requests, readBack } of result.trials) {
      expect(requests.byName['post']).toBeGreaterThan(0);
      expect(readBack).toMatchObject({ lost: 0, unreadable: 0 });
    }
  });

  test.each<[what: string, trials: number, request: RunRequest]>([
    ['gets and posts', 16, { settings: { engine: 'undici' } }],
    [
      'keys of which some are hot, values of many sizes',
      8,
      {
        settings: {
          operations: ['get:50,post:50'],
          distribution: 'zipfian',
          valueSize: { minBytes: 16, maxBytes: 512 },
        },
      },
    ],
    ['keys that are not there', 8, { settings: { ...mixed, hitRatio: 0.5 } }],
    [
      'two generators that add keys',
      8,
      { preset: 'ycsb-d', settings: { keys: small.keys, generators: 2 } },
    ],
  ])('null targets too: %s', async (_, trials, { settings, ...request }) => {
    const result = await run({ ...request, settings: { ...settings, calibrate: true } });
    expect(new Set(result.trials.map(({ target }) => target))).toEqual(
      new Set(['rust', 'go', 'null-rust', 'null-go']),
    );
    expect(result.trials).toHaveLength(trials);
    expectSameCounts(result);
    // They are the instrument's, and nobody is compared with them.
    expect(result.comparisons.map((c) => `${c.target} ${c.reference}`).join()).not.toContain(
      'null',
    );
    expectOwnWords(result);
  });
});

/** Each server is asked about its runtime in its own words. */
function expectOwnWords({ trials }: RunResult): void {
  for (const { target, runtime } of trials) {
    const isGo = target.endsWith('go');
    expect([runtime.go === null, runtime.rust === null], target).toEqual([!isGo, isGo]);
  }
  const rust = trials.find(({ target }) => target === 'rust')?.runtime.rust;
  expect(rust?.workers).toBeGreaterThan(0);
  expect(rust?.busyNs).toBeGreaterThan(0);
  const go = trials.find(({ target }) => target === 'go')?.runtime.go;
  expect(go?.allocatedObjects).toBeGreaterThan(0);
  expect(go?.goroutines).toBeGreaterThan(0);
}

test('what is asked, is done: misses, connections', async () => {
  const closed = { operations: ['get'], measures: ['throughput'] };
  const misses = await run({ settings: { ...closed, hitRatio: 0, targets: ['go'] } });
  for (const { requests } of misses.trials) expect(requests.misses).toBe(requests.byName['get']);
  const churn = await run({
    settings: { ...closed, requestsPerConnection: 1, targets: ['rust'] },
  });
  for (const { requests, connectionsOpened } of churn.trials) {
    expect(connectionsOpened).toBe(requests.answered);
  }
});

test('the same seed asks for the same, whichever engine sends it', async () => {
  const settings = {
    seed: 5,
    measures: ['latency'],
    operations: ['get:70,post:30'],
    hitRatio: 0.6,
  };
  const asked = async (engine: string) =>
    (await run({ settings: { ...settings, engine } })).trials
      .map(({ target, requests: { byName, misses } }) => ({ target, ...byName, misses }))
      .sort((a, b) => (a.target < b.target ? -1 : 1));
  const [first, second] = [await asked('undici'), await asked('native')];
  expect(second).toEqual(first);
  // Both servers were asked for the same, too.
  const [go, rust] = first;
  expect({ ...go, target: '' }).toEqual({ ...rust, target: '' });
});
