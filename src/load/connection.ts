import type { Socket } from 'node:net';
import { buildConnector, Client, type Dispatcher } from 'undici';
import { codeOf } from '../errors.js';
import type { ErrorKind } from '../result/schema.js';
import type { Phase } from './phase.js';

const inserted = Buffer.from('Key inserted');

/** So that a server that has gone away is not asked in a busy loop. */
const retryAfterMs = 20;

/**
 * One connection with at most one request under way, and the reused handler of all its requests.
 *
 * It implements undici's raw handler methods (`onConnect` to `onError`), which are given headers
 * unparsed; the newer ones would build an object of headers for every answer.
 */
export class Connection implements Dispatcher.DispatchHandler {
  readonly #client: Client;
  #socket: Socket | null = null;
  /** Bytes of sockets that are gone. */
  #pastBytes = { sent: 0, received: 0 };

  #phase: Phase | null = null;
  #phaseDone: (() => void) | null = null;
  readonly #options: Dispatcher.DispatchOptions = { path: '/', method: 'GET' };
  #key = -1;
  #expected: Buffer = inserted;
  #sentAtMs = 0;
  #status = 0;
  #receivedBytes = 0;
  #matches = true;
  /** Set when we end the request ourselves: the reason, in place of undici's. */
  #failure: { kind: ErrorKind; message: string } | null = null;
  #abort: ((error?: Error) => void) | null = null;

  constructor(origin: string, timeoutMs: number) {
    const connect = buildConnector({ timeout: timeoutMs });
    this.#client = new Client(origin, {
      // One request is under way at most. But with `pipelining: 1` undici waits for a turn of the
      // event loop before it uses a connection again; that wait would be ours, not the server's.
      pipelining: 2,
      // Timers of our own (see `expire`) cost nothing a request.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 600_000,
      keepAliveMaxTimeout: 600_000,
      connect: (options, callback) =>
        connect(options, (...result) => {
          this.#pastBytes = this.bytes;
          this.#socket = result[1];
          callback(...result);
        }),
    });
  }

  /** Sends one request after the other until the phase has no more. Never rejects. */
  run(phase: Phase): Promise<void> {
    return new Promise((resolve) => {
      this.#phase = phase;
      this.#phaseDone = resolve;
      this.#next(performance.now());
    });
  }

  /** Gives up the request under way if it was sent longer than `timeoutMs` ago. */
  expire(nowMs: number, timeoutMs: number): void {
    if (this.#abort && nowMs - this.#sentAtMs >= timeoutMs) {
      this.#giveUp('timeout', `no answer within ${timeoutMs} ms`);
    }
  }

  /** Bytes through this connection so far, HTTP headers included. */
  get bytes(): { sent: number; received: number } {
    return {
      sent: this.#pastBytes.sent + (this.#socket?.bytesWritten ?? 0),
      received: this.#pastBytes.received + (this.#socket?.bytesRead ?? 0),
    };
  }

  async close(): Promise<void> {
    await this.#client.destroy();
  }

  onConnect(abort: (error?: Error) => void): void {
    // undici calls this right before it writes the request.
    this.#abort = abort;
    this.#status = 0;
    this.#receivedBytes = 0;
    this.#matches = true;
    this.#sentAtMs = performance.now();
  }

  onHeaders(statusCode: number): boolean {
    this.#status = statusCode;
    return true;
  }

  onData(chunk: Buffer): boolean {
    const expected = this.#expected;
    const start = this.#receivedBytes;
    this.#receivedBytes = start + chunk.length;
    if (this.#receivedBytes > expected.length) {
      this.#matches = false;
      // An error page may be longer than the value; an endless answer must not keep us.
      if (this.#receivedBytes > expected.length + 65_536) {
        this.#giveUp('mismatch', 'the answer is far longer than the value');
      }
    } else if (
      this.#matches &&
      expected.compare(chunk, 0, chunk.length, start, this.#receivedBytes) !== 0
    ) {
      this.#matches = false;
    }
    return true;
  }

  onComplete(): void {
    const nowMs = performance.now();
    const phase = this.#phase as Phase;
    this.#abort = null;
    if (this.#status !== 200) {
      phase.fail(this.#key, 'status', `status ${this.#status} instead of 200`);
    } else if (!this.#matches || this.#receivedBytes !== this.#expected.length) {
      phase.fail(this.#key, 'mismatch', 'a body other than the one expected');
    } else {
      phase.succeed(this.#key, this.#sentAtMs, nowMs);
    }
    this.#next(nowMs);
  }

  onError(error: Error): void {
    const { kind, message } = this.#failure ?? { kind: kindOf(error), message: error.message };
    this.#failure = null;
    this.#abort = null;
    (this.#phase as Phase).fail(this.#key, kind, message);
    setTimeout(() => this.#next(performance.now()), retryAfterMs);
  }

  #next(nowMs: number): void {
    const phase = this.#phase as Phase;
    const key = phase.nextKey(nowMs);
    if (key < 0) {
      this.#phase = null;
      this.#phaseDone?.();
      return;
    }
    this.#key = key;
    const options = this.#options;
    if (phase.operation === 'post') {
      options.method = 'POST';
      options.path = '/';
      options.body = phase.model.beginWrite(key);
      this.#expected = inserted;
    } else {
      options.method = 'GET';
      options.path = phase.paths[key] as string;
      options.body = null;
      this.#expected = phase.model.expected(key);
    }
    this.#client.dispatch(options, this);
  }

  #giveUp(kind: ErrorKind, message: string): void {
    if (this.#failure) return;
    this.#failure = { kind, message };
    this.#abort?.(new Error(message));
  }
}

const connectCodes = new Set([
  'ECONNREFUSED',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const resetCodes = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function kindOf(error: Error): ErrorKind {
  const code = codeOf(error) ?? '';
  if (connectCodes.has(code)) return 'connect';
  if (resetCodes.has(code)) return 'reset';
  return 'protocol';
}
