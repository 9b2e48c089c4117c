import { describe, expect, test } from 'vitest';
import { resolveVector } from '../../src/contract/resolve.js';
import { loadVectors, parseVectors, type Vector } from '../../src/contract/vectors.js';

const names = { k: 'k1234567', host: '127.0.0.1:8080' };
const minimal = { name: 'a-1', about: 'why', send: 'x', expect: [{ status: 200, body: 'v' }] };

describe('the file that is shipped', () => {
  const vectors = loadVectors();

  test('has many vectors with unique names', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(60);
    expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
  });

  test.each(vectors)('$name can be told from others and reads like a sentence', (vector) => {
    expect(vector.about).toMatch(/^.*\.$/);
    const { setUp, steps } = resolveVector(vector, names);
    const sent = Buffer.concat(
      steps.map((step) => ('write' in step ? step.write : Buffer.alloc(0))),
    );
    // Whatever is stored under a fixed name must have been stored by this very vector.
    if (setUp.length > 0) expect(Buffer.concat([...setUp, sent]).includes(names.k)).toBe(true);
    expect(sent.length).toBeGreaterThan(0);
  });
});

describe('the format', () => {
  test('takes the least that a vector can be', () => {
    expect(parseVectors({ version: 1, vectors: [minimal] })).toEqual([minimal]);
  });

  test.each([
    ['no vectors', []],
    ['a name twice', [minimal, minimal]],
    ['a name with spaces', [{ ...minimal, name: 'a b' }]],
    ['an unknown property', [{ ...minimal, sends: 'x' }]],
    ['a character that is no byte', [{ ...minimal, send: '€' }]],
    ['no answer', [{ ...minimal, expect: [] }]],
    ['an interim status', [{ ...minimal, expect: [{ status: 100, body: '' }] }]],
    ['a wait for what never comes', [{ ...minimal, send: ['x', { await: 0 }] }]],
    ['too many repetitions', [{ ...minimal, send: [{ repeat: 'x', times: 1e9 }] }]],
  ])('refuses %s', (_, vectors) => {
    expect(() => parseVectors({ version: 1, vectors })).toThrow();
  });

  test('refuses another version', () => {
    expect(() => parseVectors({ version: 2, vectors: [minimal] })).toThrow();
  });
});

describe('filling in', () => {
  const resolve = (vector: Partial<Vector>) => resolveVector({ ...minimal, ...vector }, names);
  const texts = (steps: ReturnType<typeof resolve>['steps']) =>
    steps.map((step) => ('write' in step ? step.write.toString('latin1') : step.await));

  test('strings are bytes, and placeholders stand for names', () => {
    expect(texts(resolve({ send: '{k}\xff{host}{k}' }).steps)).toEqual([
      'k1234567\xff127.0.0.1:8080k1234567',
    ]);
  });

  test('parts are one write unless something is waited for', () => {
    const send = [
      'a',
      { repeat: 'bc', times: 3 },
      { await: 'continue' as const },
      'd',
      { await: 1 },
    ];
    expect(texts(resolve({ send }).steps)).toEqual(['abcbcbc', 'continue', 'd', 1]);
  });

  test('segments divide each write', () => {
    const send = ['abcde', { await: 1 }, 'fg'];
    expect(texts(resolve({ send, segmentBytes: 2 }).steps)).toEqual(['ab', 'cd', 'e', 1, 'fg']);
  });

  test('what is given becomes a POST each', () => {
    const { setUp } = resolve({ given: { '{k}': 'v\xff', b: [{ repeat: 'x', times: 3 }] } });
    expect(setUp.map((request) => request.toString('latin1'))).toEqual([
      'POST / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Length: 11\r\n\r\nk1234567=v\xff',
      'POST / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Length: 5\r\n\r\nb=xxx',
    ]);
  });

  test('an answer has three headers beside its own', () => {
    const expectOne = [{ status: 200, body: '{k}', headers: { Allow: 'GET' }, optional: ['Date'] }];
    const [answer] = resolve({ expect: expectOne }).expected;
    expect([...(answer?.headers ?? [])]).toEqual([
      ['content-length', '8'],
      ['content-type', 'text/plain; charset=utf-8'],
      ['date', null],
      ['allow', 'GET'],
    ]);
    expect([...(answer?.optional ?? [])]).toEqual(['date']);
  });
});
