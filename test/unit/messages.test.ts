import { describe, expect, test } from 'vitest';
import { nullRequests, type RequestSpec } from '../../src/config/requests.js';
import { valueVersions } from '../../src/config/schema.js';
import { createDataset, keyName, missKeyName } from '../../src/load/dataset.js';
import { createMessage, type Exchange, isRight, type Message } from '../../src/load/messages.js';
import { findRequest, requestSet } from '../helpers/requests.js';

const aDataset = () =>
  createDataset({ keyCount: 20, valueSize: { minBytes: 8, maxBytes: 12 }, seed: 3 });
const dataset = aDataset();
const valueText = (key: number, version: number) => String(dataset.value(key, version));

const template = (changes: Partial<RequestSpec>): Message =>
  createMessage(
    {
      name: 'it',
      method: 'POST',
      path: '/',
      headers: {},
      body: null,
      writes: true,
      repeatable: false,
      expect: { statuses: [200], match: 'any', text: '' },
      missing: null,
      ...changes,
    },
    dataset,
  );
const bodyOf = ({ body }: Exchange, key: number, version: number) =>
  body?.at(key, version).toString();

describe('a template', () => {
  test.each([
    ['{key}', 'key:00000007'],
    ['{index}', '7'],
    ['{value}', valueText(7, 2)],
    ['{key|base64}', 'a2V5OjAwMDAwMDA3'],
    ['{index|base64}', 'Nw=='],
    ['{value|base64}', Buffer.from(valueText(7, 2)).toString('base64')],
    ['{key|url}', 'key%3A00000007'],
    ['{value|url}', valueText(7, 2)],
    ['{key}={value}', `key:00000007=${valueText(7, 2)}`],
    ['{index}{index} {key}', '77 key:00000007'],
    ['ü {index} ü', 'ü 7 ü'],
    ['{"id":{index},"v":["{value}"]}', `{"id":7,"v":["${valueText(7, 2)}"]}`],
    ['', ''],
    ['nothing {else}', 'nothing {else}'],
  ])('%j is %j', (text, rendered) => {
    const { stored } = template({
      path: text,
      body: text,
      expect: { statuses: [200], match: 'exact', text },
    });
    expect(stored.path.at(7, 2)).toBe(rendered);
    expect(bodyOf(stored, 7, 2)).toBe(rendered);
    expect(stored.answer.text.at(7, 2).toString()).toBe(rendered);
  });

  test('has every key and every version of its value', () => {
    const { stored } = template({ path: '/{key}', body: '{index}:{value}' });
    for (let key = 0; key < dataset.keyCount; key++) {
      for (let version = 0; version < valueVersions; version++) {
        expect(stored.path.at(key, version)).toBe(`/${keyName(key)}`);
        expect(bodyOf(stored, key, version)).toBe(`${key}:${valueText(key, version)}`);
      }
    }
  });

  test('is rendered once for whatever it does not depend on', () => {
    const { stored } = template({ body: 'same', path: '/{key}' });
    expect(stored.body?.at(1, 2)).toBe(stored.body?.at(9, 0));
    const byKey = template({ body: '{key}' }).stored.body;
    expect(byKey?.at(3, 0)).toBe(byKey?.at(3, 3));
    const byValue = template({ body: '{key}{value}' }).stored.body;
    expect(byValue?.at(3, 1)).toBe(byValue?.at(3, 1));
    expect(byValue?.at(3, 1)).not.toEqual(byValue?.at(3, 2));
  });

  test('that is the value alone has no copy of it', () => {
    const { stored } = template({
      body: '{value}',
      expect: { statuses: [200], match: 'exact', text: '{value}' },
    });
    for (const key of [0, 19, 25]) {
      expect(stored.body?.at(key, 0)).toBe(dataset.value(key, 0));
      expect(stored.answer.text.at(key, 0)).toBe(dataset.value(key, 0));
    }
  });

  test('knows keys that are inserted, in any order, when they are first asked for', () => {
    const { stored } = template({ path: '/{key}', body: '{index}={value}' });
    for (const key of [40, 21, 20, 1000]) {
      expect(stored.path.at(key, 0)).toBe(`/${keyName(key)}`);
      expect(bodyOf(stored, key, 0)).toBe(`${key}=${aDataset().value(key, 0)}`);
      expect(stored.body?.at(key, 0)).toBe(stored.body?.at(key, 0));
    }
    expect(stored.path.at(19, 0)).toBe(`/${keyName(19)}`);
  });
});

