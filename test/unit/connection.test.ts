import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { contractRequests, type RequestSpec } from '../../src/config/requests.js';
import { Connection, type ConnectionOptions } from '../../src/load/connection.js';
import type { Dataset } from '../../src/load/dataset.js';
import { requestCode } from '../../src/load/keys.js';
import { createMessage } from '../../src/load/messages.js';
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

/** What every key takes in turn. */
const versions = ['the value', 'Older one', '2nd older', '3rd older'].map((text) =>
  Buffer.from(text),
);
const [value, older] = versions as [Buffer, Buffer];
const dataset: Dataset = {
  keyCount: 3,
  versionsOf: () => versions.length,
  value: (_, version) => versions[version] as Buffer,
};
const model: StoreModel = {
  version: () => 0,
  versionsOf: dataset.versionsOf,
  isUncertain: () => false,
  beginWrite: () => 0,
  endWrite: () => {},
  insert: () => 0,
  recent: () => 0,
  takeWritten: () => ({ certain: new Uint32Array(), uncertain: new Uint32Array() }),
};
const [contractGet, contractPost] = contractRequests.requests as [RequestSpec, RequestSpec];
const messagesOf = (...specs: RequestSpec[]) => specs.map((spec) => createMessage(spec, dataset));
/** The contract's GET with another right answer. */
const expecting = (match: RequestSpec['expect']['match'], text: string): RequestSpec => ({
  ...contractGet,
  expect: { statuses: [200], match, text },
});
const miss = requestCode.encode(0, 0, true);
const options = { timeoutMs: 60_000, requestsPerConnection: null };

interface Changes extends Partial<ConnectionOptions> {
  code?: number;
  spec?: RequestSpec;
  model?: Partial<StoreModel>;
}

/** Asks for one key so many times, over one connection. */
async function get(origin: string, times = 1, { code = 0, spec, ...changes }: Changes = {}) {
  connection = new Connection(origin, { ...options, ...changes });
  const phase = new Phase({
    messages: messagesOf(spec ?? contractGet),
    model: { ...model, ...changes.model },
    sequence: new Uint32Array(times).fill(code),
  });
  const watched = connection;
  const watch = setInterval(() => watched.expire(performance.now()), 10);
  await connection.run(phase);
  clearInterval(watch);
  return phase.outcome();
}

async function getFrom(answer: RequestListener, times = 1, changes: Changes = {}) {
  return get(await listen(createServer(answer)), times, changes);
}

/** Answers with a body that comes bit by bit. */
function inPieces(pieces: readonly (Buffer | string)[]): RequestListener {
  return (_, response) => {
    response.socket?.setNoDelay(true);
    const left = [...pieces];
    const next = () => {
      const piece = left.shift();
      if (piece === undefined) response.end();
      else response.write(piece, () => setImmediate(next));
    };
    next();
  };
}

test('right answers are counted, and sent over one connection', async () => {
  let connections = 0;
  const http = createServer((_, response) => response.end(value));
  http.on('connection', () => connections++);
  const origin = await listen(http);
  expect(await get(origin, 100)).toMatchObject({ planned: 100, answered: 100, firstError: null });
  expect(connections).toBe(1);
  const { sent, received } = (connection as Connection).bytes;
  expect(sent).toBeGreaterThan(100 * 'GET /key:00000000 HTTP/1.1'.length);
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
  ['byte by byte', [...value].map((byte) => Buffer.of(byte)), true],
  ['byte by byte, the last one wrong', [...'the valuE'], false],
  ['byte by byte, the first one wrong', [...'The value'], false],
  ['in pieces, a byte too few', ['the', ' valu'], false],
  ['in pieces, all of it and then more', ['the value', '!'], false],
  ['in pieces, with more in the middle', ['the ', 'value, the ', 'value'], false],
  ['in pieces, with a false start', ['the ', 'the value'], false],
  ['in pieces that all begin rightly', ['the', 'the', 'the'], false],
] as [string, (Buffer | string)[], boolean][])('a body %s', async (_, pieces, right) => {
  const outcome = await getFrom(inPieces(pieces), 2);
  const errors = right ? 0 : 2;
  expect(outcome).toMatchObject({ answered: 2 - errors, errors: { mismatch: errors } });
});

