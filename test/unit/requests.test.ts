import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contractRequests,
  mentions,
  nullRequests,
  type RequestsFile,
  requestSetSchema,
  requestsSchema,
  splitTemplate,
  type TemplatePart,
} from '../../src/config/requests.js';
import { findRequest, requestSet } from '../helpers/requests.js';

const put: RequestsFile[string] = { method: 'PUT', path: '/v1/keys/{key}', body: '{value}' };
const read: RequestsFile[string] = { path: '/v1/keys/{key}', expect: { body: '{value}' } };
/** One request by itself, made ready. */
const made = (request: RequestsFile[string]) => findRequest(requestSet({ it: request }), 'it');

describe('templates', () => {
  const parts = fc.array(
    fc.oneof(
      fc.record({
        name: fc.constantFrom('key' as const, 'value' as const, 'index' as const),
        encoding: fc.constantFrom('none' as const, 'base64' as const, 'url' as const),
      }),
      // Anything but what would read as a placeholder.
      fc
        .oneof(fc.string({ minLength: 1 }), fc.constantFrom('{', '}', '{}', '{"key":1}', '|url}'))
        .filter((text) => splitTemplate(text).length === 1 && !text.endsWith('{')),
    ),
  );
  const print = (split: readonly TemplatePart[]) =>
    split
      .map((part) => {
        if (typeof part === 'string') return part;
        return part.encoding === 'none' ? `{${part.name}}` : `{${part.name}|${part.encoding}}`;
      })
      .join('');

  test('are the sum of their parts', () => {
    fc.assert(
      fc.property(parts, (given) => {
        // A text beside a text is one text.
        const whole: TemplatePart[] = [];
        for (const part of given) {
          const last = whole.at(-1);
          if (typeof part === 'string' && typeof last === 'string')
            whole.splice(-1, 1, last + part);
          else whole.push(part);
        }
        fc.pre(whole.every((part) => typeof part !== 'string' || splitTemplate(part).length === 1));
        expect(splitTemplate(print(whole))).toEqual(whole);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => print(splitTemplate(text)) === text));
  });

  test.each([
    ['{key}', 'key', true],
    ['a{value|base64}b', 'value', true],
    ['{index|url}', 'index', true],
    ['{key}', 'value', false],
    ['value', 'value', false],
    ['{value', 'value', false],
  ] as const)('%s mentions %s: %s', (template, name, does) =>
    expect(mentions(template, name)).toBe(does),
  );

  test.each(['{ket}', '{ key }', '{key|hex}', '{key | url}', '{Value}', '{keys}'])(
    'know no %s',
    (text) => {
      for (const request of [
        { path: '/', body: `a${text}b` },
        { path: '/', body: { form: { a: text } } },
        { path: '/', expect: { contains: text } },
        { path: '/', missing: { body: text } },
      ]) {
        const { error } = requestsSchema.safeParse({ it: request });
        expect(error?.issues.map(({ message }) => message).join()).toContain(
          `unknown placeholder ${text}`,
        );
      }
    },
  );
});

describe('a request', () => {
  test('has defaults', () => {
    expect(made({ path: '/' })).toEqual({
      name: 'it',
      method: 'GET',
      path: '/',
      headers: {},
      body: null,
      writes: false,
      repeatable: true,
      expect: { statuses: [200], match: 'any', text: '' },
      missing: null,
    });
  });

  test.each([
    ['a read', {}, true],
    ['a read that says no', { idempotent: false }, false],
    ['a POST that stores nothing', { method: 'POST' }, false],
    ['a write', { method: 'PUT', body: '{value}' }, false],
    ['a write that says so', { method: 'PUT', body: '{value}', idempotent: true }, true],
    ['a GET that stores', { path: '/set/{value}' }, false],
  ] as const)('%s may be sent again, or not', (_, request, repeatable) => {
    expect(made({ path: '/', ...request }).repeatable).toBe(repeatable);
  });

  test.each([
    ['a text', 'a={value}', 'a={value}', {}],
    [
      'JSON',
      { json: { id: '{index}', list: [1, null, { v: '{value}' }] } },
      '{"id":"{index}","list":[1,null,{"v":"{value}"}]}',
      { 'content-type': 'application/json' },
    ],
    [
      'a form',
      { form: { 'a b': 'x&y={value}', k: '{key}{index|base64}', ü: '{value|url}' } },
      'a%20b=x%26y%3D{value|url}&k={key|url}{index|base64}&%C3%BC={value|url}',
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
  ] as [string, RequestsFile[string]['body'], string, Record<string, string>][])(
    'has a body of %s',
    (_, body, text, headers) => {
      expect(made({ method: 'POST', path: '/', body })).toMatchObject({
        body: text,
        headers,
        writes: true,
      });
    },
  );

  test.each(['content-type', 'Content-Type', 'CONTENT-TYPE'])('may say its own %s', (name) => {
    const headers = { [name]: 'application/vnd.api+json', 'X-Token': 't' };
    expect(made({ path: '/', headers, body: { json: {} } }).headers).toEqual(headers);
    expect(made({ path: '/', headers, body: { form: {} } }).headers).toEqual(headers);
  });

  test.each([
    [{ method: 'PUT', path: '/{key}/{value}' }, true],
    [{ method: 'POST', path: '/', body: { json: ['{value|base64}'] } }, true],
    [{ method: 'POST', path: '/{key}', body: 'touch' }, false],
    [{ path: '/{key}', expect: { status: [200, 404] } }, false],
  ] as [RequestsFile[string], boolean][])('%j stores a value: %s', (request, writes) => {
    expect(made(request).writes).toBe(writes);
  });

  test.each([
    [{}, { statuses: [200], match: 'any', text: '' }],
    [{ status: 201 }, { statuses: [201], match: 'any', text: '' }],
    [
      { status: [200, 204], body: '' },
      { statuses: [200, 204], match: 'exact', text: '' },
    ],
    [{ contains: '"{key}"' }, { statuses: [200], match: 'contains', text: '"{key}"' }],
    [{ json: { a: ['{index}'] } }, { statuses: [200], match: 'json', text: '{"a":["{index}"]}' }],
    [{ json: null }, { statuses: [200], match: 'json', text: 'null' }],
  ] as [NonNullable<RequestsFile[string]['expect']>, object][])(
    'that expects %j',
    (expected, expectation) => {
      const spec = made({ path: '/', expect: expected, missing: expected });
      expect([spec.expect, spec.missing]).toEqual([expectation, expectation]);
    },
  );

  test.each([
    [{ path: 'v1' }, 'it.path', 'must begin with /'],
    [{ path: '/a b' }, 'it.path', 'no spaces'],
    [{ path: '/{ket}' }, 'it.path', 'unknown placeholder {ket}'],
    [{ path: '/', method: 'FETCH' }, 'it.method', ''],
    [{ path: '/', headers: { 'a b': 'c' } }, 'it.headers.a b', 'is not the name of a header'],
    [{ path: '/', headers: { 'Content-Length': '1' } }, 'it.headers.Content-Length', 'by itself'],
    [{ path: '/', headers: { expect: 'x' } }, 'it.headers.expect', 'by itself'],
    [{ path: '/', headers: { a: 'c\r\nd: e' } }, 'it.headers.a', 'a header may not'],
    [{ path: '/', expect: { status: 99 } }, 'it.expect.status', ''],
    [{ path: '/', expect: { body: 'a', json: 1 } }, 'it.expect', 'one of body, contains and json'],
    [{ path: '/', missing: { status: [] } }, 'it.missing.status', ''],
    [{ path: '/', colour: 'red' }, 'it', 'colour'],
  ])('%j is refused, at its place', (request, path, message) => {
    const issues = requestsSchema.safeParse({ it: request }).error?.issues ?? [];
    expect(issues.map((issue) => issue.path.join('.'))).toContain(path);
    // What is wrong with a name stands within the issue.
    expect(JSON.stringify(issues)).toContain(message);
  });

  test.each(['Get', '1st', 'a b', '', 'a'.repeat(33)])('is not named %j', (name) => {
    expect(requestsSchema.safeParse({ [name]: { path: '/' } }).success).toBe(false);
  });

  test('is one of 16 at most', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`r${n}`, { path: '/' }]));
    expect(requestsSchema.safeParse(many(16)).success).toBe(true);
    expect(requestsSchema.safeParse(many(17)).success).toBe(false);
  });
});

