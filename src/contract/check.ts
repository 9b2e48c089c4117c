import { randomInt } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { sideBySide } from '../side-by-side.js';
import { compareSetUp, compareTranscript, type Difference } from './compare.js';
import { type ExchangeOptions, exchange } from './exchange.js';
import { type Names, type ResolvedVector, resolveVector } from './resolve.js';
import type { Vector } from './vectors.js';

/** What came of one vector. */
export type VectorOutcome =
  | (Question & { ok: true })
  | (Question & { ok: false; differences: Difference[] });

interface Question {
  name: string;
  about: string;
  /** Where a config file asks it, as `kvbench.config.json:12:7, requests.get`. */
  place?: string;
}

/** What one server answered, and to which questions. */
export interface Examination {
  name: string;
  /** `contract`: the vectors of kvbench's own; `requests`: each request that it will be sent. */
  by: 'contract' | 'requests';
  outcomes: VectorOutcome[];
}

export interface CheckOptions {
  host: string;
  port: number;
  vectors: readonly Vector[];
  signal?: AbortSignal;
  /** For each vector, its set-up included. */
  timeoutMs?: number;
  /** How many vectors, each with its own connections, are under way at a time. */
  concurrency?: number;
}

/**
 * Runs vectors against a server and tells, in their order, what it answers otherwise. Whatever the
 * server does is a difference, never an exception; if it can't be reached, each first difference
 * is `connect`. Rejects only with the signal's reason. It stores keys and never removes them:
 * `/`, `.` and the like, all others under a name of their own.
 */
export async function checkContract(options: CheckOptions): Promise<VectorOutcome[]> {
  const { host, port, vectors, signal, timeoutMs = 5000, concurrency = 8 } = options;
  const run = toBase36(randomInt(36 ** runDigits), runDigits);
  const outcomes: VectorOutcome[] = [];
  // Those that mostly wait begin first: all others are asked meanwhile.
  const queue = [...vectors.entries()].sort(([, a], [, b]) => Number(waits(b)) - Number(waits(a)));
  let late = 0;
  signal?.throwIfAborted();
  await sideBySide(queue, concurrency, async ([index, vector]) => {
    const { name, about } = vector;
    if (late >= concurrency) {
      outcomes[index] = { name, about, ok: false, differences: [notAsked(timeoutMs)] };
      return;
    }
    const startMs = performance.now();
    const k = `k${run}${toBase36(index, indexDigits)}`;
    const names = { k, host: `${isIPv6(host) ? `[${host}]` : host}:${port}` };
    const differences = await withDeadline(timeoutMs, signal, (deadline) =>
      checkVector(resolveVector(vector, names), names, { host, port, timeoutMs, signal: deadline }),
    );
    signal?.throwIfAborted();
    // As many in a row as are under way: nobody answers any more. One that stays open has answered.
    const isLate = performance.now() - startMs >= timeoutMs;
    late = isLate && !differences.some(({ what }) => what === 'connection') ? late + 1 : 0;
    outcomes[index] =
      differences.length > 0 ? { name, about, ok: false, differences } : { name, about, ok: true };
  });
  return outcomes;
}

/** Whether it is paused between its segments, or asks when the server ends the connection. */
function waits({ segmentBytes, connection }: Vector): boolean {
  return segmentBytes !== undefined || connection === 'closed';
}

function notAsked(timeoutMs: number): Difference {
  return {
    what: 'answer',
    expected: 'one to each exchange',
    received: `none to any for ${timeoutMs / 1000} s, so this was not asked`,
  };
}

/** With a first letter they make the 8 bytes of `{k}`. */
const runDigits = 5;
const indexDigits = 2;

function toBase36(value: number, digits: number): string {
  return value.toString(36).padStart(digits, '0');
}

type Address = Pick<ExchangeOptions, 'host' | 'port' | 'signal'> & { timeoutMs: number };

async function checkVector(
  vector: ResolvedVector,
  { host }: Names,
  place: Address,
): Promise<Difference[]> {
  if (vector.setUp.length > 0) {
    const transcript = await exchange({
      ...place,
      steps: vector.setUp.flatMap((write, index) => [{ write }, { await: index + 1 }]),
      heads: vector.setUp.map(() => false),
      finally: 'nothing',
    });
    const differences = compareSetUp(vector.setUp.length, transcript, place.timeoutMs);
    if (differences.length > 0) return differences;
  }
  const probe = Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 'latin1');
  const transcript = await exchange({
    ...place,
    steps: vector.steps,
    heads: vector.expected.map(({ head }) => head),
    finally: vector.connection === 'open' ? { probe } : 'closed',
  });
  return compareTranscript(vector, transcript, place.timeoutMs);
}

async function withDeadline<T>(
  timeoutMs: number,
  outer: AbortSignal | undefined,
  run: (deadline: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, timeoutMs);
  outer?.addEventListener('abort', abort, { once: true });
  try {
    return await run(controller.signal);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', abort);
  }
}
