import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { RequestSpec } from '../../src/config/requests.js';
import { requestCode } from '../../src/load/keys.js';
import { Phase } from '../../src/load/phase.js';
import {
  contractGet,
  contractPost,
  expecting,
  messagesOf,
  model,
  useConnection,
  value,
} from '../helpers/connection.js';

const { listen, connect, get, getFrom } = useConnection();

test('right answers are counted, and sent over one connection', async () => {
  let connections = 0;
  const http = createServer((_, response) => response.end(value));
  http.on('connection', () => connections++);
  const origin = await listen(http);
  const outcome = await get(origin, 100);
  expect(outcome).toMatchObject({ planned: 100, answered: 100, firstError: null });
  expect(connections).toBe(1);
  const { sent, received } = outcome.connection.bytes;
  expect(sent).toBeGreaterThan(100 * 'GET /key:00000000 HTTP/1.1'.length);
  expect(received).toBeGreaterThan(100 * value.length);
});

describe('HEAD', () => {
  const spec: RequestSpec = { ...expecting('any', ''), method: 'HEAD' };

  test('has no body and keeps its connection', async () => {
    const methods: (string | undefined)[] = [];
    let accepted = 0;
    const http = createServer(({ method }, response) => {
      methods.push(method);
      response.writeHead(200, { 'content-length': value.length }).end();
    });
    http.on('connection', () => accepted++);
    const outcome = await get(await listen(http), 5, { spec });
    expect(outcome).toMatchObject({ planned: 5, answered: 5, firstError: null });
    expect(methods).toEqual(new Array(5).fill('HEAD'));
    expect([accepted, outcome.connection.opened]).toEqual([1, 1]);
  });

  test('keeps it with a server that does not say that it does', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n';
    const tcp = createTcpServer((socket) => socket.on('data', () => socket.write(answer)));
    const outcome = await get(await listen(tcp), 5, { spec });
    expect(outcome).toMatchObject({ planned: 5, answered: 5, firstError: null });
    expect(outcome.connection.opened).toBe(1);
  });

  test('is closed after as many requests as a connection may carry', async () => {
    const close = { spec, requestsPerConnection: 2 };
    const outcome = await getFrom((_, response) => response.end(), 5, close);
    expect(outcome.connection.opened).toBe(3);
  });

  test('must be answered by the right status, too', async () => {
    const outcome = await getFrom((_, response) => response.writeHead(404).end(), 2, { spec });
    expect(outcome).toMatchObject({ answered: 0, errors: { status: 2 } });
  });
});

test('headers are sent as they were given', async () => {
  const seen: unknown[] = [];
  const headers = { Accept: 'application/json', 'X-Token': 'a b' };
  await getFrom(
    (request, response) => {
      seen.push([request.headers.accept, request.headers['x-token']]);
      response.end(value);
    },
    2,
    { spec: { ...contractGet, headers } },
  );
  expect(seen).toEqual(new Array(2).fill(['application/json', 'a b']));
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
  expect(outcome.firstError).toMatch(/^GET \/key:00000000: ./);
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
  const http = createServer();
  const origin = await listen(http);
  await new Promise((resolve) => http.close(resolve));
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
  expect(outcome.connection.opened).toBe(connections);
});

test('after an error the next connection carries as many requests as any', async () => {
  let n = 0;
  let accepted = 0;
  const http = createServer((request, response) => {
    if (++n === 2) request.socket.destroy();
    else response.end(value);
  });
  http.on('connection', () => accepted++);
  // One on the one that breaks, then four on one more: the one that met that is sent again.
  await get(await listen(http), 5, { requestsPerConnection: 4 });
  expect(accepted).toBe(2);
});

test('it goes on after errors', async () => {
  let n = 0;
  const outcome = await getFrom((request, response) => {
    n++;
    if (n === 2) request.socket.destroy();
    else if (n === 4) response.end('wrong');
    else response.end(value);
  }, 6);
  expect(outcome).toMatchObject({ planned: 6, answered: 5, retried: 1, errors: { mismatch: 1 } });
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
  const acknowledged: number[] = [];
  const phase = new Phase({
    messages: messagesOf(contractGet, contractPost),
    model: {
      ...model,
      beginWrite: (key) => key,
      endWrite: (key, confirmed) => {
        if (confirmed) acknowledged.push(key);
      },
    },
    sequence: Uint32Array.of(0, 1, 2).map((key) => requestCode.encode(1, key)),
  });
  await connect(origin).run(phase);
  expect(bodies).toEqual([
    'POST / key:00000000=the value',
    'POST / key:00000001=Older one',
    'POST / key:00000002=2nd older',
  ]);
  expect(acknowledged).toEqual([0, 2]);
  expect(phase.errors.mismatch).toBe(1);
});

test('reusing an idle connection starts no timer', async () => {
  // Releases 7.28.0 and 7.29.0 of undici wait for a timer, and so a millisecond, at each reuse.
  const http = createServer((_, response) => response.end(value));
  const reused = connect(await listen(http));
  const once = () =>
    reused.run(
      new Phase({ messages: messagesOf(contractGet), model, sequence: new Uint32Array(1) }),
    );
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
