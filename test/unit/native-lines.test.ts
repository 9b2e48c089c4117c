import { expect, test } from 'vitest';
import { requestsOf } from '../../src/config/operations.js';
import { contractRequests } from '../../src/config/requests.js';
import { requestCode } from '../../src/load/keys.js';
import { nativeLines } from '../../src/load/native/lines.js';
import { nativeMemoryBytes } from '../../src/load/native/memory.js';
import type { LoadSpec, Workload } from '../../src/load/protocol.js';
import { aWorkload, closed } from '../helpers/engine.js';

const started = (changes: Partial<Workload> = {}, share = { index: 0, count: 1 }) => {
  const encode = nativeLines();
  const first = encode({ workload: aWorkload(changes), warmUpMs: 5, share });
  return { encode, first: first as [{ workload: object }] };
};
const call = (spec: LoadSpec) => ({ id: 1, call: 'load', spec }) as const;

test.each([
  [0, 1, 7],
  [0, 3, 3],
  [1, 3, 2],
  [2, 3, 2],
])('process %d of %d opens %d of 7 connections', (index, count, own) => {
  const share = { index, count };
  const { first } = started({ connections: 7 }, share);
  expect(first).toMatchObject([{ workload: { connections: own, share, latest: false } }]);
});

test('a seed of any size is one of 32 bits', () => {
  expect(started({ seed: 2 ** 32 + 5 }).first).toMatchObject([{ workload: { seed: 5 } }]);
});

test('the sequence goes before the first load with those shares, and not again', () => {
  const { encode } = started({ keys: 5 });
  const both = { ...closed, mix: requestsOf('get:50,post:50') };
  expect(encode(call(closed))).toHaveLength(2);
  expect(encode(call(closed))).toHaveLength(1);
  const [{ sequence }, load] = encode(call(both)) as [{ sequence: string }, { spec: object }];
  expect(load.spec).toMatchObject({ mix: ['get', 'post'], targets: ['a'], together: 1 });
  const bytes = Buffer.from(sequence, 'base64');
  expect(bytes.length).toBe(2 ** 22);
  for (let at = 0; at < 400; at += 4) {
    const code = bytes.readUInt32LE(at);
    expect(requestCode.key(code)).toBeLessThan(5);
    expect(requestCode.request(code)).toBeLessThan(2);
  }
  expect(encode(call(both))).toHaveLength(1);
});

test.each([
  ['http://127.0.0.1:8080', '127.0.0.1', 8080, '127.0.0.1:8080'],
  ['http://[::1]:81', '::1', 81, '[::1]:81'],
  ['http://localhost', 'localhost', 80, 'localhost'],
])('%s is %s at %d', (origin, host, port, named) => {
  const { encode } = started();
  const endpoint = { target: 'a', origin, requests: contractRequests };
  const [line] = encode({ id: 0, call: 'preload', endpoint }) as [
    { endpoint: { address: object; messages: { head: { bytes?: string }[] }[] } },
  ];
  expect(line.endpoint.address).toEqual({ host, port });
  const head = (line.endpoint.messages[0]?.head ?? []).map(({ bytes }) =>
    bytes === undefined ? '…' : Buffer.from(bytes, 'base64').toString(),
  );
  const rest = ` HTTP/1.1\r\nhost: ${named}\r\nconnection: keep-alive\r\n\r\n`;
  expect(head).toEqual(['GET /', '…', rest]);
});

test('what else there is goes as it is', () => {
  const { encode } = started();
  for (const message of [
    { startAtMs: 12.5 },
    { id: 1, call: 'release' } as const,
    { id: 2, call: 'readBack', target: 'a' } as const,
  ]) {
    expect(encode(message)).toEqual([message]);
  }
});

test('memory grows with keys, and fourfold with those that are written', () => {
  const of = (keys: number, writes: boolean) =>
    nativeMemoryBytes({ keys, valueSize: { minBytes: 100, maxBytes: 156 } }, writes) / 2 ** 20;
  expect(of(10_000, true)).toBeLessThan(40);
  expect(of(1_000_000, true)).toBeCloseTo(521.5, 1);
  expect(of(1_000_000, false)).toBeCloseTo(155.3, 1);
});