test.each([
  ['any body', expecting('any', ''), 'whatever', true],
  ['any body, if the status is right', expecting('any', ''), null, false],
  ['a part', expecting('contains', 'id={key};'), 'a=1;id=key:00000000;b=2', true],
  ['a part that is not there', expecting('contains', 'id={key};'), 'id=key:00000001;', false],
  ['a part of nothing', expecting('contains', '{key}'), '', false],
  ['JSON', expecting('json', '{"id":"{index}"}'), '{ "more": [], "id": "0" }', true],
  ['other JSON', expecting('json', '{"id":"{index}"}'), '{"id":0}', false],
  ['JSON that is cut off', expecting('json', '{"id":"{index}"}'), '{"id":"0"', false],
  ['no JSON at all', expecting('json', 'null'), '', false],
] as [string, RequestSpec, string | null, boolean][])(
  'where %s is expected, an answer is held against that',
  async (_, spec, body, right) => {
    const outcome = await getFrom(
      (_, response) => response.writeHead(body === null ? 500 : 200).end(body ?? ''),
      2,
      { spec },
    );
    expect(outcome.answered).toBe(right ? 2 : 0);
    const errors = body === null ? { status: 2 } : { mismatch: right ? 0 : 2 };
    expect(outcome.errors).toMatchObject(errors);
  },
);

test.each([
  ['contains', '{value}', ['the', ' val', 'ue.'], true],
  ['contains', '{value}', ['the', ' val', 'uE.'], false],
  ['json', '{"v":"{value}"}', ['{"v"', ':"the v', 'alue"', '}'], true],
  ['json', '{"v":"{value}"}', ['{"v"', ':"the v', 'alue"'], false],
] as const)('%s %s is found in the pieces %j: %s', async (match, text, pieces, right) => {
  const outcome = await getFrom(inPieces(pieces), 2, { spec: expecting(match, text) });
  expect(outcome.answered).toBe(right ? 2 : 0);
});

