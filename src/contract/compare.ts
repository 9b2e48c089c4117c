import { showBytes, showDifference } from './bytes.js';
import type { Transcript } from './exchange.js';
import type { ReceivedAnswer } from './reader.js';
import type { ResolvedAnswer, ResolvedVector } from './resolve.js';

/** One thing that is not as the contract has it, as text. */
export interface Difference {
  /** `status`, `header allow`, `body`, `connection`, `connect`, …; `answer 2 body` if there are several. */
  what: string;
  expected: string;
  received: string;
}

/** What differs between a vector's answers and what a server made of it; nothing if they agree. */
export function compareTranscript(
  { expected, connection }: Pick<ResolvedVector, 'expected' | 'connection'>,
  transcript: Transcript,
  timeoutMs: number,
): Difference[] {
  const { answers, end } = transcript;
  if (end.type === 'unreachable') return [unreachable(end.message)];
  const label = (index: number, what: string) =>
    expected.length > 1 ? `answer ${index + 1} ${what}` : what;
  const differences = answers.flatMap((answer, index) =>
    compareAnswer(expected[index] as ResolvedAnswer, answer).map((difference) => ({
      ...difference,
      what: label(index, difference.what),
    })),
  );
  const missing = expected[answers.length];
  if (missing) {
    differences.push({
      what: label(answers.length, 'status'),
      expected: String(missing.status),
      received: describeEnd(transcript, timeoutMs),
    });
  } else if (end.type !== connection) {
    differences.push({
      what: 'connection',
      expected: connection === 'open' ? 'open, and the next request answered' : 'closed',
      received:
        connection === 'closed' && end.type === 'stopped'
          ? `still open after ${timeoutMs} ms`
          : describeEnd(transcript, timeoutMs),
    });
  }
  return differences;
}

/** Why a vector's values can't be stored, if so; other vectors look at how a POST is answered. */
export function compareSetUp(
  count: number,
  { answers, ...transcript }: Transcript,
  timeoutMs: number,
): Difference[] {
  const { end } = transcript;
  if (end.type === 'unreachable') return [unreachable(end.message)];
  const refused = answers.find(({ status }) => status !== 200);
  if (!refused && answers.length === count) return [];
  const received = refused ? String(refused.status) : describeEnd(transcript, timeoutMs);
  return [{ what: 'set-up status', expected: '200', received }];
}

/** What differs between one answer and what it has to be. */
export function compareAnswer(expected: ResolvedAnswer, received: ReceivedAnswer): Difference[] {
  const differences: Difference[] = [];
  const wantedInterim = expected.continue ? '100' : '(none)';
  const interim = received.interim.join(', ') || '(none)';
  if (interim !== wantedInterim) {
    differences.push({ what: 'interim', expected: wantedInterim, received: interim });
  }
  if (received.status !== expected.status) {
    const [wanted, got] = [String(expected.status), String(received.status)];
    differences.push({ what: 'status', expected: wanted, received: got });
  }
  differences.push(...compareHeaders(expected, received.headers));
  const body = expected.head ? Buffer.alloc(0) : expected.body;
  if (!body.equals(received.body)) {
    differences.push({ what: 'body', ...showDifference(body, received.body) });
  }
  return differences;
}

function compareHeaders(
  { headers, optional }: ResolvedAnswer,
  received: ReceivedAnswer['headers'],
): Difference[] {
  const differences: Difference[] = [];
  const names = new Set([...headers.keys(), ...received.map(([name]) => name.toLowerCase())]);
  for (const name of names) {
    const wanted = headers.get(name);
    const values = received.filter(([other]) => other.toLowerCase() === name).map(([, v]) => v);
    if (values.length === 0 && optional.has(name)) continue;
    if (values.length === 1 && isRight(wanted, values[0] as string)) continue;
    differences.push({
      what: `header ${name}`,
      expected: wanted === undefined ? '(none)' : showHeader(wanted ?? 'an IMF-fixdate'),
      received: values.length === 0 ? '(none)' : values.map(showHeader).join(', '),
    });
  }
  return differences;
}

function isRight(wanted: string | null | undefined, value: string): boolean {
  return wanted === null ? isFixdate(value) : value === wanted;
}

/** Is it a date as HTTP writes it, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7)? */
export function isFixdate(text: string): boolean {
  // Node prints dates in this very form, so whatever survives the round trip is one.
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toUTCString() === text;
}

function unreachable(message: string): Difference {
  return { what: 'connect', expected: 'a connection', received: message };
}

function showHeader(value: string): string {
  return showBytes(Buffer.from(value, 'latin1'));
}

/** Why no further answer came, or in what state the connection is. */
function describeEnd(
  { end, rest, interim }: Omit<Transcript, 'answers'>,
  timeoutMs: number,
): string {
  const before = interim.length > 0 ? `only ${interim.join(', ')}, then ` : '';
  const left = rest.length > 0 ? ` after ${showBytes(rest)}` : '';
  switch (end.type) {
    case 'garbage':
      return `${before}${showBytes(rest)}: ${end.message}`;
    case 'stopped':
      return `${before}nothing within ${timeoutMs} ms${left}`;
    case 'closed':
      return `${before}the end of the connection${left}`;
    default:
      return end.type;
  }
}
