import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxBodyBytes, maxHeadBytes, parseAnswer } from '../../src/contract/http.js';
import { AnswerReader } from '../../src/contract/reader.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');

function parse(text: string, options: { head?: boolean; ended?: boolean } = {}) {
  return parseAnswer(bytes(text), { head: false, ended: false, ...options });
}

describe('whole answers', () => {
  const table: [name: string, text: string, status: number, body: string, rest?: string][] = [
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab', 200, 'ab'],
    ['a length of none', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 200, ''],
    ['bytes beyond', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc', 200, 'a', 'bc'],
    ['HTTP/1.0', 'HTTP/1.0 404 Not Found\r\nContent-Length: 1\r\n\r\na', 404, 'a'],
    ['no reason', 'HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\na', 200, 'a'],
    [
      'the same length twice',
      'HTTP/1.1 200 \r\nA: b\r\n'.concat('Content-Length: 1\r\n'.repeat(2), '\r\na'),
      200,
      'a',
    ],
    [
      'chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n',
      200,
      'ab0123456789',
    ],
    [
      'trailers',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n1\r\na\r\n0\r\nX: 1\r\n\r\nrest',
      200,
      'a',
      'rest',
    ],
    ['an interim answer', 'HTTP/1.1 100 Continue\r\n\r\nHTTP', 100, '', 'HTTP'],
    ['no content', 'HTTP/1.1 204 No Content\r\n\r\nx', 204, '', 'x'],
    [
      'any byte in the body',
      'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\0\xff\r\n',
      200,
      '\0\xff\r\n',
    ],
  ];
  test.each(table)('%s', (_, text, status, body, rest = '') => {
    const result = parse(text);
    expect(result).toMatchObject({ state: 'answer', usedBytes: text.length - rest.length });
    if (result.state !== 'answer') return;
    expect(result.answer.status).toBe(status);
    expect(result.answer.body.toString('latin1')).toBe(body);
  });

  test('headers keep their order and case and lose the space around their values', () => {
    const result = parse(
      'HTTP/1.1 200 OK\r\nB:1\r\na: \t two words \t\r\nb:\r\nContent-Length: 0\r\n\r\n',
    );
    expect(result).toMatchObject({
      answer: {
        headers: [
          ['B', '1'],
          ['a', 'two words'],
          ['b', ''],
          ['Content-Length', '0'],
        ],
      },
    });
  });

  test('an answer to HEAD has no body, whatever its headers say', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';
    expect(parse(text, { head: true })).toMatchObject({ state: 'answer', usedBytes: text.length });
    expect(parse(text)).toEqual({ state: 'more' });
  });

  test('without a length the body lasts until the end', () => {
    const text = 'HTTP/1.1 400 Bad Request\r\nA: b\r\n\r\nall of it';
    expect(parse(text)).toEqual({ state: 'more' });
    const result = parse(text, { ended: true });
    expect(result).toMatchObject({ state: 'answer', usedBytes: text.length });
  });
});

describe('unfinished answers', () => {
  test.each([
    '',
    'HTT',
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: 1\r\n',
  ])('%j wants more', (text) => {
    expect(parse(text)).toEqual({ state: 'more' });
    expect(parse(text, { ended: true }).state).toBe('error');
  });
});

