/** One HTTP/1.x answer. */
export interface Answer {
  status: number;
  /** Names as they were received, with their values, in order. */
  headers: [name: string, value: string][];
  /** Without its transfer encoding. */
  body: Buffer;
}

export interface ParseOptions {
  /** The request was a HEAD, so that no body follows. */
  head: boolean;
  /** Nothing more will come. */
  ended: boolean;
}

/** A whole answer and the number of bytes it took, a wish for more bytes, or why it is no HTTP. */
export type ParseResult =
  | { state: 'answer'; answer: Answer; usedBytes: number }
  | { state: 'more' }
  | { state: 'error'; message: string };

/** More than any vector asks for: what goes beyond is an error, so that memory stays bounded. */
export const maxHeadBytes = 16_384;
export const maxBodyBytes = 2_097_152;

const more: ParseResult = { state: 'more' };
const error = (message: string): ParseResult => ({ state: 'error', message });

/**
 * Parses the first answer, interim ones included, in bytes received so far. It is stricter than
 * clients are (bare line feeds, folded headers and contradicting lengths are errors), because a
 * client that forgives would hide that servers differ. After RFC 9112.
 */
export function parseAnswer(bytes: Buffer, options: ParseOptions): ParseResult {
  const result = parse(bytes, options);
  return result.state === 'more' && options.ended
    ? error('it ended in the middle of an answer')
    : result;
}

function parse(bytes: Buffer, { head, ended }: ParseOptions): ParseResult {
  const prefix = bytes.toString('latin1', 0, 7);
  if (!'HTTP/1.'.startsWith(prefix)) return error('it does not begin with HTTP/1.');
  const headEnd = bytes.subarray(0, maxHeadBytes).indexOf('\r\n\r\n');
  if (headEnd < 0) {
    return bytes.length < maxHeadBytes ? more : error(`its head exceeds ${maxHeadBytes} bytes`);
  }
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const status = /^HTTP\/1\.[01] ([1-5]\d\d) [\t\x20-\x7e\x80-\xff]*$/.exec(statusLine)?.[1];
  if (!status) return error('its status line is malformed');
  const headers = parseHeaders(lines);
  if (!headers) return error('a header line is malformed');
  const framing = framingOf(Number(status), headers, head);
  if (typeof framing === 'string') return error(framing);

  const start = headEnd + 4;
  const finish = (body: Buffer, end: number): ParseResult => ({
    state: 'answer',
    answer: { status: Number(status), headers, body },
    usedBytes: end,
  });
  if (framing.type === 'length') {
    const end = start + framing.bytes;
    if (framing.bytes > maxBodyBytes) return tooLong;
    return bytes.length < end ? more : finish(bytes.subarray(start, end), end);
  }
  if (framing.type === 'chunked') {
    const result = parseChunks(bytes, start);
    return 'state' in result ? result : finish(result.body, result.end);
  }
  if (bytes.length - start > maxBodyBytes) return tooLong;
  return ended ? finish(bytes.subarray(start), bytes.length) : more;
}

const tooLong = error(`its body exceeds ${maxBodyBytes} bytes`);

function parseHeaders(lines: readonly string[]): Answer['headers'] | null {
  const headers: Answer['headers'] = [];
  for (const line of lines) {
    const match = /^([!#$%&'*+.^_`|~\w-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/.exec(line);
    if (!match) return null;
    headers.push([match[1] as string, match[2] as string]);
  }
  return headers;
}

type Framing = { type: 'length'; bytes: number } | { type: 'chunked' } | { type: 'until-close' };

/** How the end of the body is told (RFC 9112, 6.3), or what is wrong with it. */
function framingOf(status: number, headers: Answer['headers'], head: boolean): Framing | string {
  const valuesOf = (name: string) =>
    headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);
  const lengths = new Set(valuesOf('content-length'));
  const encodings = valuesOf('transfer-encoding');
  const [length] = lengths;
  if (lengths.size > 1) return 'its Content-Length headers contradict each other';
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return 'its Content-Length is no number';
  if (length !== undefined && encodings.length > 0) {
    return 'it has both Content-Length and Transfer-Encoding';
  }
  if (head || status < 200 || status === 204 || status === 304) return { type: 'length', bytes: 0 };
  if (encodings.length > 0) {
    const chunked = encodings.join().toLowerCase() === 'chunked';
    return chunked ? { type: 'chunked' } : 'its Transfer-Encoding is not chunked';
  }
  return length === undefined ? { type: 'until-close' } : { type: 'length', bytes: Number(length) };
}

/** The chunked body that begins at `start` (RFC 9112, 7.1); trailers are read and dropped. */
function parseChunks(bytes: Buffer, start: number): ParseResult | { body: Buffer; end: number } {
  const chunks: Buffer[] = [];
  let at = start;
  for (;;) {
    const line = lineAt(bytes, at);
    if (typeof line !== 'string') return line;
    const digits = /^([0-9a-fA-F]{1,8})[\t ]*(;[\t\x20-\x7e\x80-\xff]*)?$/.exec(line)?.[1];
    if (!digits) return error('a chunk size is malformed');
    at += line.length + 2;
    const size = Number.parseInt(digits, 16);
    if (size === 0) break;
    const end = at + size;
    // Sizes and extensions count too: they are kept, and gone through again, until the body ends.
    if (end - start > maxBodyBytes) return tooLong;
    if (bytes.length < end + 2) return more;
    if (bytes[end] !== 13 || bytes[end + 1] !== 10) return error('a chunk does not end with CRLF');
    chunks.push(bytes.subarray(at, end));
    at = end + 2;
  }
  const trailersStart = at;
  for (;;) {
    const line = lineAt(bytes, at);
    if (typeof line !== 'string') return line;
    at += line.length + 2;
    if (line === '') return { body: Buffer.concat(chunks), end: at };
    if (!parseHeaders([line])) return error('a trailer line is malformed');
    if (at - trailersStart > maxHeadBytes)
      return error(`its trailers exceed ${maxHeadBytes} bytes`);
  }
}

/** The line at `start` without its CRLF. */
function lineAt(bytes: Buffer, start: number): string | ParseResult {
  const end = bytes.subarray(start, start + maxHeadBytes).indexOf('\r\n');
  if (end >= 0) return bytes.toString('latin1', start, start + end);
  return bytes.length - start < maxHeadBytes ? more : error('a line in its body is too long');
}
