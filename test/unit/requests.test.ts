import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contractRequests,
  mentions,
  requestsSchema,
  splitTemplate,
  toRequestSet,
} from '../../src/config/requests.js';

const never = (path: string[], message: string): never => {
  throw new Error(`${path.join('.')} ${message}`);
};
const setOf = (requests: object) => toRequestSet(requestsSchema.parse(requests), {}, never);
const onlyOf = (request: object) => setOf({ put: { path: '/{value}' }, only: request }).requests[1];

describe('a template', () => {
  const part = (name: string, encoding = 'none') => ({ name, encoding });
  test.each([
    ['', []],
    ['/', ['/']],
    ['{key}', [part('key')]],
    ['/k/{key}?v={value|url}', ['/k/', part('key'), '?v=', part('value', 'url')]],
    ['{value|base64}{index}', [part('value', 'base64'), part('index')]],
    ['{"a": 1}{ key }', ['{"a": 1}{ key }']],
  ])('%j', (text, parts) => expect(splitTemplate(text)).toEqual(parts));

  test('loses nothing', () => {
    const piece = fc.constantFrom('{key}', '{value}', '{value|url}', '{', '}', '{x}', 'a', '|');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        const again = splitTemplate(text).map((part) => {
          if (typeof part === 'string') return part;
          return part.encoding === 'none' ? `{${part.name}}` : `{${part.name}|${part.encoding}}`;
        });
        expect(again.join('')).toBe(text);
        expect(mentions(text, 'key')).toBe(text.includes('{key}'));
      }),
    );
  });
});

describe('a request', () => {
  test('has defaults: GET, status 200, any body', () => {
    expect(onlyOf({ path: '/' })).toEqual({
      ...{ name: 'only', method: 'GET', path: '/', headers: {}, body: null, writes: false },
      expect: { statuses: [200], match: 'any', text: '' },
      missing: null,
    });
  });

  test.each([
    [{ path: '/{value}' }, true],
    [{ path: '/{key}', body: '{value|base64}' }, true],
    [{ path: '/', body: { json: { deep: ['{value}'] } } }, true],
    [{ path: '/', body: { form: { v: '{value}' } } }, true],
    [{ path: '/{key}', body: '{key}' }, false],
    [{ path: '/', expect: { body: '{value}' } }, false],
  ])('%j writes: %j', (request, writes) => expect(onlyOf(request)?.writes).toBe(writes));

  test.each([
    [{ json: { k: '{key}', n: 1 } }, '{"k":"{key}","n":1}', 'application/json'],
    [
      { form: { 'a b': '{key}&', v: '{value}' } },
      'a%20b={key|url}%26&v={value|url}',
      'application/x-www-form-urlencoded',
    ],
  ])('body %j', (body, text, type) => {
    expect(onlyOf({ path: '/', body })).toMatchObject({
      body: text,
      headers: { 'content-type': type },
    });
  });

  test.each([
    [{ status: [200, 201] }, { statuses: [200, 201], match: 'any', text: '' }],
    [
      { status: 404, body: '' },
      { statuses: [404], match: 'exact', text: '' },
    ],
    [{ contains: '{key}' }, { statuses: [200], match: 'contains', text: '{key}' }],
    [{ json: null }, { statuses: [200], match: 'json', text: 'null' }],
  ])('expect %j', (expected, expectation) => {
    const request = onlyOf({ path: '/', expect: expected, missing: expected });
    expect(request).toMatchObject({ expect: expectation, missing: expectation });
  });
});

test('requests that store nothing have no preload and no read-back', () => {
  expect(setOf({ root: { path: '/' } })).toMatchObject({ preload: null, readBack: null });
});

test('the requests of the contract can be written in a config', () => {
  const text = (status: number, body: string) => ({ status, body });
  const written = {
    get: { path: '/{key}', expect: text(200, '{value}'), missing: text(404, 'Key not found') },
    post: { method: 'POST', path: '/', body: '{key}={value}', expect: text(200, 'Key inserted') },
  };
  expect(setOf(written)).toEqual(contractRequests);
});