describe('a message', () => {
  const set = requestSet({
    read: {
      path: '/v1/{key}?n={index}',
      headers: { Accept: 'application/json', 'X-Id': '{index}' },
      expect: { json: { id: '{key}', v: '{value}' } },
      missing: { status: [404, 410], contains: '{key|url}' },
    },
    write: { method: 'PUT', path: '/v1/{key}', body: { json: { v: '{value}' } } },
  });
  const named = (name: string) => createMessage(findRequest(set, name), dataset);
  const messages = { read: named('read'), write: named('write') };

  test('says what is sent', () => {
    const { read, write } = messages;
    expect(read).toMatchObject({ name: 'read', method: 'GET', writes: false });
    const headers = read.stored.headers?.at(3, 0);
    expect(headers).toEqual(['Accept', 'application/json', 'X-Id', '3']);
    expect(read.stored.body).toBeNull();
    expect(write).toMatchObject({ name: 'write', method: 'PUT', writes: true, missing: null });
    expect(write.stored.headers?.at(4, 1)).toEqual(['content-type', 'application/json']);
    expect(bodyOf(write.stored, 4, 1)).toBe(`{"v":"${valueText(4, 1)}"}`);
    expect(template({}).stored.headers).toBeNull();
  });

  test('says what must come back', () => {
    const { answer } = messages.read.stored;
    expect(answer).toMatchObject({ statuses: [200], match: 'json' });
    expect(JSON.parse(answer.text.at(5, 3).toString())).toEqual({
      id: 'key:00000005',
      v: valueText(5, 3),
    });
  });

  test('asks for keys that are not there by names and numbers that no key has', () => {
    const { missing } = messages.read;
    expect(missing?.path.at(5, 0)).toBe(`/v1/${missKeyName(5)}?n=${2 ** 30 + 5}`);
    expect(missing?.answer).toMatchObject({ statuses: [404, 410], match: 'contains' });
    expect(missing?.answer.text.at(5, 0).toString()).toBe(encodeURIComponent(missKeyName(5)));
  });

  test('to a null target expects the same value for every key and version', () => {
    const [get, post] = nullRequests(3).requests.map((spec) => createMessage(spec, dataset));
    for (const [key, version] of [
      [0, 0],
      [4, 3],
      [500, 0],
    ] as const) {
      expect(get?.stored.answer.text.at(key, version)).toEqual(Buffer.from('xxx'));
      expect(post && bodyOf(post.stored, key, version)).toBe(
        `${keyName(key)}=${valueText(key, version)}`,
      );
    }
    expect(get?.missing).toBeNull();
  });
});

describe('an answer', () => {
  const proto = '{"__proto__":{"a":1}}';
  test.each([
    ['any', '', '', true],
    ['any', 'a', 'b', true],
    ['exact', '', '', true],
    ['exact', 'abc', 'abc', true],
    ['exact', 'abc', 'abcd', false],
    ['exact', 'abc', 'ab', false],
    ['exact', 'abc', 'ABC', false],
    ['exact', '', ' ', false],
    ['contains', 'b', 'abc', true],
    ['contains', 'abc', 'abc', true],
    ['contains', '', 'abc', true],
    ['contains', 'ac', 'abc', false],
    ['contains', 'abc', '', false],
    ['json', '1', '1', true],
    ['json', '1', ' 1.0\n', true],
    ['json', '1', '"1"', false],
    ['json', '0', 'false', false],
    ['json', 'null', 'null', true],
    ['json', 'null', '', false],
    ['json', 'null', '{}', false],
    ['json', '{}', 'null', false],
    ['json', '{}', '{"a":1}', true],
    ['json', '{}', '[]', false],
    ['json', '[]', '{}', false],
    ['json', '{"a":1}', '{"b":2,"a":1}', true],
    ['json', '{"a":1}', '{"b":1}', false],
    ['json', '{"a":null}', '{}', false],
    ['json', '{"a":{"b":[1,{"c":2}]}}', '{"a":{"b":[1,{"c":2,"d":3}],"e":4}}', true],
    ['json', '{"a":{"b":[1,{"c":2}]}}', '{"a":{"b":[1,{"c":3}]}}', false],
    ['json', '[1,2]', '[1,2]', true],
    ['json', '[1,2]', '[2,1]', false],
    ['json', '[1,2]', '[1,2,3]', false],
    ['json', '[1,2]', '[1]', false],
    ['json', '[[]]', '[{}]', false],
    ['json', '[1]', '{"0":1}', false],
    ['json', '{"0":1}', '[1]', false],
    ['json', '{"length":1}', '[1]', false],
    ['json', '{"length":1}', '"a"', false],
    ['json', '{"a":1}', '{"a":1', false],
    ['json', '{"a":1}', '<html>', false],
    ['json', '{"a":1}', '{"a":1}{"a":1}', false],
    ['json', '{"toString":{}}', '{}', false],
    ['json', '{"constructor":{}}', '{}', false],
    ['json', proto, proto, true],
    ['json', proto, '{}', false],
    ['json', proto, '{"__proto__":{"a":2}}', false],
    ['json', '{"__proto__":{}}', '{}', false],
    ['json', '{"a":1}', proto, false],
    ['json', '"ü"', '"\\u00fc"', true],
  ] as const)('%s %j: %j is right: %s', (match, expected, body, right) => {
    expect(isRight(match, Buffer.from(expected), Buffer.from(body))).toBe(right);
  });

  test('is not right by bytes that are no text', () => {
    const [sent, other] = [Buffer.of(0xff, 0x00, 0xfe), Buffer.of(0xff, 0x00, 0xfd)];
    expect(isRight('exact', sent, sent)).toBe(true);
    expect(isRight('exact', sent, other)).toBe(false);
    expect(isRight('contains', Buffer.of(0x00, 0xfe), sent)).toBe(true);
    expect(isRight('contains', Buffer.of(0x00, 0xfe), other)).toBe(false);
    expect(isRight('json', Buffer.from('"a"'), other)).toBe(false);
  });
});
