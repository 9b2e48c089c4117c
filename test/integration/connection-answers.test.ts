import type { RequestListener } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { RequestSpec } from '../../src/config/requests.js';
import { requestCode } from '../../src/load/keys.js';
import type { StoreModel } from '../../src/load/store-model.js';
import {
  contractGet,
  contractPost,
  expecting,
  inPieces,
  older,
  useConnection,
  value,
} from '../helpers/connection.js';

const { getFrom } = useConnection();
const miss = requestCode.encode(0, 0, true);

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
