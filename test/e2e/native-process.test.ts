import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { userPaths } from '../../src/api/paths.js';
import { requestsOf } from '../../src/config/operations.js';
import { contractRequests, type RequestSet } from '../../src/config/requests.js';
import { type EngineChoice, startGenerator } from '../../src/load/generator.js';
import { toLine } from '../../src/load/lines.js';
import { nativeLines } from '../../src/load/native/lines.js';
import type { Workload } from '../../src/load/protocol.js';
import { buildLoadEngine } from '../../src/targets/load-engine.js';
import { aWorkload, closed, fill, load, paced, useEngines } from '../helpers/engine.js';
import { startRawServer } from '../helpers/raw-server.js';

const { keep, kv } = useEngines();
const { path: executable } = await buildLoadEngine({
  cacheDir: userPaths(process.env).cache,
  signal: new AbortController().signal,
});
const native: EngineChoice = { name: 'native', executable };

function generator(engine: EngineChoice, changes: Partial<Workload> = {}) {
  const pin = (command: readonly string[]) => [...command];
  const workload = aWorkload(changes);
  const made = startGenerator({ engine, workload, warmUpMs: 0, processes: 1, pin });
  keep({ close: () => made.stop() });
  return made;
}

/** A server on a socket, and all that it was sent. */
async function rawServer(onSocket: (socket: Socket) => void) {
  let received = '';
  const server = await startRawServer((socket) => {
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
    });
    onSocket(socket);
  });
  return { ...keep(server), received: () => received };
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nKey inserted';
const all: RequestSet = {
  requests: [
    {
      name: 'put',
      method: 'PUT',
      path: '/v1/{key|url}?n={index}',
      writes: true,
      headers: { 'X-Key': '{key|base64}', Accept: '*/*' },
      body: '{"é":"{value}"}',
      repeatable: false,
      missing: null,
      expect: { statuses: [200], match: 'any', text: '' },
    },
    {
      name: 'empty',
      method: 'POST',
      path: '/{key}',
      headers: {},
      body: null,
      writes: false,
      repeatable: false,
      missing: null,
      expect: { statuses: [200], match: 'any', text: '' },
    },
  ],
  preload: 'put',
  readBack: null,
};

test.each([
  ['the contract', contractRequests, 'get:50,post:50', null],
  ['a config file', all, 'put:50,empty:50', null],
  ['connections that come and go', contractRequests, 'get:50,post:50', 3],
])('the requests of %s are the same, byte for byte, as those of undici', async (_, set, mix, n) => {
  const sent: string[] = [];
  for (const engine of [native, { name: 'undici' } as const]) {
    const server = await rawServer((socket) => socket.on('data', () => socket.write(ok)));
    const on = generator(engine, { keys: 9, connections: 1, requestsPerConnection: n });
    await fill(on, server, 'a', set);
    await load(on, paced(200, { mix: requestsOf(mix) }));
    sent.push(server.received().replaceAll(`:${server.port}`, ':PORT'));
  }
  expect(sent[0]?.length).toBeGreaterThan(1000);
  expect(sent[0]).toBe(sent[1]);
});

describe('a hostile server costs a time-out and bounded memory', () => {
  const head = 'HTTP/1.1 200 OK\r\n';
  const endless =
    (piece: string, begin = '') =>
    (socket: Socket) => {
      const more = () => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on('drain', more);
      socket.once('data', () => {
        socket.write(begin);
        more();
      });
    };
  const dripping = (text: string) => (socket: Socket) => {
    let at = 0;
    const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ''), 1);
    socket.on('close', () => clearInterval(timer));
  };

  test.each([
    ['an endless head', endless(`a: ${'b'.repeat(1000)}\r\n`, head), 'protocol'],
    ['a header line without an end', endless('a'.repeat(1000), head), 'protocol'],
    ['endless interim answers', endless('HTTP/1.1 103 Early\r\n\r\n'), 'timeout'],
    ['an endless body', endless('x'.repeat(65_536), `${head}\r\n`), 'mismatch'],
    [
      'an endless chunk size',
      endless('0'.repeat(1000), `${head}Transfer-Encoding: chunked\r\n\r\n`),
      'protocol',
    ],
    [
      'endless chunks',
      endless(`1000\r\n${'x'.repeat(4096)}\r\n`, `${head}Transfer-Encoding: chunked\r\n\r\n`),
      'mismatch',
    ],
    [
      'endless trailers',
      endless('a: b\r\n', `${head}Transfer-Encoding: chunked\r\n\r\n0\r\n`),
      'timeout',
    ],
    ['byte by byte', dripping(`${head}Content-Length: 100000\r\n\r\n`), 'timeout'],
    ['nothing', () => {}, 'timeout'],
  ] as [string, (socket: Socket) => void, 'protocol' | 'timeout' | 'mismatch'][])(
    '%s',
    async (_, onSocket, kind) => {
      const server = await rawServer(onSocket);
      const on = generator(native, { timeoutMs: 1000, connections: 2 });
      const set = { ...contractRequests, preload: null };
      await fill(on, server, 'a', set);
      const outcome = await load(on, closed);
      expect(outcome.answered).toBe(0);
      expect(outcome.errors[kind]).toBe(outcome.planned);
      expect(outcome.planned).toBeGreaterThanOrEqual(2);
      const [pid] = on.pids as [number];
      expect(peakMb(pid)).toBeLessThan(40);
    },
  );
});

