import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { requestsOf } from '../../src/config/operations.js';
import { decodeHistogram, type LatencyHistogram } from '../../src/histogram.js';
import { type Generator, startGenerator } from '../../src/load/generator.js';
import type { LoadOutcome, LoadSpec, Workload } from '../../src/load/protocol.js';
import { aWorkload, closed as closedGets, fill, underTest, useEngines } from '../helpers/engine.js';
import { countsOf } from '../helpers/kv.js';
import { isAlive } from '../helpers/processes.js';

const { keep, kv } = useEngines();

function start(processes: number, changes: Partial<Workload> = {}): Generator {
  const valueSize = { minBytes: 8, maxBytes: 32 };
  return startGenerator({
    engine: underTest.engine,
    workload: aWorkload({ keys: 101, valueSize, connections: 5, ...changes }),
    warmUpMs: 0,
    processes,
    pin: (command) => [...command],
  });
}

/** One that is stopped after the test. */
function generator(...args: Parameters<typeof start>): Generator {
  const made = start(...args);
  keep({ close: () => made.stop() });
  return made;
}

const closed = { ...closedGets, mix: requestsOf('get:50,post:50') };
const paced: LoadSpec = { ...closed, pace: { ratePerSecond: 300, arrivals: 'constant' } };

// One of undici alone, and two, are in test/e2e/counts.test.ts; a process of Node takes long to start.
const counts = underTest.engine.name === 'undici' ? [2] : [1, 3];

describe.each(counts)('%d processes', (processes) => {
  /** Of the workload that most are about; forgets its servers after each test. */
  let on: Generator;
  beforeAll(() => {
    on = start(processes);
  });
  afterEach(() => on.release());
  afterAll(() => on.stop());

  test('store every key exactly once, over as many connections as were asked for', async () => {
    const store = await kv();
    expect(await fill(on, store)).toMatchObject({ planned: 101, answered: 101, firstError: null });
    expect(store.values.size).toBe(101);
    expect(new Set(store.writes.values())).toEqual(new Set([1]));
    expect(store.counts.connectionsOpened).toBe(5);
    expect(new Set(on.pids).size).toBe(processes);
  });

  test.each([
    ['closed loop', {}, {}],
    ['keys that are not there', { hitRatio: 0.5 }, {}],
    ['few hot keys', { distribution: 'zipfian', keys: 4 }, { mix: requestsOf('get:90,post:10') }],
    ['connections that come and go', { requestsPerConnection: 3 }, {}],
    ['the newest keys', { distribution: 'latest' }, {}],
  ] as [string, Partial<Workload>, Partial<LoadSpec>][])(
    '%s: what they count together is what the server counts',
    async (_, workload, spec) => {
      const store = await kv();
      const on = generator(processes, workload);
      await fill(on, store);
      store.forgetCounts();
      const [outcome] = (await on.load({ ...closed, ...spec })) as [LoadOutcome];
      expect(outcome.firstError).toBeNull();
      expect(outcome.planned).toBe(outcome.answered);
      expect(countsOf(outcome)).toEqual(store.counts);
      expect(decodeHistogram(outcome.serviceTime).totalCount).toBe(outcome.answered);
      store.forgetCounts();
      const readBack = await on.readBack('a');
      expect(readBack).toMatchObject({ answered: store.counts.gets, lost: 0 });
      expect(readBack?.planned).toBe(readBack?.answered);
    },
  );

  test.each([
    ['alone', ['a'], 'slice'],
    ['in slices', ['a', 'b'], 'slice'],
    ['request by request', ['a', 'b'], 'request'],
  ] as const)('open loop %s: each slot of the schedule is one request', async (_, targets, how) => {
    const stores = await Promise.all(targets.map(() => kv()));
    for (const [index, store] of stores.entries()) {
      await fill(on, store, targets[index]);
      store.forgetCounts();
    }
    const outcomes = await on.load({ ...paced, targets, interleave: how });
    for (const [index, outcome] of outcomes.entries()) {
      // 300 a second for 100 ms, whichever process sends them.
      expect(outcome).toMatchObject({ planned: 30, answered: 30, firstError: null });
      expect(countsOf(outcome)).toEqual(stores[index]?.counts);
      expect(decodeHistogram(outcome.responseTime ?? '').totalCount).toBe(30);
      expect(outcome.windowMs).toBe(100);
    }
  });
});

test('every process begins with the same schedule, however many slices there are', async () => {
  const stores = [await kv(), await kv()];
  const on = generator(2);
  for (const [index, store] of stores.entries()) await fill(on, store, 'ab'[index]);
  const targets = ['a', 'b'];
  const outcomes = await on.load({ ...paced, targets, durationMs: 600, sliceMs: 50 });
  for (const outcome of outcomes) expect(outcome).toMatchObject({ planned: 180, answered: 180 });
});

test('a call for a server that was not filled fails, and the next one works', async () => {
  const on = generator(2);
  await expect(on.load(closed)).rejects.toThrow('the load generator failed: a was not preloaded');
  await expect(on.readBack('b')).rejects.toThrow('b was not preloaded');
  const store = await kv();
  await fill(on, store);
  const [outcome] = await on.load(closed);
  expect(outcome?.answered).toBeGreaterThan(0);
  await on.release();
  await expect(on.load(closed)).rejects.toThrow('not preloaded');
});

