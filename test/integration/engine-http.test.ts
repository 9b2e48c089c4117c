import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { requestsOf } from '../../src/config/operations.js';
import type { RequestSet } from '../../src/config/requests.js';
import { rehearse } from '../../src/load/rehearsal.js';
import { closed, errorsIn, fill, load, paced, useEngines } from '../helpers/engine.js';
import { startRawServer } from '../helpers/raw-server.js';

const { keep, kv, engine } = useEngines();

/** A server of the bytes that it is told to answer, request by request, and how it treats the socket. */
async function raw(answer: (socket: Socket, count: number, request: string) => void) {
  let connections = 0;
  const server = await startRawServer((socket) => {
    connections++;
    let text = '';
    let count = 0;
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const request = text.slice(0, end);
        text = text.slice(end + 4);
        answer(socket, ++count, request);
      }
    });
  });
  return { ...keep(server), connections: () => connections };
}

const asking = (statuses: number[], changes: object = {}): RequestSet => ({
  requests: [
    {
      name: 'get',
      method: 'GET',
      path: '/',
      headers: {},
      body: null,
      writes: false,
      repeatable: true,
      missing: null,
      expect: { statuses, match: 'any', text: '' },
      ...changes,
    },
  ],
  preload: null,
  readBack: null,
});
const short = { ...closed, durationMs: 60, sliceMs: 60 };

test.each([
  ['304 with the length of what it stands for', 304, 'Content-Length: 1234\r\nETag: "a"'],
  ['304 with an encoding', 304, 'Content-Length: 1234\r\nContent-Encoding: gzip'],
  ['304 without either', 304, 'ETag: "a"'],
  ['204 without a length', 204, 'X-A: b'],
  ['204 with a length', 204, 'Content-Length: 0'],
])('%s has no body, and the connection goes on', async (_, status, headers) => {
  const answer = `HTTP/1.1 ${status} Whatever\r\n${headers}\r\n\r\n`;
  const server = await raw((socket) => void socket.write(answer));
  const on = engine({ connections: 2 });
  await fill(on, server, 'a', asking([status]));
  const outcome = await load(on, short);
  expect(outcome).toMatchObject({ firstError: null, connectionsOpened: 2 });
  expect(outcome.answered).toBeGreaterThan(4);
  expect(outcome.planned).toBe(outcome.answered);
  const tried = await rehearse({
    origin: server.origin,
    requests: asking([status]),
    timeoutMs: 5000,
    valueSize: { minBytes: 8, maxBytes: 8 },
    signal: new AbortController().signal,
  });
  expect(tried.map(({ ok }) => ok)).toEqual([true]);
});

test('interim answers, and one to HEAD, whatever length it gives', async () => {
  const interim = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
  const final = 'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n';
  const server = await raw((socket) => void socket.write(interim + final));
  const on = engine({ connections: 1 });
  await fill(on, server, 'a', asking([200], { method: 'HEAD' }));
  const outcome = await load(on, short);
  expect(outcome).toMatchObject({ firstError: null, connectionsOpened: 1 });
  expect(outcome.answered).toBeGreaterThan(2);
});

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

test('a server that closes after each answer without saying so: asked again, no error', async () => {
  const server = await raw((socket) => void socket.end(ok));
  const on = engine({ connections: 2 });
  await fill(on, server, 'a', asking([200]));
  for (const spec of [short, paced(300, { durationMs: 100 })]) {
    const outcome = await load(on, spec);
    expect(outcome).toMatchObject({ firstError: null });
    expect(errorsIn(outcome)).toBe(0);
    expect(outcome.answered).toBe(outcome.planned);
    expect(outcome.retried).toBeLessThanOrEqual(outcome.planned);
  }
});

test('one that closes what meets it, twice in a row, is an error', async () => {
  const server = await raw((socket) => void socket.destroy());
  const on = engine({ connections: 1 });
  await fill(on, server, 'a', asking([200]));
  const outcome = await load(on, paced(100, { durationMs: 50 }));
  expect(outcome).toMatchObject({ planned: 5, answered: 0 });
  expect(outcome.errors.reset).toBe(5);
});

test('what is not idempotent is never sent again', async () => {
  const server = await raw(
    (socket, count) => void (count % 2 ? socket.write(ok) : socket.destroy()),
  );
  const on = engine({ connections: 1 });
  await fill(on, server, 'a', asking([200], { method: 'POST', repeatable: false }));
  const outcome = await load(on, paced(100, { durationMs: 100 }));
  expect(outcome).toMatchObject({ planned: 10, answered: 5, retried: 0 });
  expect(outcome.errors.reset).toBe(5);
});

test('a broken answer is none to be asked for again', async () => {
  const server = await raw((socket, count) =>
    count === 1 ? void socket.write(ok) : void socket.end('HTTP/1.1 200 OK\r\nContent-'),
  );
  const on = engine({ connections: 1 });
  await fill(on, server, 'a', asking([200]));
  const outcome = await load(on, paced(100, { durationMs: 100 }));
  expect(outcome.retried).toBe(0);
  expect(outcome.answered + errorsIn(outcome)).toBe(10);
  expect(outcome.answered).toBeGreaterThan(0);
  expect(errorsIn(outcome)).toBeGreaterThan(0);
});

test.each([
  ['closed', closed],
  ['open', paced(200)],
])('a server that stops answering ends a %s loop, and all is accounted for', async (_, spec) => {
  let isStopped = false;
  const store = await kv({ intercept: () => isStopped });
  const on = engine({ timeoutMs: 500, connections: 2 });
  await fill(on, store);
  isStopped = true;
  const outcome = await load(on, {
    ...spec,
    mix: requestsOf('get'),
    durationMs: 60_000,
    sliceMs: 500,
  });
  expect(outcome).toMatchObject({ hung: true, answered: 0 });
  expect(outcome.planned).toBe(errorsIn(outcome));
});
