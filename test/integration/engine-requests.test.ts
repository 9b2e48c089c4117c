import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { requestsOf } from '../../src/config/operations.js';
import type { RequestsFile } from '../../src/config/requests.js';
import { createRandom } from '../../src/random.js';
import { closed, errorsIn, fill, load, paced, useEngines } from '../helpers/engine.js';
import { type JsonApi, startJsonApi } from '../helpers/json-api.js';
import { closeServer, countsOf, listen, startKv } from '../helpers/kv.js';
import { requestSet } from '../helpers/requests.js';

const { keep, engine } = useEngines();

async function jsonApi(habits?: Parameters<typeof startJsonApi>[0]): Promise<JsonApi> {
  return keep(await startJsonApi(habits));
}

/** What is asked of a JSON API, with the key written in some way. */
const requestsBy = (key: string): RequestsFile => ({
  read: {
    path: `/v1/keys/${key}`,
    headers: { accept: 'application/json' },
    expect: { json: { found: [{ value: '{value}' }] } },
    missing: { status: 404, json: { error: 'not found' } },
  },
  write: {
    method: 'PUT',
    path: `/v1/keys/${key}`,
    body: { json: { value: '{value}' } },
    expect: { status: [200, 201], json: { value: '{value}' } },
  },
  health: { path: '/health', expect: { contains: 'well' } },
});
const file = requestsBy('{key}');
const requests = requestSet(file);
const mix = requestsOf('read:70,write:30');

describe('a server with a JSON API', () => {
  test.each([closed, paced(500)])('is filled, loaded and read back', async (spec) => {
    const api = await jsonApi();
    const on = engine();
    expect(await fill(on, api, 'a', requests)).toMatchObject({ planned: 50, answered: 50 });
    expect(api.values.size).toBe(50);
    expect(api.counts).toEqual({ PUT: 50 });
    const stored = new Map(api.values);
    const outcome = await load(on, { ...spec, mix });
    expect(outcome.firstError).toBeNull();
    expect(outcome.planned).toBe(outcome.answered);
    expect(outcome.byName).toEqual({
      read: api.counts['GET hit'],
      write: (api.counts['PUT'] ?? 0) - 50,
    });
    expect(Math.min(...Object.values(outcome.byName))).toBeGreaterThan(0);
    const readsBefore = api.counts['GET hit'] ?? 0;
    const readBack = await on.readBack('a');
    expect(readBack).toMatchObject({ lost: 0, firstError: null });
    expect(readBack?.answered).toBe((api.counts['GET hit'] ?? 0) - readsBefore);
    // At least those whose value is not the one that they began with.
    const changed = [...api.values].filter(([key, value]) => stored.get(key) !== value);
    expect(readBack?.answered).toBeGreaterThanOrEqual(changed.length);
    expect(await on.readBack('a')).toBeNull();
  });

  test('that forgets writes is found out, whichever way it does', async () => {
    const api = await jsonApi();
    const on = engine({ keys: 500 });
    await fill(on, api, 'a', requests);
    const before = new Map(api.values);
    await load(on, { ...closed, mix: requestsOf('write') });
    const [older, gone] = [...api.values.keys()].filter(
      (key) => api.values.get(key) !== before.get(key),
    ) as [string, string];
    api.values.set(older, before.get(older) ?? '');
    api.values.delete(gone);
    expect(await on.readBack('a')).toMatchObject({ lost: 2, errors: { mismatch: 1, status: 1 } });
  });

  test('may answer reads beside writes of the same key in any order', async () => {
    const random = createRandom(5);
    const pause = () => new Promise((resolve) => setTimeout(resolve, random() * 4));
    const api = await jsonApi({ pause });
    const on = engine({ keys: 3, connections: 16 });
    await fill(on, api, 'a', requests);
    const outcome = await load(on, { ...closed, mix, durationMs: 300 });
    expect(outcome.firstError).toBeNull();
    expect(outcome.answered).toBe(outcome.planned);
    expect(await on.readBack('a')).toMatchObject({ lost: 0 });
  });

  test('that refuses some is counted, and said in the words of its requests', async () => {
    let puts = 0;
    let refusing = false;
    const refuse = ({ method }: { method?: string | undefined }) =>
      refusing && method === 'PUT' && ++puts % 3 === 0 ? 503 : null;
    const api = await jsonApi({ refuse });
    const on = engine();
    await fill(on, api, 'a', requests);
    refusing = true;
    const outcome = await load(on, { ...closed, mix });
    refusing = false;
    expect(outcome.errors.status).toBe(Math.floor(puts / 3));
    expect(outcome.errors.status).toBeGreaterThan(0);
    expect(outcome.planned).toBe(outcome.answered + errorsIn(outcome));
    expect(outcome.firstError).toMatch(
      /^PUT \/v1\/keys\/key:\d{8}: status 503 instead of 200 or 201$/,
    );
    // What it refused is uncertain, and written again before it is looked for.
    expect(await on.readBack('a')).toMatchObject({ lost: 0 });
  });

  test('takes new keys and reads the newest', async () => {
    const api = await jsonApi();
    const on = engine({ distribution: 'latest' });
    await fill(on, api, 'a', requests);
    const outcome = await load(on, { ...closed, mix });
    expect(outcome.firstError).toBeNull();
    const { write: inserted = 0 } = outcome.byName;
    expect(inserted).toBeGreaterThan(0);
    expect(api.values.size).toBe(50 + inserted);
    expect(await on.readBack('a')).toMatchObject({ answered: inserted, lost: 0 });
  });
});

