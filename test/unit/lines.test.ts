import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readLines, toLine } from '../../src/load/lines.js';

const read = (pieces: readonly (string | Buffer)[], limitBytes?: number) =>
  new Promise<{ messages: unknown[]; error: string | null }>((resolve) => {
    const messages: unknown[] = [];
    const stream = Readable.from(pieces.map((piece) => Buffer.from(piece)));
    const fail = ({ message }: Error) => resolve({ messages, error: message });
    readLines(stream, (message) => messages.push(message), fail, limitBytes);
    stream.on('end', () => resolve({ messages, error: null }));
  });

test.each([
  ['one line', ['{"a":1}\n'], [{ a: 1 }]],
  ['several in one piece', ['1\n2\n3\n'], [1, 2, 3]],
  ['one in pieces', ['{"a', '":', '1}', '\n2\n'], [{ a: 1 }, 2]],
  [
    'letters cut in two',
    [Buffer.from('"é"\n').subarray(0, 2), Buffer.from('"é"\n').subarray(2)],
    ['é'],
  ],
] as [string, (string | Buffer)[], unknown[]][])('%s', async (_, pieces, messages) =>
  expect(await read(pieces)).toEqual({ messages, error: null }),
);

test('what is no JSON, or has no end, is told, and nothing after it is read', async () => {
  expect(await read(['1\nnonsense\n2\n'])).toEqual({
    messages: [1],
    error: 'a line that is not JSON: nonsense',
  });
  expect(await read(['1\n', '"1234', '56789"\n'], 10)).toEqual({
    messages: [1],
    error: 'a line of more than 10 bytes',
  });
});

test('a message with line breaks is one line', async () => {
  const message = { text: 'a\nb\r\n ' };
  expect(await read([toLine(message), toLine(2)])).toMatchObject({ messages: [message, 2] });
});
