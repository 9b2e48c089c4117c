import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { codeOf, KvbenchError, messageOf } from '../errors.js';
import { openInput } from '../files.js';
import type { K6Outcome } from './outcome.js';
import { StreamReader } from './stream.js';
import { readSummary } from './summary.js';

/** Many times what a summary is; a stream may be of any size. */
const maxSummaryChars = 64 * 1024 * 1024;

/**
 * Reads what k6 left in a file: a summary or its JSON stream, gzipped or not, as the content says.
 * Throws a usage error that names the file, and the line of a stream.
 */
export async function readK6File(file: string, signal: AbortSignal): Promise<K6Outcome> {
  let input: Readable | null = null;
  try {
    const bytes = await openInput(file, signal);
    input = bytes;
    if (await beginsWithGzip(bytes)) input = bytes.pipe(forwardingErrors(bytes));
    // Whoever stops reading ends it, and what it then says interests nobody.
    input.on('error', () => {});
    return await readLines(input, file);
  } catch (error) {
    input?.destroy();
    if (error instanceof KvbenchError) throw error;
    signal.throwIfAborted();
    throw unreadable(file, error);
  }
}

/** An unzipper that fails as its input does: `pipe` keeps errors to itself. */
function forwardingErrors(input: Readable) {
  const gunzip = createGunzip();
  input.on('error', (error) => gunzip.destroy(error));
  return gunzip;
}

/** Without taking anything from it: what is read of a pipe can't be read again. */
async function beginsWithGzip(input: Readable): Promise<boolean> {
  await once(input, 'readable');
  const head = input.read() as Buffer | null;
  if (head === null) return false;
  input.unshift(head);
  return head.length >= 2 && head.readUInt16BE(0) === 0x1f8b;
}

async function readLines(input: Readable, file: string): Promise<K6Outcome> {
  let stream: StreamReader | null = null;
  const summary: string[] = [];
  let summaryChars = 0;
  for await (const line of linesOf(input, file)) {
    if (summary.length === 0 && stream === null && StreamReader.isLine(line)) {
      stream = new StreamReader(file);
    }
    if (stream) {
      stream.line(line);
      continue;
    }
    summary.push(line);
    summaryChars += line.length;
    if (summaryChars > maxSummaryChars) {
      throw new KvbenchError(
        'usage',
        `${file} is too large for a summary of k6, and no stream of it.`,
        'Give what k6 run --summary-export FILE or --out json=FILE has written.',
      );
    }
  }
  if (stream) return stream.outcome();
  const text = summary.join('\n');
  if (text.trim() !== '') return readSummary(text, file);
  throw new KvbenchError('usage', `${file} is empty.`, 'k6 writes it when a test has ended.');
}

/** The lines of a text, none of which may be longer than a summary; leaving it ends the input. */
async function* linesOf(input: Readable, file: string): AsyncGenerator<string> {
  // Of the line under way: joined at its end, as a text that grows would be copied for each piece.
  let pieces: string[] = [];
  let length = 0;
  for await (const chunk of input.setEncoding('utf8') as AsyncIterable<string>) {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      pieces.push(chunk.slice(start, end));
      yield pieces.join('').replace(/\r$/, '');
      pieces = [];
      length = 0;
      start = end + 1;
    }
    pieces.push(chunk.slice(start));
    length += chunk.length - start;
    if (length > maxSummaryChars) {
      throw new KvbenchError(
        'usage',
        `${file} has a line without an end: more than ${maxSummaryChars / 2 ** 20} MiB.`,
        'Give what k6 run --summary-export FILE or --out json=FILE has written.',
      );
    }
  }
  if (length > 0) yield pieces.join('');
}

function unreadable(file: string, error: unknown): KvbenchError {
  const code = codeOf(error) ?? '';
  if (code.startsWith('Z_')) {
    return new KvbenchError(
      'usage',
      `${file} can't be unzipped: ${messageOf(error)}.`,
      'It was cut off or damaged: k6 must end by itself. Run it again.',
      { cause: error },
    );
  }
  const reasons: Record<string, string> = { ENOENT: 'does not exist', EISDIR: 'is a directory' };
  return new KvbenchError(
    'usage',
    `${file} ${reasons[code] ?? `can't be read: ${messageOf(error)}`}.`,
    'Give what k6 run --summary-export FILE or --out json=FILE has written.',
    { cause: error },
  );
}
