import { type Expectation, type RequestSpec, splitTemplate } from '../../config/requests.js';

/**
 * A piece of what is sent or expected: bytes in base64, or what is filled in for each request: its
 * key, the key's value or number, in an encoding, or the length of the body.
 */
type Segment =
  | { bytes: string }
  | { column: 'key' | 'value' | 'index'; encoding: 'none' | 'base64' | 'url' }
  | { column: 'length' };

/** What a right answer is. */
interface NativeAnswer {
  statuses: readonly number[];
  match: Expectation['match'];
  text: Segment[];
}

/** One kind of request, ready to be put together byte by byte. */
export interface NativeMessage {
  name: string;
  method: string;
  writes: boolean;
  /** Whether it may be sent once more where a connection closed before a byte of the answer. */
  repeatable: boolean;
  path: Segment[];
  /** The whole head for a connection that stays, and for one that is to be closed. */
  head: Segment[];
  lastHead: Segment[];
  body: Segment[];
  /** For keys that are stored. */
  stored: NativeAnswer;
  /** For keys that are not; null where nobody has said what must be answered then. */
  missing: NativeAnswer | null;
}

/** Methods whose requests say that their body is empty, as undici has it. */
const payloadMethods = new Set(['POST', 'PUT', 'PATCH']);

/** Renders a request for a host, byte for byte as undici sends it. */
export function nativeMessage(spec: RequestSpec, host: string): NativeMessage {
  const { name, method, path, headers, body, writes, repeatable, expect, missing } = spec;
  const given = Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value, key]);
  const own = (wanted: string) => given.find(([key]) => key === wanted)?.[1];
  const closes = own('connection')?.toLowerCase() === 'close';
  const others = given
    .filter(([key]) => key !== 'host' && key !== 'connection')
    .map(([, value, key]) => `${key}: ${value}\r\n`);
  const head = (connection: string): Segment[] => [
    ...segments(`${method} ${path} HTTP/1.1\r\n`, 'latin1'),
    ...segments(`host: ${own('host') ?? host}\r\nconnection: ${connection}\r\n`, 'latin1'),
    ...segments(others.join(''), 'latin1'),
    ...(body !== null || payloadMethods.has(method)
      ? [...segments('content-length: ', 'latin1'), { column: 'length' as const }, lineBreak]
      : []),
    lineBreak,
  ];
  return {
    name,
    method,
    writes,
    repeatable,
    path: segments(path, 'latin1'),
    head: joined(head(closes ? 'close' : 'keep-alive')),
    lastHead: joined(head('close')),
    body: segments(body ?? '', 'utf8'),
    stored: answer(expect),
    missing: missing && answer(missing),
  };
}

const lineBreak: Segment = { bytes: Buffer.from('\r\n').toString('base64') };

function answer({ statuses, match, text }: Expectation): NativeAnswer {
  return { statuses, match, text: segments(text, 'utf8') };
}

function segments(template: string, encoding: 'latin1' | 'utf8'): Segment[] {
  return splitTemplate(template).map((part) =>
    typeof part === 'string'
      ? { bytes: Buffer.from(part, encoding).toString('base64') }
      : { column: part.name, encoding: part.encoding },
  );
}

/** The same with neighbouring bytes in one piece: fewer copies a request. */
function joined(pieces: readonly Segment[]): Segment[] {
  const result: Segment[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (last && 'bytes' in last && 'bytes' in piece) {
      const both = [last, piece].map(({ bytes }) => Buffer.from(bytes, 'base64'));
      result[result.length - 1] = { bytes: Buffer.concat(both).toString('base64') };
    } else result.push(piece);
  }
  return result;
}
