import { describe, expect, test } from 'vitest';
import { showBytes, showDifference } from '../../src/contract/bytes.js';
import {
  compareAnswer,
  compareSetUp,
  compareTranscript,
  isFixdate,
} from '../../src/contract/compare.js';
import type { Transcript } from '../../src/contract/exchange.js';
import type { ReceivedAnswer } from '../../src/contract/reader.js';
import { resolveVector } from '../../src/contract/resolve.js';
import { type ExpectedAnswer, parseVectors } from '../../src/contract/vectors.js';

const date = 'Sun, 06 Nov 1994 08:49:37 GMT';

function expected(answer: Partial<ExpectedAnswer> = {}) {
  const vectors = parseVectors({
    version: 1,
    vectors: [
      { name: 'a', about: 'b', send: 'c', expect: [{ status: 200, body: 'value', ...answer }] },
    ],
  });
  const [first] = resolveVector(vectors[0] as (typeof vectors)[0], { k: 'k', host: 'h' }).expected;
  return first as NonNullable<typeof first>;
}

function received(answer: Partial<ReceivedAnswer> = {}): ReceivedAnswer {
  return {
    status: 200,
    headers: [
      ['Content-Length', '5'],
      ['content-TYPE', 'text/plain; charset=utf-8'],
      ['Date', date],
    ],
    body: Buffer.from('value'),
    interim: [],
    ...answer,
  };
}

const headers = (...changes: [string, string][]): ReceivedAnswer['headers'] => [
  ...received().headers.filter(([name]) => !changes.some(([changed]) => changed === name)),
  ...changes.filter(([, value]) => value !== ''),
];

describe('one answer', () => {
  test.each<[name: string, Partial<ExpectedAnswer>, Partial<ReceivedAnswer>]>([
    ['the very answer', {}, {}],
    ['HEAD', { head: true }, { body: Buffer.alloc(0) }],
    ['an extra header', { headers: { Allow: 'GET' } }, { headers: headers(['allow', 'GET']) }],
    ['an optional one that is missing', { optional: ['Date'] }, { headers: headers(['Date', '']) }],
    ['an optional one that is there', { optional: ['Date'] }, {}],
    ['the interim answer', { continue: true }, { interim: [100] }],
  ])('%s is right', (_, wanted, got) => {
    expect(compareAnswer(expected(wanted), received(got))).toEqual([]);
  });

  test.each<
    [
      Partial<ExpectedAnswer>,
      Partial<ReceivedAnswer>,
      what: string,
      expected: string,
      received: string,
    ]
  >([
    [{}, { status: 404 }, 'status', '200', '404'],
    [{}, { body: Buffer.from('valuf') }, 'body', 'value', 'valuf'],
    [{ head: true }, {}, 'body', '(no bytes)', 'value'],
    [{ continue: true }, {}, 'interim', '100', '(none)'],
    [{}, { interim: [102, 100] }, 'interim', '(none)', '102, 100'],
    [{}, { headers: headers(['Content-Length', '']) }, 'header content-length', '5', '(none)'],
    [{}, { headers: headers(['Content-Length', '05']) }, 'header content-length', '5', '05'],
    [{}, { headers: headers(['Date', '']) }, 'header date', 'an IMF-fixdate', '(none)'],
    [{}, { headers: headers(['Date', 'today']) }, 'header date', 'an IMF-fixdate', 'today'],
    [{}, { headers: headers(['Server', 'x']) }, 'header server', '(none)', 'x'],
    [{}, { headers: headers(['date', date]) }, 'header date', 'an IMF-fixdate', `${date}, ${date}`],
    [
      { headers: { Allow: 'GET' } },
      { headers: headers(['Allow', 'get']) },
      'header allow',
      'GET',
      'get',
    ],
    [
      { headers: { Connection: 'close' }, optional: ['Connection'] },
      { headers: headers(['Connection', 'keep-alive']) },
      'header connection',
      'close',
      'keep-alive',
    ],
  ])('%o differs from %o', (wanted, got, what, showsExpected, showsReceived) => {
    expect(compareAnswer(expected(wanted), received(got))).toEqual([
      { what, expected: showsExpected, received: showsReceived },
    ]);
  });
});