test('10,000 keys fit into 40 MB, through a load that writes', async () => {
  const store = await kv();
  const valueSize = { minBytes: 128, maxBytes: 128 };
  const on = generator(native, { keys: 10_000, valueSize, connections: 16 });
  await fill(on, store);
  await load(on, { ...closed, mix: requestsOf('get:50,post:50') });
  await load(on, paced(500, { mix: requestsOf('get:50,post:50') }));
  expect(peakMb(on.pids[0] ?? 0)).toBeLessThan(40);
});

function peakMb(pid: number): number {
  const [, kb] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) / 1024;
}

describe('the process', () => {
  const start = () => {
    const child = spawn(executable, [], { stdio: ['pipe', 'ignore', 'pipe'] });
    keep({ close: async () => void child.kill('SIGKILL') });
    return child;
  };
  const ended = async (child: ChildProcess) => {
    let stderr = '';
    child.stderr?.on('data', (text) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    return { code, stderr };
  };

  test('ends with its stdin', async () => {
    const child = start();
    child.stdin?.end();
    expect(await ended(child)).toEqual({ code: 0, stderr: '' });
  });

  test('ends with its stdin in the middle of a load, as when the parent was killed', async () => {
    const store = await kv();
    const child = start();
    const encode = nativeLines();
    const workload = aWorkload({ connections: 2 });
    const endpoint = { target: 'a', origin: store.origin, requests: contractRequests };
    const spec = { ...closed, durationMs: 60_000, sliceMs: 60_000 };
    for (const message of [
      { workload, warmUpMs: 0, share: { index: 0, count: 1 } },
      { id: 0, call: 'preload', endpoint } as const,
      { id: 1, call: 'load', spec } as const,
    ]) {
      for (const line of encode(message)) child.stdin?.write(toLine(line));
    }
    await expect.poll(() => store.counts.gets, { timeout: 20_000 }).toBeGreaterThan(100);
    child.stdin?.end();
    expect(await ended(child)).toEqual({ code: 0, stderr: '' });
  });

  test.each([
    ['nonsense\n', 'expected'],
    ['{"id":1}\n', 'a call before the workload'],
    ['{"id":1', 'a line without an end'],
  ])('is sent %j, says so and ends', async (text, why) => {
    const child = start();
    child.stdin?.write(text);
    // Otherwise its end would be reason enough to end.
    if (!text.endsWith('\n')) child.stdin?.end();
    const { code, stderr } = await ended(child);
    expect(code).toBe(1);
    expect(stderr).toContain('the generator was sent');
    expect(stderr).toContain(why);
  });

  test('is not ended by Ctrl-C: the parent decides', async () => {
    const on = generator(native);
    await fill(on, await kv());
    process.kill(on.pids[0] ?? 0, 'SIGINT');
    expect((await load(on, closed)).firstError).toBeNull();
  });
});

test('what is no plain HTTP is refused in a sentence', async () => {
  const on = generator(native);
  const endpoint = { target: 'a', origin: 'https://localhost:1', requests: contractRequests };
  await expect(on.preload(endpoint)).rejects.toThrow('the native engine does not speak https:');
});