test('any of several statuses is right, and no other', async () => {
  const statuses = [200, 201, 204, 200, 202];
  const spec: RequestSpec = {
    ...contractGet,
    expect: { statuses: [200, 204], match: 'any', text: '' },
  };
  const outcome = await getFrom(
    (_, response) => response.writeHead(statuses.shift() ?? 500).end(),
    5,
    { spec },
  );
  expect(outcome).toMatchObject({ answered: 3, errors: { status: 2 } });
  expect(outcome.firstError).toBe('GET /key:00000000: status 201 instead of 200 or 204');
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
    expect([accepted, connection?.opened]).toEqual([1, 1]);
  });

  test('keeps it with a server that does not say that it does', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n';
    const tcp = createTcpServer((socket) => socket.on('data', () => socket.write(answer)));
    const outcome = await get(await listen(tcp), 5, { spec });
    expect(outcome).toMatchObject({ planned: 5, answered: 5, firstError: null });
    expect(connection?.opened).toBe(1);
  });

  test('is closed after as many requests as a connection may carry', async () => {
    await getFrom((_, response) => response.end(), 5, { spec, requestsPerConnection: 2 });
    expect(connection?.opened).toBe(3);
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

describe('an answer without an end', () => {
  const endless: RequestListener = (_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', more);
    more();
  };

  test.each([
    ['a value', contractGet],
    ['a part', expecting('contains', '{value}')],
    ['JSON', expecting('json', '"{value}"')],
  ])('is given up where %s is expected', async (_, spec) => {
    const outcome = await getFrom(endless, 1, { spec });
    expect(outcome.errors.mismatch).toBe(1);
    expect(outcome.firstError).toContain('far longer than the one expected');
  });

  test('is late where any body is right', async () => {
    const outcome = await getFrom(endless, 1, { spec: expecting('any', ''), timeoutMs: 50 });
    expect(outcome.errors.timeout).toBe(1);
  });

  test('is not a long one that has what it must hold', async () => {
    const long = `${'-'.repeat(1_000_000)}${value}${'-'.repeat(1_000_000)}`;
    const spec = expecting('contains', '{value}');
    const outcome = await getFrom((_, response) => response.end(long), 2, { spec });
    expect(outcome).toMatchObject({ answered: 2, firstError: null });
  });
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
    url?.startsWith('/mis:') ? response.writeHead(404).end('Key not found') : response.end(value);
  expect(await getFrom(notFound, 3, { code: miss })).toMatchObject({ answered: 3 });
  const found: RequestListener = (_, response) => response.end('Key not found');
  expect(await getFrom(found, 1, { code: miss })).toMatchObject({ errors: { status: 1 } });
  const other: RequestListener = (_, response) => response.writeHead(404).end('not found');
  expect(await getFrom(other, 1, { code: miss })).toMatchObject({ errors: { mismatch: 1 } });
});

describe('a read that overlaps a write of its key', () => {
  const ask = (
    answer: Buffer | string | string[],
    changes: Partial<StoreModel>,
    spec = contractGet,
  ) => {
    const pieces = Array.isArray(answer) ? answer : [answer];
    return () => getFrom(inPieces(pieces), 1, { spec, model: changes });
  };
  const inJson = expecting('json', '{"found":{"value":"{value}"}}');
  const inText = expecting('exact', 'v={value};');
  const inPart = expecting('contains', '<b>{value|base64}</b>');
  const encoded = (text: Buffer) => `<i>1</i><b>${text.toString('base64')}</b>`;
  const uncertain = { isUncertain: () => true };
  const uncertainAtLast = () => {
    let asked = 0;
    return () => asked++ > 0;
  };
  const anotherAtLast = () => {
    let asked = 0;
    return () => (asked++ === 0 ? 1 : 0);
  };

  test.each([
    ['the newer value', ask(value, uncertain)],
    ['the older one', ask(older, uncertain)],
    [
      'the older one, by a write that has begun since',
      ask(older, { isUncertain: uncertainAtLast() }),
    ],
    ['the newer one, by a write that has come and gone', ask(value, { version: anotherAtLast() })],
    ['the older one in pieces', ask(['v=', 'Older', ' one;'], uncertain, inText)],
    ['the older one in JSON', ask('{"found":{"value":"Older one","n":1}}', uncertain, inJson)],
    ['the newer one in JSON', ask('{"found":{"value":"the value"}}', uncertain, inJson)],
    ['the older one in a part of the body', ask(encoded(older), uncertain, inPart)],
  ])('may see %s', async (_, run) => expect(await run()).toMatchObject({ answered: 1 }));

  test.each([
    ['an older value where nothing is under way', ask(older, {})],
    ['one that was never written', ask('something', uncertain)],
    ['one that only begins like another', ask('Older two', uncertain)],
    ['one that goes on after another', ask('Older one!', uncertain)],
    ['one with too much before it', ask(['v=', 'v=Older one;'], uncertain, inText)],
    ['an older value in JSON', ask('{"found":{"value":"Older one"}}', {}, inJson)],
    ['in JSON one never written', ask('{"found":{"value":"older one"}}', uncertain, inJson)],
    ['what is not JSON', ask('{"found":{"value":"Older one"}', uncertain, inJson)],
    ['an older value in a part of the body', ask(encoded(older), {}, inPart)],
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
  await connection.run(phase);
  expect(bodies).toEqual([
    'POST / key:00000000=the value',
    'POST / key:00000001=Older one',
    'POST / key:00000002=2nd older',
  ]);
  expect(acknowledged).toEqual([0, 2]);
  expect(phase.errors.mismatch).toBe(1);
});

test('a write must be confirmed with its own value, whatever else is under way', async () => {
  const spec: RequestSpec = {
    ...contractPost,
    expect: { statuses: [200], match: 'json', text: '{"stored":"{value}"}' },
  };
  const changes = { spec, model: { isUncertain: () => true, beginWrite: () => 1 } };
  const echoing = (stored: Buffer): RequestListener => {
    return (_, response) => response.end(JSON.stringify({ stored: String(stored) }));
  };
  expect(await getFrom(echoing(older), 2, changes)).toMatchObject({ answered: 2 });
  expect(await getFrom(echoing(value), 2, changes)).toMatchObject({ errors: { mismatch: 2 } });
});

test('reusing an idle connection starts no timer', async () => {
  // Releases 7.28.0 and 7.29.0 of undici wait for a timer, and so a millisecond, at each reuse.
  const http = createServer((_, response) => response.end(value));
  const reused = new Connection(await listen(http), options);
  connection = reused;
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