describe('a whole exchange', () => {
  const transcript = (change: Partial<Transcript>): Transcript => ({
    answers: [received()],
    interim: [],
    rest: Buffer.alloc(0),
    end: { type: 'open' },
    ...change,
  });
  const compare = (connection: 'open' | 'closed', change: Partial<Transcript>, answers = 1) =>
    compareTranscript(
      { expected: Array.from({ length: answers }, () => expected()), connection },
      transcript(change),
      5000,
    );

  test('nothing differs', () => {
    expect(compare('open', {})).toEqual([]);
    expect(compare('closed', { end: { type: 'closed' } })).toEqual([]);
    expect(compare('open', { answers: [received(), received()] }, 2)).toEqual([]);
  });

  const garbage = { type: 'garbage', message: 'its status line is malformed' } as const;
  test.each<['open' | 'closed', Partial<Transcript>, what: string, received: string]>([
    ['open', { end: { type: 'unreachable', message: 'refused' } }, 'connect', 'refused'],
    ['open', { end: { type: 'closed' } }, 'connection', 'the end of the connection'],
    ['open', { end: { type: 'stopped' } }, 'connection', 'nothing within 5000 ms'],
    ['closed', { end: { type: 'stopped' } }, 'connection', 'still open after 5000 ms'],
    ['open', { answers: [], end: { type: 'stopped' } }, 'status', 'nothing within 5000 ms'],
    [
      'open',
      { answers: [], end: { type: 'closed' }, rest: Buffer.from('HTTP') },
      'status',
      'the end of the connection after HTTP',
    ],
    [
      'open',
      { answers: [], end: { type: 'stopped' }, interim: [100] },
      'status',
      'only 100, then nothing within 5000 ms',
    ],
    [
      'closed',
      { end: garbage, rest: Buffer.from('\0x') },
      'connection',
      '\\x00x: its status line is malformed',
    ],
  ])('%s and %o', (connection, change, what, shown) => {
    expect(compare(connection, change)).toMatchObject([{ what, received: shown }]);
  });

  test('says which of several answers differs', () => {
    const answers = [received(), received({ status: 500 })];
    expect(
      compare('open', { answers, end: { type: 'closed' } }, 3).map(({ what }) => what),
    ).toEqual(['answer 2 status', 'answer 3 status']);
  });

  test('the set-up only has to be accepted', () => {
    const accepted = transcript({ answers: [received({ headers: [] })] });
    expect(compareSetUp(1, accepted, 5000)).toEqual([]);
    const refused = transcript({ answers: [received({ status: 500 })] });
    expect(compareSetUp(1, refused, 5000)).toEqual([
      { what: 'set-up status', expected: '200', received: '500' },
    ]);
    const cut = transcript({ answers: [], end: { type: 'closed' } });
    expect(compareSetUp(1, cut, 5000)).toMatchObject([{ received: 'the end of the connection' }]);
    const unreachable = transcript({ answers: [], end: { type: 'unreachable', message: 'no' } });
    expect(compareSetUp(1, unreachable, 5000)).toMatchObject([{ what: 'connect' }]);
  });
});

test.each([
  [date, true],
  ['Mon, 06 Nov 1994 08:49:37 GMT', false],
  ['Sun, 6 Nov 1994 08:49:37 GMT', false],
  ['Sun, 06 Nov 1994 08:49:37 UTC', false],
  ['Sunday, 06-Nov-94 08:49:37 GMT', false],
  ['Sun, 31 Feb 1994 08:49:37 GMT', false],
  ['1994-11-06T08:49:37Z', false],
  ['', false],
])('is %j a date of HTTP? %s', (text, expectedResult) => {
  expect(isFixdate(text)).toBe(expectedResult);
});

describe('bytes as text', () => {
  test.each([
    ['', '(no bytes)'],
    ['plain ~', 'plain ~'],
    ['\r\n\0\xff\x7f', '\\x0d\\x0a\\x00\\xff\\x7f'],
    ['a\\x00', 'a\\\\x00'],
  ])('%j is %s', (text, shown) => {
    expect(showBytes(Buffer.from(text, 'latin1'))).toBe(shown);
  });

  test('long ones are cut around the first difference', () => {
    const left = Buffer.alloc(1_048_576, 'a');
    const right = Buffer.from(left);
    right[1000] = 0;
    const shown = showDifference(left, right);
    expect(shown.received).toBe(
      `…${'a'.repeat(16)}\\x00${'a'.repeat(79)}… (1048576 bytes, differing at 1000)`,
    );
    expect(shown.expected).toBe(`…${'a'.repeat(96)}… (1048576 bytes, differing at 1000)`);
  });

  test('a long one that lacks its end shows where it ends', () => {
    const whole = Buffer.alloc(200, 'a');
    const { expected: long, received: short } = showDifference(whole, whole.subarray(0, 150));
    expect(long).toContain('(200 bytes, differing at 150)');
    expect(short).toBe(`…${'a'.repeat(96)} (150 bytes, differing at 150)`);
  });
});
