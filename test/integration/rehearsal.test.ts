import { createServer, type RequestListener } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import type { RequestsFile } from '../../src/config/requests.js';
import type { VectorOutcome } from '../../src/contract/check.js';
import { rehearse } from '../../src/load/rehearsal.js';
import { startJsonApi } from '../helpers/json-api.js';
import { closeServer, listen, startKv } from '../helpers/kv.js';
import { requestSet } from '../helpers/requests.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const put: RequestsFile[string] = {
  method: 'PUT',
  path: '/v1/keys/{key}',
  body: { json: { value: '{value}' } },
  expect: { status: [200, 201], json: { value: '{value}' } },
};
const get: RequestsFile[string] = {
  path: '/v1/keys/{key}',
  expect: { json: { found: [{ value: '{value}' }] } },
  missing: { status: 404 },
};
const health = { path: '/health', expect: { contains: 'well' } };

const ask = (
  origin: string,
  requests: RequestsFile,
  { timeoutMs = 5000, signal = new AbortController().signal } = {},
) =>
  rehearse({
    origin,
    timeoutMs,
    signal,
    requests: requestSet(requests),
    valueSize: { minBytes: 20, maxBytes: 40 },
  });

async function serverThat(answers: RequestListener): Promise<string> {
  const server = createServer(answers);
  open.push({ close: () => closeServer(server) });
  return listen(server);
}

const summary = (outcomes: readonly VectorOutcome[]) =>
  outcomes.map((outcome) =>
    `${outcome.ok ? 'ok' : 'no'} ${outcome.name} ${/\(.*\)/.exec(outcome.about) ?? ''}`.trimEnd(),
  );
const differencesOf = (outcomes: readonly VectorOutcome[]) =>
  outcomes.flatMap((outcome) => (outcome.ok ? [] : outcome.differences));

describe('every kind of request is sent', () => {
  test('first what stores, and then what needs it', async () => {
    const api = await startJsonApi();
    open.push(api);
    const outcomes = await ask(api.origin, { health, get, put, again: { ...put } });
    expect(summary(outcomes)).toEqual([
      'ok put (stores a key)',
      'ok health',
      'ok get',
      'ok get (a key that was never stored)',
      'ok again (stores another value)',
      'ok get (reads what again stored)',
      'ok put (replaces the value)',
      'ok get (reads the new value)',
    ]);
    expect(api.counts).toEqual({ PUT: 3, other: 1, 'GET hit': 3, 'GET miss': 1 });
    expect(api.values.size).toBe(1);
  });

  test('to a server that stores nothing: each once', async () => {
    const api = await startJsonApi();
    open.push(api);
    expect(summary(await ask(api.origin, { health, other: health }))).toEqual([
      'ok health',
      'ok other',
    ]);
  });

  test('the contract passes as well', async () => {
    const kv = await startKv();
    open.push(kv);
    const outcomes = await ask(kv.origin, {
      get: { path: '/{key}', expect: { body: '{value}' }, missing: { status: 404 } },
      post: { method: 'POST', path: '/', body: '{key}={value}' },
    });
    expect(summary(outcomes).filter((line) => !line.startsWith('ok'))).toEqual([]);
  });
});

describe('what is answered otherwise is told', () => {
  test.each<[what: string, requests: RequestsFile, expected: string, received: RegExp]>([
    ['status', { get: { path: '/nowhere' } }, '200', /^400, with the body all is well$/],
    [
      'status',
      { put: { ...put, expect: { status: [204, 202] } } },
      '204 or 202',
      /^201, with the body/,
    ],
    ['part of the body', { health: { ...health, expect: { contains: 'ill' } } }, 'ill', /well/],
    ['JSON in the body', { health: { ...health, expect: { json: {} } } }, '{}', /all is well/],
    ['body', { health: { ...health, expect: { body: 'all is ill' } } }, '', /well/],
    [
      'JSON in the body',
      { put, get: { ...get, expect: { json: { found: [{ value: '{value|base64}' }] } } } },
      'found',
      /found/,
    ],
    ['status', { put, get: { ...get, missing: { status: 410 } } }, '410', /^404/],
  ])('%s of %j', async (what, requests, expected, received) => {
    const api = await startJsonApi();
    open.push(api);
    const [difference] = differencesOf(await ask(api.origin, requests));
    expect(difference?.what).toBe(what);
    expect(difference?.expected).toContain(expected);
    expect(difference?.received).toMatch(received);
  });

  test('a server that keeps the first value', async () => {
    const values = new Map<string, string>();
    const origin = await serverThat((request, response) => {
      const key = request.url ?? '';
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        if (request.method === 'PUT' && !values.has(key)) values.set(key, body);
        response.end(request.method === 'PUT' ? '' : values.get(key));
      });
    });
    const outcomes = await ask(origin, {
      put: { method: 'PUT', path: '/{key}', body: '{value}' },
      get: { path: '/{key}', expect: { body: '{value}' } },
    });
    expect(summary(outcomes)).toEqual([
      'ok put (stores a key)',
      'ok get',
      'ok put (replaces the value)',
      'no get (reads the new value)',
    ]);
  });

  test('a redirect is an answer, and is not followed', async () => {
    const asked: string[] = [];
    const origin = await serverThat((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(differencesOf(await ask(origin, { root: { path: '/' } }))).toMatchObject([
      { what: 'status', expected: '200', received: '302' },
    ]);
    expect(asked).toEqual(['/']);
  });
});

describe('a server that does not answer', () => {
  const requests = { one: { path: '/1' }, two: { path: '/2' } };

  test('in time is asked nothing more', async () => {
    const asked: string[] = [];
    const origin = await serverThat((request) => asked.push(request.url ?? ''));
    const outcomes = await ask(origin, requests, { timeoutMs: 1000 });
    expect(asked).toEqual(['/1']);
    expect(differencesOf(outcomes)).toEqual([
      { what: 'answer', expected: 'status 200', received: 'no answer within 1 s' },
    ]);
  });

  test('hangs up is told of each request', async () => {
    const origin = await serverThat((request) => request.socket.destroy());
    const received = differencesOf(await ask(origin, requests)).map((one) => one.received);
    expect(received).toEqual([
      expect.stringContaining('UND_ERR_SOCKET'),
      expect.stringContaining('UND_ERR_SOCKET'),
    ]);
  });

  test('is not there', async () => {
    const [first] = differencesOf(await ask('http://127.0.0.1:1', requests));
    expect(first?.received).toContain('ECONNREFUSED');
  });

  test('and an abort in the meantime rejects with its reason', async () => {
    const abort = new AbortController();
    const origin = await serverThat(() => abort.abort(new Error('enough')));
    await expect(ask(origin, requests, { signal: abort.signal })).rejects.toThrow('enough');
  });
});
