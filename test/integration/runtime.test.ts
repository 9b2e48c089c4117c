import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { readRuntime } from '../../src/observe/runtime.js';
import { closeServer, listen } from '../helpers/kv.js';
import { counters, go, rust } from '../helpers/runtime.js';

describe('what a server says about itself', () => {
  let server: Server | null = null;
  afterEach(async () => {
    if (server) await closeServer(server);
    server = null;
  });
  const ask = async (answer: RequestListener, timeoutMs?: number) => {
    server = createServer(answer);
    return readRuntime(await listen(server), timeoutMs);
  };
  const says = (document: unknown, status = 200) =>
    ask((_, response) => response.writeHead(status).end(JSON.stringify(document)));

  test('is taken, whatever else is said', async () => {
    const all = { name: 'x', pid: 1, counters, go, rust, more: { to: ['come'] } };
    expect(await says(all)).toEqual({ counters, go, rust });
    expect(await says({ name: 'x' })).toEqual({});
  });

  test('is taken of a heap that may grow without end', async () => {
    const endless = { go: { ...go, heapGoalBytes: 2 ** 63 } };
    expect(await says(endless)).toEqual(endless);
  });

  test.each([
    ['a number that is none', { counters: { ...counters, gets: '5' } }],
    ['a negative one', { counters: { ...counters, gets: -5 } }],
    ['half of it', { counters: { gets: 5 } }],
    ['buckets of one', { go: { ...go, gcPauses: [[1]] } }],
    ['a list', []],
    ['nothing', null],
  ])('is nothing if it is %s', async (_, document) => expect(await says(document)).toBeNull());

  test.each([
    ['an error', (_, response) => response.writeHead(500).end(JSON.stringify({ counters }))],
    ['no JSON', (_, response) => response.end('ready!')],
    ['no body', (_, response) => response.end()],
    ['a hang-up', (request) => request.socket.destroy()],
    [
      'half an answer',
      (request, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{', () => request.socket.destroy());
      },
    ],
    [
      'an answer without an end',
      (_, response) => {
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536, ' ')));
        };
        response.on('drain', more);
        more();
      },
    ],
  ] as [string, RequestListener][])('is nothing after %s', async (_, answer) => {
    expect(await ask(answer)).toBeNull();
  });

  test('is nothing after silence', async () => {
    expect(await ask(() => {}, 100)).toBeNull();
  });

  test('is nothing where nobody listens, or somebody who speaks no HTTP', async () => {
    const sockets: Socket[] = [];
    const tcp = createTcpServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n');
    });
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    const { port } = tcp.address() as { port: number };
    expect(await readRuntime(`http://127.0.0.1:${port}`)).toBeNull();
    const closed = new Promise((resolve) => tcp.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
    expect(await readRuntime(`http://127.0.0.1:${port}`)).toBeNull();
  });
});
