import type { ByteString, ExpectedAnswer, Vector } from './vectors.js';

/** What stands for the placeholders of a vector. */
export interface Names {
  /** For `{k}`: makes keys unique. Always 8 bytes, so that lengths in the file hold. */
  k: string;
  /** For `{host}`: the value of the Host header. */
  host: string;
}

/** One thing that the client does. */
export type Step = { write: Buffer } | { await: 'continue' | number };

/** What one answer has to be. */
export interface ResolvedAnswer {
  status: number;
  body: Buffer;
  head: boolean;
  continue: boolean;
  /** All headers by their lower-case names; null stands for any valid date. */
  headers: ReadonlyMap<string, string | null>;
  /** Lower-case names of headers that may be missing. */
  optional: ReadonlySet<string>;
}

/** A vector with its placeholders filled in, as bytes. */
export interface ResolvedVector {
  /** Requests that store what the vector takes for given. */
  setUp: Buffer[];
  steps: Step[];
  expected: ResolvedAnswer[];
  connection: 'open' | 'closed';
}

/** Fills in a vector's placeholders and turns its strings into bytes. */
export function resolveVector(vector: Vector, names: Names): ResolvedVector {
  const segment = vector.segmentBytes;
  const steps = joinWrites(typeof vector.send === 'string' ? [vector.send] : vector.send, names);
  return {
    setUp: Object.entries(vector.given ?? {}).map(([key, value]) =>
      insertion(toBytes(key, names), toBytes(value, names), names),
    ),
    steps: segment === undefined ? steps : steps.flatMap((step) => splitWrite(step, segment)),
    expected: vector.expect.map((answer) => resolveAnswer(answer, names)),
    connection: vector.connection ?? 'open',
  };
}

/** The POST that stores a value. */
function insertion(key: Buffer, value: Buffer, { host }: Names): Buffer {
  const length = key.length + 1 + value.length;
  const head = `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), key, Buffer.from('='), value]);
}

function resolveAnswer(answer: ExpectedAnswer, names: Names): ResolvedAnswer {
  const body = toBytes(answer.body, names);
  const headers = new Map<string, string | null>([
    ['content-length', String(body.length)],
    ['content-type', 'text/plain; charset=utf-8'],
    ['date', null],
  ]);
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    headers.set(name.toLowerCase(), value);
  }
  return {
    status: answer.status,
    body,
    head: answer.head ?? false,
    continue: answer.continue ?? false,
    headers,
    optional: new Set(answer.optional?.map((name) => name.toLowerCase())),
  };
}

/** Parts without a pause between them go out as one write. */
function joinWrites(parts: Exclude<Vector['send'], string>, names: Names): Step[] {
  const steps: Step[] = [];
  for (const part of parts) {
    if (typeof part === 'object' && 'await' in part) {
      steps.push(part);
      continue;
    }
    const last = steps.at(-1);
    const bytes = toBytes([part], names);
    if (last && 'write' in last) last.write = Buffer.concat([last.write, bytes]);
    else steps.push({ write: bytes });
  }
  return steps;
}

function splitWrite(step: Step, segmentBytes: number): Step[] {
  if ('await' in step) return [step];
  const writes: Step[] = [];
  for (let at = 0; at < step.write.length; at += segmentBytes) {
    writes.push({ write: step.write.subarray(at, at + segmentBytes) });
  }
  return writes;
}

function toBytes(value: ByteString, names: Names): Buffer {
  if (typeof value === 'string') return Buffer.from(fill(value, names), 'latin1');
  return Buffer.concat(
    value.map((part) => {
      if (typeof part === 'string') return Buffer.from(fill(part, names), 'latin1');
      const repeated = Buffer.from(fill(part.repeat, names), 'latin1');
      return Buffer.alloc(repeated.length * part.times, repeated);
    }),
  );
}

function fill(text: string, { k, host }: Names): string {
  return text.replaceAll('{k}', k).replaceAll('{host}', host);
}