describe('the roles of requests', () => {
  const other = { path: '/health' };

  test.each([
    ['nothing to store', { other }, {}, null, null],
    ['a write', { other, put }, {}, 'put', null],
    ['a write and a read', { read, put }, {}, 'put', 'read'],
    ['the first of several', { a: put, b: put, c: read, d: read }, {}, 'a', 'c'],
    [
      'those that are named',
      { a: put, b: put, c: read, d: read },
      { preload: 'b', readBack: 'd' },
      'b',
      'd',
    ],
    [
      'a write that expects its value is no read',
      { put: { ...put, expect: { body: '{value}' } } },
      {},
      'put',
      null,
    ],
    [
      'a read that expects a value in JSON',
      { put, read: { ...read, expect: { json: { v: '{value|base64}' } } } },
      {},
      'put',
      'read',
    ],
    ['nothing at all', {}, {}, null, null],
  ] as [string, RequestsFile, object, string | null, string | null][])(
    '%s',
    (_, requests, roles, preload, readBack) => {
      const set = requestSet(requests, roles);
      expect(set).toMatchObject({ preload, readBack });
      expect(set.requests.map(({ name }) => name)).toEqual(Object.keys(requests));
      expect(requestSetSchema.parse(set)).toEqual(set);
    },
  );

  test.each([
    [{ put }, { preload: 'putt' }, /^preload: names putt, and no request/],
    [{ put, read }, { readBack: 'get' }, /^readBack: names get, and no request/],
    [{ put, read }, { preload: 'read' }, /^preload: names read, which stores nothing$/],
    [{ put, other }, { readBack: 'other' }, /^readBack: names other, which expects no \{value\}$/],
    [{ put }, { readBack: 'put' }, /^readBack: names put, which expects no \{value\}$/],
    [{ other, read }, {}, /^requests\.read\.expect: waits for a \{value\}, but no request stores/],
  ] as [RequestsFile, object, RegExp][])('%j with %j is refused', (requests, roles, message) => {
    expect(() => requestSet(requests, roles)).toThrow(message);
  });
});

test('the bundled requests are what a config file would say', () => {
  const file: RequestsFile = {
    get: {
      path: '/{key}',
      expect: { body: '{value}' },
      missing: { status: 404, body: 'Key not found' },
    },
    post: { method: 'POST', path: '/', body: '{key}={value}', expect: { body: 'Key inserted' } },
  };
  expect(requestSet(file)).toEqual(contractRequests);
  const { get, post } = file as { get: RequestsFile[string]; post: RequestsFile[string] };
  const fixed = requestSet({ get: { path: get.path, expect: { body: 'xxx' } }, post });
  expect(nullRequests(3)).toEqual(fixed);
});