describe('what is no HTTP', () => {
  const head = 'HTTP/1.1 200 OK\r\n';
  const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`;
  test.each([
    ['other protocols', 'SSH-2.0', 'begin'],
    ['another version', 'HTTP/2 200\r\n\r\n', 'begin'],
    ['lower case', 'http/1.1 200 OK\r\n\r\n', 'begin'],
    ['two versions on', 'HTTP/1.2 200 OK\r\n\r\n', 'status line'],
    ['no status', 'HTTP/1.1 OK\r\n\r\n', 'status line'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'status line'],
    ['a status that does not exist', 'HTTP/1.1 600 OK\r\n\r\n', 'status line'],
    ['a bare line feed', `${head}A: b\nC: d\r\n\r\n`, 'header line'],
    ['a folded header', `${head}A: b\r\n c\r\n\r\n`, 'header line'],
    ['a space before the colon', `${head}A : b\r\n\r\n`, 'header line'],
    ['a header without a name', `${head}: b\r\n\r\n`, 'header line'],
    ['NUL in a header', `${head}A: \0\r\n\r\n`, 'header line'],
    ['two lengths', `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 'contradict'],
    ['a length in hexadecimal', `${head}Content-Length: 0x1\r\n\r\n`, 'no number'],
    ['a negative length', `${head}Content-Length: -1\r\n\r\n`, 'no number'],
    ['length and chunks', `${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, 'both'],
    ['an unknown coding', `${head}Transfer-Encoding: gzip\r\n\r\n`, 'not chunked'],
    ['a chunk size that is none', `${chunked}x\r\n`, 'chunk size'],
    ['a chunk that is too long', `${chunked}1\r\nabc`, 'CRLF'],
    ['a malformed trailer', `${chunked}0\r\nx\r\n\r\n`, 'trailer'],
    ['an endless head', `${head}A: ${'x'.repeat(maxHeadBytes)}`, 'head exceeds'],
    [
      'endless trailers',
      `${chunked}0\r\n${'A: b\r\n'.repeat(maxHeadBytes / 5)}`,
      'trailers exceed',
    ],
    ['an endless chunk line', `${chunked}1;${'x'.repeat(maxHeadBytes)}`, 'too long'],
    ['a huge length', `${head}Content-Length: ${maxBodyBytes + 1}\r\n\r\n`, 'body exceeds'],
    ['a huge chunk', `${chunked}ffffffff\r\n`, 'body exceeds'],
    [
      'small chunks in long lines',
      `${chunked}${`1;${'x'.repeat(16_000)}\r\na\r\n`.repeat(maxBodyBytes / 15_000)}`,
      'body exceeds',
    ],
    ['an endless body', `${head}\r\n${'x'.repeat(maxBodyBytes + 1)}`, 'body exceeds'],
  ])('%s', (_, text, message) => {
    const result = parse(text);
    expect(result.state === 'error' && result.message).toContain(message);
  });
});

describe('the reader', () => {
  const answer = (body: string) =>
    `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

  function read(stream: Buffer, cuts: readonly number[], heads: readonly boolean[]) {
    const reader = new AnswerReader(heads);
    let at = 0;
    for (const cut of [...cuts, stream.length].sort((a, b) => a - b)) {
      if (cut > at) reader.push(stream.subarray(at, cut));
      at = Math.max(at, cut);
    }
    reader.end();
    const { answers, interim, error } = reader;
    // What is left after an error depends on how much had come by then.
    return { answers, interim, error };
  }

  const tokens = fc.constantFrom(
    answer('one'),
    answer(''),
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n0\r\nT: 1\r\n\r\n',
    'HTTP/1.1 400 Bad Request\r\n\r\nuntil the end',
    'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort',
    'HTTP/1.1 200 OK\r\nbad header\r\n\r\n',
    'garbage',
  );

  test('gives the same for any split of the bytes', () => {
    fc.assert(
      fc.property(
        fc.array(tokens, { maxLength: 6 }),
        fc.array(fc.nat(400), { maxLength: 30 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
        (texts, cuts, heads) => {
          const stream = bytes(texts.join(''));
          const valid = cuts.filter((cut) => cut < stream.length);
          expect(read(stream, valid, heads)).toEqual(read(stream, [], heads));
        },
      ),
    );
  });

  test('gives the same for arbitrary bytes, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (tail, begun) => {
        const stream = Buffer.concat([bytes(begun ? 'HTTP/1.1 200 OK\r\n' : ''), tail]);
        const everywhere = stream.map((_, index) => index);
        expect(read(stream, [...everywhere], [false])).toEqual(read(stream, [], [false]));
      }),
    );
  });

  test('puts interim answers with the final one', () => {
    const stream = bytes(`HTTP/1.1 100 Continue\r\n\r\n${answer('a')}${answer('b')}`);
    const { answers } = read(stream, [], [false, false]);
    expect(answers.map(({ interim }) => interim)).toEqual([[100], []]);
  });

  test('refuses interim answers without end', () => {
    const stream = bytes('HTTP/1.1 102 Processing\r\n\r\n'.repeat(100));
    expect(read(stream, [], [false])).toMatchObject({ error: 'interim answers do not end' });
  });

  test('refuses what nobody asked for, and knows HEAD by its place', () => {
    const reader = new AnswerReader([true, false]);
    reader.push(bytes(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${answer('x')}`));
    expect(reader.complete).toBe(true);
    expect(reader.error).toBeNull();
    reader.push(bytes('!'));
    expect(reader.error).toBe('nothing was asked for');
  });
});
