import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { requestsOf } from '../../src/config/operations.js';
import { nullRequests } from '../../src/config/requests.js';
import { decodeHistogram } from '../../src/histogram.js';
import type { Workload } from '../../src/load/protocol.js';
import { createRandom } from '../../src/random.js';
import { closed, fill, load, paced, useEngines } from '../helpers/engine.js';
import { closeServer, countsOf, listen } from '../helpers/kv.js';

const { keep, kv, engine } = useEngines();

test('preloading stores every key once', async () => {
  const store = await kv();
  const outcome = await fill(engine(), store);
  expect(outcome).toMatchObject({ planned: 50, answered: 50, firstError: null });
  expect(store.values.size).toBe(50);
  expect(new Set(store.writes.values())).toEqual(new Set([1]));
});

describe('closed loop', () => {
  test.each([
    ['gets', 'get', 100],
    ['posts', 'post', 100],
    // Long enough for some of either, whatever else the machine does.
    ['a mix', 'get:70,post:30', 1000],
  ])('%s: client and server count the same', async (_, operation, durationMs) => {
    const store = await kv();
    const on = engine();
    await fill(on, store);
    store.forgetCounts();
    const outcome = await load(on, { ...closed, durationMs, mix: requestsOf(operation) });
    const { gets, posts } = countsOf(outcome);
    expect(outcome.firstError).toBeNull();
    expect(outcome.planned).toBe(outcome.answered);
    expect(outcome.answered).toBe(gets + posts);
    expect(countsOf(outcome)).toEqual({ ...store.counts, misses: 0 });
    expect(outcome).toMatchObject({ responseTime: null, scheduleLag: null, windowMs: durationMs });
    expect(decodeHistogram(outcome.serviceTime).totalCount).toBe(outcome.answered);
    expect(outcome.requestsPerSecond).toBeGreaterThan(0);
    const expectedPosts = { get: 0, post: outcome.answered }[operation];
    if (expectedPosts !== undefined) expect(posts).toBe(expectedPosts);
    else expect(Math.min(posts, gets)).toBeGreaterThan(0);
  });

  test('what was written is read back, once', async () => {
    const store = await kv();
    const on = engine();
    await fill(on, store);
    expect(await on.readBack('a')).toBeNull();
    await load(on, { ...closed, mix: requestsOf('post') });
    const written = new Set([...store.writes].filter(([, times]) => times > 1)).size;
    store.forgetCounts();
    const readBack = await on.readBack('a');
    expect(readBack).toMatchObject({ planned: written, answered: written, lost: 0 });
    expect(store.counts.gets).toBe(written);
    expect(await on.readBack('a')).toBeNull();
  });

  test('a write that the server forgets shows as lost', async () => {
    const store = await kv();
    const on = engine({ keys: 2000 });
    await fill(on, store);
    await load(on, { ...closed, mix: requestsOf('post') });
    const [key = ''] = [...store.writes].find(([, times]) => times > 1) ?? [];
    store.values.set(key, 'an older value');
    expect(await on.readBack('a')).toMatchObject({ lost: 1 });
  });

  test('answers that come in any order are right for reads beside writes of the same key', async () => {
    const random = createRandom(5);
    const pause = () => new Promise((resolve) => setTimeout(resolve, random() * 4));
    const store = await kv({ pause });
    const on = engine({ keys: 3, connections: 16 });
    await fill(on, store);
    const outcome = await load(on, {
      ...closed,
      mix: requestsOf('get:70,post:30'),
      durationMs: 400,
    });
    expect(outcome.firstError).toBeNull();
    expect(outcome.answered).toBe(outcome.planned);
  });
});