test('a process that ends takes the call with it, and every later one', async () => {
  const store = await kv();
  const on = generator(2);
  await fill(on, store);
  const load = on.load({ ...closed, durationMs: 60_000 });
  process.kill(on.pids[1] ?? 0, 'SIGKILL');
  await expect(load).rejects.toThrow('the load generator ended (SIGKILL)');
  await expect(on.release()).rejects.toThrow('the load generator ended');
});

test('stop ends every process and the call under way; twice is once', async () => {
  const store = await kv();
  const on = generator(3);
  await fill(on, store);
  const load = on.load({ ...closed, durationMs: 60_000 });
  load.catch(() => {});
  await Promise.all([on.stop(), on.stop()]);
  await expect(load).rejects.toThrow('the load generator ended');
  expect(on.pids.filter(isAlive)).toEqual([]);
  await on.stop();
});

test('each process is started by the command that is made for it', async () => {
  const made: number[] = [];
  const workload = aWorkload({ keys: 2, connections: 2 });
  const pin = (command: readonly string[], process: number) => {
    made.push(process);
    return [...command];
  };
  const on = startGenerator({
    engine: underTest.engine,
    workload,
    warmUpMs: 300,
    processes: 2,
    pin,
  });
  await on.stop();
  expect(made).toEqual([0, 1]);
  const missing = startGenerator({
    engine: underTest.engine,
    workload,
    warmUpMs: 0,
    processes: 1,
    pin: () => ['/no/such/program'],
  });
  await expect(missing.release()).rejects.toThrow('ENOENT');
  await missing.stop();
});

test('a generator that stood still has held up all that waited for it, and the server nothing', async () => {
  // Begun is what the server sees, however long a busy machine takes for it.
  let isLoaded = false;
  let seen = 0;
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const store = await kv({
    pause: () => {
      if (isLoaded && ++seen === 50) begin();
      return setTimeout(2);
    },
  });
  // So many that one is free when it stops, also where the server in this process had to wait for a CPU.
  const on = generator(1, { connections: 64 });
  await fill(on, store);
  isLoaded = true;
  const [pid] = on.pids as [number];
  // By a process of its own: this one's timers come late when the server does.
  const stop = begun.then(() =>
    execa('sh', ['-c', 'kill -STOP "$1"; sleep 0.4; kill -CONT "$1"', 'sh', String(pid)]),
  );
  const pace = { ratePerSecond: 500, arrivals: 'constant' as const };
  const spec = {
    ...closedGets,
    pace,
    durationMs: 1500,
    sliceMs: 1500,
    interleave: 'none' as const,
  };
  const [outcome] = (await on.load(spec)) as [LoadOutcome];
  await stop;
  expect(outcome).toMatchObject({ planned: 750, answered: 750 });
  const { stalledMs, longestStallMs, disturbed } = outcome.generator;
  expect(longestStallMs).toBeGreaterThan(390);
  expect(stalledMs).toBeGreaterThanOrEqual(longestStallMs);
  // All that was due in that time, at the least.
  expect(disturbed).toBeGreaterThan(190);
  const lag = decodeHistogram(outcome.scheduleLag ?? '');
  const response = decodeHistogram(outcome.responseTime ?? '');
  const undisturbed = decodeHistogram(outcome.undisturbedTime ?? '');
  expect(undisturbed.totalCount).toBe(750 - disturbed);
  expect(lag.maxValue).toBeGreaterThan(380e6);
  // A quarter of the requests was due in the stop, and waited for its end, half of it in the mean: that much
  // is lag at the least. How much is the server's besides is up to the machine.
  expect(lag.mean).toBeGreaterThan((0.9 * 400e6) / 2 / 3.75);
  expect(undisturbed.getValueAtPercentile(90)).toBeLessThan(response.getValueAtPercentile(90) / 2);

  const { parts } = outcome;
  if (underTest.engine.name === 'undici' || process.platform !== 'linux') {
    return expect(parts).toBeNull();
  }
  if (!parts) throw new Error('the kernel told of no arrival');
  expect(parts.stamped).toBeGreaterThan(0.9 * 750);
  const part = (name: 'ours' | 'theirs' | 'server' | 'waiting' | 'pickedUp') =>
    decodeHistogram(parts[name] ?? '');
  const [ours, theirs] = [part('ours'), part('theirs')];
  // What came in while it stood still was read late, and came as soon as ever.
  expect(ours.maxValue).toBeGreaterThan(380e6);
  expect(theirs.getValueAtPercentile(95)).toBeLessThan(response.getValueAtPercentile(95) / 2);
  // Request by request they add up, so their means do.
  const sums: [LatencyHistogram, LatencyHistogram, LatencyHistogram][] = [
    [response, ours, theirs],
    [ours, lag, part('pickedUp')],
    [theirs, part('waiting'), part('server')],
  ];
  for (const [whole, one, other] of sums) {
    expect((one.mean + other.mean) / whole.mean).toBeCloseTo(1, 2);
  }
});
