import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { type CheckOptions, checkContract } from '../../src/contract/check.js';
import { parseVectors } from '../../src/contract/vectors.js';
import { startRawServer } from '../helpers/raw-server.js';

const closing: (() => void)[] = [];
// At the end, as tests that wait for a time limit are under way at the same time.
afterAll(() => {
  for (const close of closing) close();
});

/** A server that does as it is told with each connection; tells its port. */
async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const { port, close } = await startRawServer(onConnection);
  closing.push(close);
  return port;
}

function answer(body: string, { status = 200, extra = '' } = {}): string {
  return (
    `HTTP/1.1 ${status} Some reason\r\ncontent-type: text/plain; charset=utf-8\r\n${extra}` +
    `Date: ${new Date().toUTCString()}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}

/** Calls back for each head that ends, with its first line. */
function onRequest(socket: Socket, respond: (line: string) => void) {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      const line = text.slice(0, text.indexOf('\r\n'));
      text = text.slice(end + 4);
      respond(line);
    }
  });
}

const vector = {
  name: 'hit',
  about: 'A hit.',
  send: 'GET /a HTTP/1.1\r\nHost: {host}\r\n\r\n',
  expect: [{ status: 200, body: 'value' }],
};

async function check(
  port: number,
  vectors: Record<string, unknown>[] = [vector],
  options: Partial<CheckOptions> = {},
) {
  const parsed = parseVectors({ version: 1, vectors });
  return checkContract({ host: '127.0.0.1', port, vectors: parsed, ...options });
}

/** The differences of a single vector. */
async function differences(...args: Parameters<typeof check>) {
  const [outcome] = await check(...args);
  return outcome?.ok === false ? outcome.differences : [];
}

describe('a server that is right', () => {
  test('passes', async () => {
    const port = await serve((socket) => onRequest(socket, () => socket.write(answer('value'))));
    expect(await check(port)).toEqual([{ name: 'hit', about: 'A hit.', ok: true }]);
  });

  test('passes in any segments', async () => {
    const port = await serve((socket) =>
      onRequest(socket, () => {
        const left = [...answer('value')];
        const send = () => {
          socket.write(left.shift() ?? '');
          if (left.length > 0) setImmediate(send);
        };
        send();
      }),
    );
    expect(await differences(port)).toEqual([]);
  });

  test('outcomes come in the order of the vectors, with few at a time', async () => {
    let open = 0;
    let most = 0;
    const port = await serve((socket) => {
      most = Math.max(most, ++open);
      socket.on('close', () => open--);
      onRequest(socket, () => setTimeout(() => socket.write(answer('value')), Math.random() * 5));
    });
    const many = Array.from({ length: 30 }, (_, index) => ({ ...vector, name: `v${index}` }));
    const outcomes = await check(port, many, { concurrency: 3 });
    expect(outcomes.map(({ name, ok }) => [name, ok])).toEqual(
      many.map(({ name }) => [name, true]),
    );
    // The server sees an end a little later than the next beginning.
    expect(most).toBeLessThanOrEqual(6);
  });

  test('is given values first, under names that no other vector has', async () => {
    const lines: string[] = [];
    const port = await serve((socket) =>
      socket.on('data', (chunk) => {
        lines.push(chunk.toString('latin1'));
        socket.write(answer('value'));
      }),
    );
    const keyed = { ...vector, given: { '{k}': 'v' }, send: 'GET /{k} HTTP/1.1\r\n\r\n' };
    await check(port, [keyed, { ...keyed, name: 'other' }], { concurrency: 1 });
    const keys = lines.join('').match(/k[0-9a-z]{7}(?==v)/g) ?? [];
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(lines).toContain(`GET /${key} HTTP/1.1\r\n\r\n`);
  });

  test('is waited for where the vector says so', async () => {
    const port = await serve((socket) => {
      let waits = true;
      onRequest(socket, () => {
        if (waits) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
        else socket.write(answer('value'));
        waits = false;
      });
    });
    const expectOne = [{ status: 200, body: 'value', continue: true }];
    const send = ['POST\r\n\r\n', { await: 'continue' }, 'body\r\n\r\n'];
    expect(await differences(port, [{ ...vector, send, expect: expectOne }])).toEqual([]);
  });
});

describe.concurrent('a server that is wrong', () => {
  /** Long enough for a busy machine to get as far as the server lets it. */
  const quickly = { timeoutMs: 2000 };

  test('by one byte', async () => {
    const port = await serve((socket) => onRequest(socket, () => socket.write(answer('valuf'))));
    expect(await differences(port)).toEqual([
      { what: 'body', expected: 'value', received: 'valuf' },
    ]);
  });

  test.each<[name: string, (socket: Socket) => void, what: string, received: RegExp]>([
    ['hangs', () => {}, 'status', /^nothing within 2000 ms$/],
    ['hangs in an answer', (s) => s.write('HTTP/1.1 200'), 'status', /ms after HTTP\/1.1 200$/],
    ['closes at once', (s) => s.end(), 'status', /^the end of the connection$/],
    ['resets', (s) => s.once('data', () => s.resetAndDestroy()), 'status', /^the end of the conn/],
    ['closes in an answer', (s) => s.end('HTTP/1.1 200 OK\r\n'), 'status', /in the middle/],
    ['sends garbage', (s) => s.write('\0\x01garbage'), 'status', /^\\x00\\x01garbage: it does not/],
    [
      'closes after its answer',
      (s) => s.end(answer('value')),
      'connection',
      /^the end of the conn/,
    ],
    ['answers twice', (s) => s.write(`${answer('value')}!`), 'connection', /^!: /],
    ['hangs after its answer', (s) => s.write(answer('value')), 'connection', /^nothing within/],
  ])('%s', async (_, onConnection, what, received) => {
    const port = await serve(onConnection);
    const [difference, ...more] = await differences(port, [vector], quickly);
    expect(difference?.what).toBe(what);
    expect(difference?.received).toMatch(received);
    expect(more).toEqual([]);
  });

  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  test.each([
    ['a body', 'HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(65_536), /body exceeds/, 10_000],
    ['a header', 'HTTP/1.1 200 OK\r\nA: ', 'x'.repeat(65_536), /head exceeds/, 10_000],
    ['chunks', chunked, `1000\r\n${'x'.repeat(4096)}\r\n`, /body exceeds/, 10_000],
    // Which comes first, the bound or the time, is up to the machine: so many take long to read.
    ['chunks of a byte', chunked, '1\r\nx\r\n', /body exceeds|ms/, 300],
    ['interim answers', '', 'HTTP/1.1 100 Continue\r\n\r\n', /interim answers do not end/, 10_000],
  ])('never ends %s', async (_, head, piece, received, timeoutMs) => {
    const port = await serve((socket) => {
      socket.write(head);
      const block = piece.repeat(Math.ceil(65_536 / piece.length));
      const pour = () => {
        while (!socket.destroyed && socket.write(block));
      };
      socket.on('drain', pour);
      pour();
    });
    const [difference] = await differences(port, [vector], { timeoutMs });
    expect(difference?.received).toMatch(received);
  });

  test('stays open though it should close', async () => {
    const port = await serve((socket) => onRequest(socket, () => socket.write(answer('value'))));
    const closed = { ...vector, connection: 'closed' };
    expect(await differences(port, [closed], quickly)).toEqual([
      { what: 'connection', expected: 'closed', received: 'still open after 2000 ms' },
    ]);
  });

  test('stays open each time, and is asked all the same', async () => {
    const port = await serve((socket) => onRequest(socket, () => socket.write(answer('value'))));
    const closing = ['a', 'b', 'c', 'd'].map((name) => ({ ...vector, name, connection: 'closed' }));
    const options = { timeoutMs: 1000, concurrency: 2 };
    const outcomes = await check(port, [vector, ...closing], options);
    const found = outcomes.map((one) => (one.ok ? 'ok' : one.differences.map(({ what }) => what)));
    expect(found).toEqual(['ok', ...closing.map(() => ['connection'])]);
  });

  test('says nothing as often as is asked at a time, and is not asked again', async () => {
    const port = await serve((socket) => socket.resume());
    const many = Array.from({ length: 6 }, (_, index) => ({ ...vector, name: `v${index}` }));
    const outcomes = await check(port, many, { timeoutMs: 50, concurrency: 2 });
    const received = outcomes.map((one) => (one.ok ? [] : one.differences.map((d) => d.received)));
    expect(received.slice(0, 2)).toEqual([['nothing within 50 ms'], ['nothing within 50 ms']]);
    expect(received.slice(-2).join()).toMatch(/(none to any .* not asked,?){2}/);
  });

  test('does not take what the vector needs', async () => {
    const refuse = (socket: Socket) =>
      socket.on('data', () => socket.write(answer('no', { status: 500 })));
    const given = { ...vector, given: { '{k}': 'v' } };
    expect(await differences(await serve(refuse), [given])).toEqual([
      { what: 'set-up status', expected: '200', received: '500' },
    ]);
  });

  test('never reads', async () => {
    const port = await serve((socket) => socket.pause());
    const send = [
      { repeat: 'x', times: 4_194_304 },
      { repeat: 'x', times: 4_194_304 },
    ];
    const [difference] = await differences(port, [{ ...vector, send }], quickly);
    expect(difference?.received).toBe('nothing within 2000 ms');
  });
});

test('an answer survives that the server resets while it is being sent to', async () => {
  const refusal = answer('Body too large', { status: 413, extra: 'Connection: close\r\n' });
  const port = await serve((socket) =>
    // What is left unread makes the kernel send a reset.
    socket.once('data', () => socket.pause().write(refusal, () => socket.destroy())),
  );
  const send = ['POST / HTTP/1.1\r\n\r\n', { repeat: 'x', times: 4_194_304 }];
  const expectOne = [{ status: 413, body: 'Body too large', headers: { Connection: 'close' } }];
  const upload = { ...vector, send, expect: expectOne, connection: 'closed' };
  const many = Array.from({ length: 20 }, (_, index) => ({ ...upload, name: `v${index}` }));
  const outcomes = await check(port, many);
  expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
});

test('a port where nobody listens makes a connect difference of each vector', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const given = { ...vector, name: 'given', given: { '{k}': 'v' } };
  for (const host of ['127.0.0.1', 'localhost']) {
    const outcomes = await check(port, [vector, given], { host });
    expect(outcomes).toMatchObject(
      ['hit', 'given'].map((name) => ({
        name,
        ok: false,
        differences: [{ what: 'connect', received: expect.stringContaining('ECONNREFUSED') }],
      })),
    );
  }
});

describe('aborting', () => {
  test('rejects with the reason, and ends the connections', async () => {
    const controller = new AbortController();
    const closed: Promise<unknown>[] = [];
    const port = await serve((socket) => {
      closed.push(once(socket.resume(), 'close'));
      if (closed.length === 2) controller.abort(new Error('enough'));
    });
    const many = Array.from({ length: 9 }, (_, index) => ({ ...vector, name: `v${index}` }));
    const options = { signal: controller.signal, timeoutMs: 60_000, concurrency: 2 };
    await expect(check(port, many, options)).rejects.toThrow('enough');
    await Promise.all(closed);
    expect(closed).toHaveLength(2);
  });

  test('beforehand connects to nothing', async () => {
    const port = await serve(() => {
      throw new Error('somebody called');
    });
    const signal = AbortSignal.abort(new Error('never mind'));
    await expect(check(port, [vector], { signal })).rejects.toThrow('never mind');
  });
});