describe('open loop', () => {
  test.each([
    // Slices of 50 ms at 200/s have ten slots each.
    { rate: 200, durationMs: 200, interleave: 'slice' as const, requests: 40 },
    { rate: 200, durationMs: 200, interleave: 'none' as const, requests: 40 },
    { rate: 150, durationMs: 100, interleave: 'request' as const, requests: 15 },
  ])(
    '$rate/s for $durationMs ms by $interleave: $requests requests',
    async ({ rate, requests, ...spec }) => {
      const store = await kv();
      const on = engine();
      await fill(on, store);
      store.forgetCounts();
      const outcome = await load(on, paced(rate, spec));
      expect(outcome).toMatchObject({ planned: requests, answered: requests, firstError: null });
      expect(store.counts.gets).toBe(requests);
      for (const text of [outcome.serviceTime, outcome.responseTime, outcome.scheduleLag]) {
        expect(decodeHistogram(text ?? '').totalCount).toBe(requests);
      }
      expect(outcome.windowMs).toBe(spec.durationMs);
      expect(outcome.generator.utilization).toBeLessThanOrEqual(1);
    },
  );

  test.each(['slice', 'request', 'none'] as const)(
    'two servers by %s get as many requests each, and the same ones',
    async (interleave) => {
      const seen: string[][] = [[], []];
      const stores = await Promise.all(
        seen.map((urls) =>
          kv({
            intercept: ({ method, url }) => {
              if (method === 'GET') urls.push(url ?? '');
              return false;
            },
          }),
        ),
      );
      const on = engine();
      for (const [index, store] of stores.entries()) await fill(on, store, 'ab'[index]);
      const outcomes = await on.load(
        paced(200, { targets: ['a', 'b'], durationMs: 200, interleave }),
      );
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ planned: 40, answered: 40, windowMs: 200 });
      }
      expect([...(seen[0] ?? [])].sort()).toEqual([...(seen[1] ?? [])].sort());
    },
  );

  test('a rate lower than that of the slices is kept too', async () => {
    const on = engine();
    for (const target of ['a', 'b']) await fill(on, await kv(), target);
    // Slots at 0, 200, 400, 600 and 800 ms of the second, in however many slices it is dealt out.
    const spec = paced(5, { targets: ['a', 'b'], durationMs: 1000, sliceMs: 100 });
    for (const outcome of await on.load(spec)) expect(outcome).toMatchObject({ planned: 5 });
  });

  test('response times begin in the schedule, so those of a queue are longer than its services', async () => {
    // One connection and answers that take longer than the slots are apart.
    const store = await kv({ pause: () => new Promise((resolve) => setTimeout(resolve, 10)) });
    const on = engine({ connections: 1, keys: 5 });
    await fill(on, store);
    const outcome = await load(on, paced(200, { interleave: 'none' }));
    expect(outcome).toMatchObject({ planned: 20, answered: 20 });
    expect(outcome.sentInWindow).toBeLessThan(20);
    const response = decodeHistogram(outcome.responseTime ?? '');
    expect(response.maxValue).toBeGreaterThan(decodeHistogram(outcome.serviceTime).maxValue);
  });

  test('Poisson arrivals have the same moments whenever the seed is the same', async () => {
    const store = await kv();
    const on = engine();
    await fill(on, store);
    const planned = async (seed: number) => {
      const pace = { ratePerSecond: 300, arrivals: 'poisson' as const };
      return (await load(on, { ...closed, pace, seed })).planned;
    };
    const first = [await planned(1), await planned(2), await planned(3)];
    expect([await planned(1), await planned(2), await planned(3)]).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(1);
  });
});

describe('connections', () => {
  test.each([1, 2, 7])('%d requests a connection: both sides count as many', async (limit) => {
    const store = await kv();
    const on = engine({ requestsPerConnection: limit, connections: 3 });
    await fill(on, store);
    for (const spec of [closed, { ...closed, mix: requestsOf('get:50,post:50') }, paced(200)]) {
      store.forgetCounts();
      const outcome = await load(on, spec);
      expect(outcome.firstError).toBeNull();
      expect(outcome.answered).toBe(outcome.planned);
      expect(outcome.connectionsOpened).toBe(store.counts.connectionsOpened);
      // Each of the three may go on with one that was opened before.
      const most = Math.ceil(outcome.answered / limit) + 3;
      expect(outcome.connectionsOpened).toBeLessThanOrEqual(most);
      expect(outcome.connectionsOpened).toBeGreaterThanOrEqual(
        Math.floor(outcome.answered / limit) - 3,
      );
    }
  });

  test('without a limit they are opened once, at most as many as were asked for', async () => {
    const store = await kv();
    const on = engine({ connections: 5 });
    await fill(on, store);
    await load(on, closed);
    await load(on, { ...closed, mix: requestsOf('get:50,post:50') });
    expect(store.counts.connectionsOpened).toBe(5);
  });

  test('a server that closes after each answer costs connections, not answers', async () => {
    const store = await kv({
      intercept: (_, response) => {
        response.setHeader('connection', 'close');
        return false;
      },
    });
    const on = engine();
    await fill(on, store);
    store.forgetCounts();
    const outcome = await load(on, closed);
    expect(outcome.firstError).toBeNull();
    expect(outcome.connectionsOpened).toBe(store.counts.connectionsOpened);
    expect(outcome.connectionsOpened).toBe(outcome.answered);
  });
});