describe('a mix of three', () => {
  const three = requestsOf('read:60,write:30,health:10');

  test('keeps its shares, and is the same whenever the seed is the same', async () => {
    const asked: Record<string, number>[] = [];
    for (let time = 0; time < 2; time++) {
      const api = await jsonApi();
      const on = engine();
      await fill(on, api, 'a', requests);
      const outcome = await load(on, paced(3000, { mix: three, durationMs: 500 }));
      expect(outcome).toMatchObject({ planned: 1500, answered: 1500, firstError: null });
      expect(outcome.byName).toEqual({
        read: api.counts['GET hit'],
        write: (api.counts['PUT'] ?? 0) - 50,
        health: api.counts['other'],
      });
      for (const { name, share } of three) {
        // Five standard deviations of a binomial distribution; the seed is fixed.
        const margin = 5 * Math.sqrt(1500 * share * (1 - share));
        expect(Math.abs((outcome.byName[name] ?? 0) - 1500 * share)).toBeLessThan(margin);
      }
      asked.push(outcome.byName);
    }
    expect(asked[1]).toEqual(asked[0]);
  });

  test('counts what was never asked as none', async () => {
    const api = await jsonApi();
    const on = engine();
    await fill(on, api, 'a', requests);
    const outcome = await load(on, { ...closed, mix: requestsOf('health:1,read:0,write:0') });
    expect(outcome.byName).toEqual({ health: outcome.answered });
    const rare = await load(on, paced(50, { mix: requestsOf('health:999999,write:1') }));
    expect(rare.byName).toEqual({ health: 5, write: 0 });
  });
});

