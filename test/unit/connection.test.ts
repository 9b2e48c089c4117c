import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Connection, type ConnectionOptions } from '../../src/load/connection.js';
import { requestCode } from '../../src/load/keys.js';
import { Phase } from '../../src/load/phase.js';
import type { StoreModel } from '../../src/load/store-model.js';

let server: Server | TcpServer | null = null;
let connection: Connection | null = null;
afterEach(async () => {
  await connection?.close();
  if (server && 'closeAllConnections' in server) server.closeAllConnections();
  server?.close();
  server = null;
});

async function listen(on: Server | TcpServer): Promise<string> {
  server = on;
  await new Promise<void>((resolve) => on.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(on.address() as AddressInfo).port}`;
}

const value = Buffer.from('the value');
const model: StoreModel = {
  isFixed: false,
  expected: () => value,
  isUncertain: () => false,
  valueBeginningWith: () => null,
  beginWrite: () => value,
  endWrite: () => {},
  insert: () => 0,
  recent: () => 0,
  takeWritten: () => ({ certain: new Uint32Array(), uncertain: new Uint32Array() }),
};
const missPaths = ['/absent'];
const options = { timeoutMs: 60_000, requestsPerConnection: null };

/** Asks for one key so many times, over one connection. */
async function get(origin: string, times = 1, changes: Partial<ConnectionOptions> = {}, code = 0) {
  connection = new Connection(origin, { ...options, ...changes });
  const sequence = new Uint32Array(times).fill(code);
  const phase = new Phase({ paths: ['/k'], missPaths, model, sequence });
  const watched = connection;
  const watch = setInterval(() => watched.expire(performance.now()), 10);
  await connection.run(phase);
  clearInterval(watch);
  return phase.outcome();
}

async function getFrom(
  answer: RequestListener,
  times = 1,
  changes: Partial<ConnectionOptions> = {},
  code = 0,
) {
  return get(await listen(createServer(answer)), times, changes, code);
}

test('right answers are counted, and sent over one connection', async () => {
  let connections = 0;
  const http = createServer((_, response) => response.end(value));
  http.on('connection', () => connections++);
  const origin = await listen(http);
  expect(await get(origin, 100)).toMatchObject({ planned: 100, answered: 100, firstError: null });
  expect(connections).toBe(1);
  const { sent, received } = (connection as Connection).bytes;
  expect(sent).toBeGreaterThan(100 * 'GET /k HTTP/1.1'.length);
  expect(received).toBeGreaterThan(100 * value.length);
});

test('a value in several pieces is right', async () => {
  const answer: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-length': value.length });
    response.write(value.subarray(0, 3));
    setImmediate(() => response.end(value.subarray(3)));
  };
  expect(await getFrom(answer, 3)).toMatchObject({ answered: 3 });
});

test.each([
  ['another status', 'status', (_, r) => r.writeHead(404).end('Key not found')],
  ['an error with the right body', 'status', (_, r) => r.writeHead(500).end(value)],
  ['one wrong byte', 'mismatch', (_, r) => r.end('the valuE')],
  ['a byte too few', 'mismatch', (_, r) => r.end('the valu')],
  ['a byte too many', 'mismatch', (_, r) => r.end('the value!')],
  ['no body', 'mismatch', (_, r) => r.end()],
  ['a broken connection', 'reset', (request) => request.socket.destroy()],
  ['silence', 'timeout', () => {}],
  ['half an answer, then silence', 'timeout', (_, r) => r.write('the')],
] as [string, string, RequestListener][])('%s is an error of kind %s', async (_, kind, answer) => {
  const outcome = await getFrom(answer, 3, kind === 'timeout' ? { timeoutMs: 50 } : {});
  expect(outcome).toMatchObject({ planned: 3, answered: 0, errors: { [kind]: 3 } });
  expect(outcome.firstError).toMatch(/^GET \/k: ./);
});

test('an answer without an end is given up', async () => {
  const outcome = await getFrom((_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', more);
    more();
  });
  expect(outcome.errors.mismatch).toBe(1);
});

test('what is not HTTP is a protocol error', async () => {
  const sockets: Socket[] = [];
  const origin = await listen(
    createTcpServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.on('data', () => socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n'));
    }),
  );
  expect(await get(origin, 2)).toMatchObject({ answered: 0, errors: { protocol: 2 } });
});

test('nobody there is a connect error', async () => {
  const origin = await listen(createServer());
  await new Promise((resolve) => server?.close(resolve));
  expect(await get(origin, 2)).toMatchObject({ answered: 0, errors: { connect: 2 } });
});

test('a server that closes after each answer costs connections, not answers', async () => {
  const outcome = await getFrom(
    (_, response) => response.setHeader('connection', 'close').end(value),
    20,
  );
  expect(outcome).toMatchObject({ planned: 20, answered: 20 });
});

test.each([
  [1, 5, 5],
  [2, 5, 3],
  [5, 5, 1],
  [7, 20, 3],
])('with %d requests a connection, %d need %d', async (limit, times, connections) => {
  let accepted = 0;
  const http = createServer((_, response) => response.end(value));
  http.on('connection', () => accepted++);
  const outcome = await get(await listen(http), times, { requestsPerConnection: limit });
  expect(outcome).toMatchObject({ planned: times, answered: times });
  expect(accepted).toBe(connections);
  expect(connection?.opened).toBe(connections);
});

test('after an error the next connection carries as many requests as any', async () => {
  let n = 0;
  let accepted = 0;
  const http = createServer((request, response) => {
    if (++n === 2) request.socket.destroy();
    else response.end(value);
  });
  http.on('connection', () => accepted++);
  // Two on the one that breaks, then four on one more.
  await get(await listen(http), 6, { requestsPerConnection: 4 });
  expect(accepted).toBe(2);
});

test('a key that is not there is right if that is what was asked', async () => {
  const notFound: RequestListener = ({ url }, response) =>
    url === '/absent' ? response.writeHead(404).end('Key not found') : response.end(value);
  expect(await getFrom(notFound, 3, {}, requestCode.miss)).toMatchObject({ answered: 3 });
  const found: RequestListener = (_, response) => response.end('Key not found');
  expect(await getFrom(found, 1, {}, requestCode.miss)).toMatchObject({ errors: { status: 1 } });
  const other: RequestListener = (_, response) => response.writeHead(404).end('not found');
  expect(await getFrom(other, 1, {}, requestCode.miss)).toMatchObject({ errors: { mismatch: 1 } });
});

describe('a read that overlaps a write of its key', () => {
  const older = Buffer.from('Older one');
  const ask = (answer: Buffer, changes: Partial<StoreModel>) => {
    const overlapping: StoreModel = {
      ...model,
      valueBeginningWith: (byte) => [value, older].find(([first]) => first === byte) ?? null,
      ...changes,
    };
    return async () => {
      const origin = await listen(createServer((_, response) => response.end(answer)));
      connection = new Connection(origin, options);
      const phase = new Phase({
        paths: ['/k'],
        missPaths,
        model: overlapping,
        sequence: new Uint32Array(1),
      });
      await connection.run(phase);
      return phase;
    };
  };
  const uncertainAtLast = () => {
    let asked = 0;
    return () => asked++ > 0;
  };
  const anotherAtLast = () => {
    let asked = 0;
    return () => (asked++ === 0 ? older : value);
  };

  test.each([
    ['the newer value', ask(value, { isUncertain: () => true })],
    ['the older one', ask(older, { isUncertain: () => true })],
    [
      'the older one, by a write that has begun since',
      ask(older, { isUncertain: uncertainAtLast() }),
    ],
    ['the newer one, by a write that has come and gone', ask(value, { expected: anotherAtLast() })],
  ])('may see %s', async (_, run) => expect(await run()).toMatchObject({ answered: 1 }));

  test.each([
    ['an older value where nothing is under way', ask(older, {})],
    ['one that was never written', ask(Buffer.from('something'), { isUncertain: () => true })],
    [
      'one that only begins like another',
      ask(Buffer.from('Older two'), { isUncertain: () => true }),
    ],
  ])('may not see %s', async (_, run) =>
    expect(await run()).toMatchObject({ answered: 0, errors: { mismatch: 1 } }),
  );
});

test('it goes on after errors', async () => {
  let n = 0;
  const outcome = await getFrom((request, response) => {
    n++;
    if (n === 2) request.socket.destroy();
    else if (n === 4) response.end('wrong');
    else response.end(value);
  }, 6);
  expect(outcome).toMatchObject({ planned: 6, answered: 4, errors: { reset: 1, mismatch: 1 } });
});

test('posts carry their body and expect the confirmation', async () => {
  const bodies: string[] = [];
  const origin = await listen(
    createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        bodies.push(`${request.method} ${request.url} ${body}`);
        response.end(bodies.length === 2 ? 'Key lost' : 'Key inserted');
      });
    }),
  );
  connection = new Connection(origin, options);
  const acknowledged: number[] = [];
  const phase = new Phase({
    paths: ['/a', '/b', '/c'],
    missPaths,
    model: {
      ...model,
      beginWrite: (key) => Buffer.from(`${'abc'[key]}=${key + 1}`),
      endWrite: (key, confirmed) => {
        if (confirmed) acknowledged.push(key);
      },
    },
    sequence: Uint32Array.of(0, 1, 2).map((key) => key + requestCode.write),
  });
  await connection.run(phase);
  expect(bodies).toEqual(['POST / a=1', 'POST / b=2', 'POST / c=3']);
  expect(acknowledged).toEqual([0, 2]);
  expect(phase.errors.mismatch).toBe(1);
});

test('reusing an idle connection starts no timer', async () => {
  // Releases 7.28.0 and 7.29.0 of undici wait for a timer, and so a millisecond, at each reuse.
  const http = createServer((_, response) => response.end(value));
  const reused = new Connection(await listen(http), options);
  connection = reused;
  const once = () =>
    reused.run(new Phase({ paths: ['/k'], missPaths, model, sequence: new Uint32Array(1) }));
  await once();
  const original = globalThis.setTimeout;
  let timers = 0;
  globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
    if ((args[1] ?? 0) < 100) timers++;
    return original(...args);
  }) as typeof setTimeout;
  try {
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      await once();
    }
  } finally {
    globalThis.setTimeout = original;
  }
  expect(timers).toBe(0);
});