test.each([0, 0.5])('a hit ratio of %d: misses that are answered 404 are right', async (ratio) => {
  const store = await kv();
  const on = engine({ hitRatio: ratio });
  await fill(on, store);
  store.forgetCounts();
  const outcome = await load(on, { ...closed, mix: requestsOf('get:80,post:20') });
  expect(outcome.firstError).toBeNull();
  expect(countsOf(outcome)).toEqual(store.counts);
  const { gets, misses } = store.counts;
  expect(misses).toBeGreaterThan(0);
  if (ratio === 0) expect(misses).toBe(gets);
  else expect(gets - misses).toBeGreaterThan(0);
});

describe('latest', () => {
  test.each([closed, paced(300)])(
    'inserted keys are read, and all of them are there',
    async (s) => {
      const store = await kv();
      const on = engine({ distribution: 'latest' });
      await fill(on, store);
      store.forgetCounts();
      const outcome = await load(on, { ...s, mix: requestsOf('get:70,post:30'), durationMs: 200 });
      expect(outcome.firstError).toBeNull();
      const { posts } = countsOf(outcome);
      expect(countsOf(outcome)).toEqual({ ...store.counts, misses: 0 });
      expect(store.values.size).toBe(50 + posts);
      // No key is stored a second time.
      expect(new Set(store.writes.values())).toEqual(new Set([1]));
      const readBack = await on.readBack('a');
      expect(readBack).toMatchObject({ planned: posts, answered: posts, lost: 0 });
    },
  );

  test('an insertion that had no answer is made good, and the load goes on', async () => {
    let posts = 0;
    let breaking = false;
    const store = await kv({
      intercept: (request) => {
        if (!breaking || request.method !== 'POST' || ++posts !== 3) return false;
        request.socket.destroy();
        return true;
      },
    });
    const on = engine({ distribution: 'latest', connections: 1 });
    await fill(on, store);
    breaking = true;
    const first = await load(on, { ...closed, mix: requestsOf('post') });
    expect(first.errors.reset).toBe(1);
    breaking = false;
    const readBack = await on.readBack('a');
    expect(readBack).toMatchObject({ planned: first.planned, answered: first.planned, lost: 0 });
    const second = await load(on, { ...closed, mix: requestsOf('get:50,post:50') });
    expect(second.firstError).toBeNull();
    expect(second.answered).toBe(second.planned);
  });
});

describe('a null target', () => {
  const nullServer = async (bytes: number) => {
    const http = createServer((request, response) => {
      request.resume();
      request.on('end', () => {
        response.end(request.method === 'POST' ? 'Key inserted' : 'x'.repeat(bytes));
      });
    });
    keep({ close: () => closeServer(http) });
    return listen(http);
  };

  test.each([
    ['gets', 'get', {}],
    ['a mix', 'get:50,post:50', {}],
    ['values of many sizes', 'get:50,post:50', { valueSize: { minBytes: 4, maxBytes: 60 } }],
    ['the newest keys', 'get:70,post:30', { distribution: 'latest' }],
    ['keys that are not there', 'get:80,post:20', { hitRatio: 0.5 }],
  ] as [string, string, Partial<Workload>][])('%s', async (_, operation, changes) => {
    const origin = await nullServer(32);
    const on = engine(changes);
    await on.preload({ target: 'a', origin, requests: nullRequests(32) });
    const outcome = await load(on, { ...closed, mix: requestsOf(operation) });
    expect(outcome.firstError).toBeNull();
    expect(outcome.answered).toBe(outcome.planned);
    expect(await on.readBack('a')).toBeNull();
  });
});

test('a target that was not filled is refused; one that is filled again is fresh', async () => {
  const on = engine();
  await expect(on.load(closed)).rejects.toThrow('a was not preloaded');
  for (const store of [await kv(), await kv()]) {
    await fill(on, store);
    const outcome = await load(on, { ...closed, mix: requestsOf('get:50,post:50') });
    expect(outcome.firstError).toBeNull();
    const { gets, posts } = store.counts;
    expect(outcome.byName).toEqual({ get: gets, post: posts - 50 });
  }
  await on.release();
  await expect(on.load(closed)).rejects.toThrow('not preloaded');
});