describe('keys that are not there', () => {
  test.each(['{key}', '{index}', '{key|url}', '{key|base64}'])(
    'are asked for by %s, and right if they are missing',
    async (key) => {
      const api = await jsonApi();
      const on = engine({ hitRatio: 0.5 });
      await fill(on, api, 'a', requestSet(requestsBy(key)));
      expect(api.values.size).toBe(50);
      const outcome = await load(on, { ...closed, mix: requestsOf('read:60,write:20,health:20') });
      expect(outcome.firstError).toBeNull();
      const { 'GET hit': hits = 0, 'GET miss': misses = 0 } = api.counts;
      expect(outcome.misses).toBe(misses);
      expect(outcome.byName).toEqual({
        read: hits + misses,
        write: (api.counts['PUT'] ?? 0) - 50,
        health: api.counts['other'],
      });
      expect(Math.min(hits, misses)).toBeGreaterThan(0);
    },
  );

  test('must be missing', async () => {
    const http = createServer((request, response) => {
      request.resume();
      request.on('end', () => response.writeHead(request.method === 'PUT' ? 201 : 200).end('{}'));
    });
    keep({ close: () => closeServer(http) });
    const on = engine({ hitRatio: 0 });
    const { write, read } = file as { write: RequestsFile[string]; read: RequestsFile[string] };
    const set = requestSet({ write: { ...write, expect: { status: 201 } }, read });
    await fill(on, { origin: await listen(http) }, 'a', set);
    const outcome = await load(on, { ...closed, mix: requestsOf('read') });
    expect(outcome).toMatchObject({ answered: 0, misses: 0 });
    expect(outcome.errors.status).toBe(outcome.planned);
    expect(outcome.firstError).toMatch(/\/mis:\d{8}: status 200 instead of 404$/);
  });

  test('are not asked for where nobody has said what is right then', async () => {
    const api = await jsonApi();
    const on = engine({ hitRatio: 0.5 });
    const { write, read } = file as { write: RequestsFile[string]; read: RequestsFile[string] };
    const { missing: _, ...always } = read;
    await fill(on, api, 'a', requestSet({ write, read: always }));
    const outcome = await load(on, { ...closed, mix });
    expect(outcome).toMatchObject({ firstError: null, misses: 0 });
    expect(api.counts['GET miss']).toBeUndefined();
  });
});

test('a target without a store is loaded as it is', async () => {
  const seen = new Set<string>();
  const http = createServer((request, response) => {
    seen.add(`${request.method} ${request.url}`);
    response.end('<h1>Welcome</h1>');
  });
  keep({ close: () => closeServer(http) });
  const set = requestSet({ home: { path: '/', expect: { contains: 'Welcome' } } });
  const on = engine({ hitRatio: 0.5 });
  const filled = await fill(on, { origin: await listen(http) }, 'a', set);
  expect(filled).toMatchObject({ planned: 0, answered: 0, firstError: null });
  expect(seen.size).toBe(0);
  for (const spec of [closed, paced(200)]) {
    const outcome = await load(on, { ...spec, mix: requestsOf('home') });
    expect(outcome).toMatchObject({ firstError: null, misses: 0 });
    expect(outcome.byName).toEqual({ home: outcome.planned });
    expect(outcome.planned).toBeGreaterThan(0);
  }
  expect(seen).toEqual(new Set(['GET /']));
  expect(await on.readBack('a')).toBeNull();
});

describe('two targets with other requests under the same names', () => {
  const { read, write } = file as { read: RequestsFile[string]; write: RequestsFile[string] };
  const json = requestSet({ get: read, post: write });

  test.each(['slice', 'request', 'none'] as const)(
    'are asked as many by %s, each in its own words',
    async (interleave) => {
      const store = keep(await startKv());
      const api = await jsonApi();
      const on = engine({ hitRatio: 0.8 });
      await fill(on, store, 'kv');
      await fill(on, api, 'api', json);
      store.forgetCounts();
      const spec = paced(400, { interleave, durationMs: 200, mix: requestsOf('get:50,post:50') });
      const outcomes = await on.load({ ...spec, targets: ['kv', 'api'] });
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ planned: 80, answered: 80, firstError: null });
        expect(outcome.byName).toEqual(outcomes[0]?.byName);
        expect(outcome.misses).toBe(outcomes[0]?.misses);
      }
      const [kv, other] = outcomes.map(countsOf);
      expect(kv).toMatchObject({ ...store.counts, connectionsOpened: expect.any(Number) });
      const { 'GET hit': hits = 0, 'GET miss': misses = 0, PUT: puts = 0 } = api.counts;
      expect(other).toMatchObject({ gets: hits + misses, misses, posts: puts - 50 });
      expect(misses).toBeGreaterThan(0);
      expect(api.counts['other']).toBeUndefined();
      for (const target of ['kv', 'api']) {
        expect(await on.readBack(target)).toMatchObject({ lost: 0, firstError: null });
      }
    },
  );

  test('that both must have', async () => {
    const api = await jsonApi();
    const on = engine();
    await fill(on, api, 'a', json);
    await expect(on.load({ ...closed, mix: requestsOf('read') })).rejects.toThrow(
      'there is no request named read',
    );
  });
});
