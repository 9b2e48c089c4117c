import type { Socket } from 'node:net';
import { buildConnector, Client, type Dispatcher } from 'undici';
import { codeOf } from '../errors.js';
import type { ErrorKind } from '../result/schema.js';
import { over, type Phase, waiting } from './phase.js';

const inserted = Buffer.from('Key inserted');
const notFound = Buffer.from('Key not found');

/** So that a server that has gone away is not asked in a busy loop. */
const retryAfterMs = 20;

export interface ConnectionOptions {
  timeoutMs: number;
  /** After so many requests the connection is closed, and the next one opens another. */
  requestsPerConnection: number | null;
}

/**
 * One connection with at most one request under way, and the reused handler of all its requests.
 *
 * It implements undici's raw handler methods (`onConnect` to `onError`), which are given headers
 * unparsed; the newer ones would build an object of headers for every answer.
 */
export class Connection implements Dispatcher.DispatchHandler {
  readonly #client: Client;
  readonly #options: ConnectionOptions;
  #socket: Socket | null = null;
  /** Bytes of sockets that are gone. */
  #pastBytes = { sent: 0, received: 0 };
  /** How often a connection was established. */
  opened = 0;
  #requestsLeft: number;

  #phase: Phase | null = null;
  #phaseDone: (() => void) | null = null;
  readonly #request: Dispatcher.DispatchOptions = { path: '/', method: 'GET' };
  // The request under way.
  #key = -1;
  #write = false;
  #miss = false;
  #expected: Buffer = inserted;
  #expectedStatus = 200;
  /** Whether the key's value was uncertain when it was asked for. */
  #uncertain = false;
  #dueMs = Number.NaN;
  #lagMs = 0;
  #handedOverMs = 0;
  #openedBefore = 0;
  #sentAtMs = 0;
  #status = 0;
  #receivedBytes = 0;
  #matches = true;
  /** Set when we end the request ourselves: the reason, in place of undici's. */
  #failure: { kind: ErrorKind; message: string } | null = null;
  #abort: ((error?: Error) => void) | null = null;

  /** `park` is given connections that have nothing to send until a request is due. */
  readonly #park: (connection: Connection) => void;
  #freeSinceMs = 0;

  constructor(
    origin: string,
    options: ConnectionOptions,
    park: (connection: Connection) => void = () => {},
  ) {
    this.#options = options;
    this.#park = park;
    const requestsPerConnection = options.requestsPerConnection ?? 0;
    this.#requestsLeft = requestsPerConnection;
    const connect = buildConnector({ timeout: options.timeoutMs });
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
          if (result[1]) {
            this.opened++;
            // The request that it was opened for is counted already.
            if (!this.#request.reset) this.#requestsLeft = requestsPerConnection - 1;
          }
          callback(...result);
        }),
    });
  }

  /** Sends one request after the other until the phase has no more. Never rejects. */
  run(phase: Phase): Promise<void> {
    return new Promise((resolve) => {
      this.#phase = phase;
      this.#phaseDone = resolve;
      this.#freeSinceMs = Number.NEGATIVE_INFINITY;
      this.wake(performance.now());
    });
  }

  /** Sends the request whose turn it is; parks if none is due; ends if none will come. */
  wake(nowMs: number): void {
    const phase = this.#phase as Phase;
    const key = phase.next(nowMs);
    if (key === waiting) {
      this.#park(this);
    } else if (key === over) {
      this.#phase = null;
      this.#phaseDone?.();
    } else {
      this.#send(key, phase, nowMs);
    }
  }

  /** Gives up the request under way if it was sent longer than the time limit ago. */
  expire(nowMs: number): void {
    const { timeoutMs } = this.#options;
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
    // The time that undici takes is ours, too; the time that a connection takes to open is not.
    if (this.opened === this.#openedBefore) this.#lagMs += this.#sentAtMs - this.#handedOverMs;
  }

  onHeaders(statusCode: number): boolean {
    this.#status = statusCode;
    return true;
  }

  onData(chunk: Buffer): boolean {
    const start = this.#receivedBytes;
    if (start === 0 && chunk[0] !== this.#expected[0]) this.#expectAnother(chunk[0]);
    const expected = this.#expected;
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
    this.#freeSinceMs = nowMs;
    if (this.#status !== this.#expectedStatus) {
      this.#fail('status', `status ${this.#status} instead of ${this.#expectedStatus}`);
    } else if (!this.#matches || this.#receivedBytes !== this.#expected.length) {
      this.#fail('mismatch', 'a body other than the one expected');
    } else {
      phase.succeed(this.#key, this.#write, this.#miss, this.#sentAtMs, nowMs);
      if (phase.paced) phase.recordResponse(this.#dueMs, this.#lagMs, nowMs);
    }
    this.wake(nowMs);
  }

  onError(error: Error): void {
    const { kind, message } = this.#failure ?? { kind: kindOf(error), message: error.message };
    this.#failure = null;
    this.#abort = null;
    this.#requestsLeft = this.#options.requestsPerConnection ?? 0;
    this.#fail(kind, message);
    setTimeout(() => {
      this.#freeSinceMs = performance.now();
      this.wake(this.#freeSinceMs);
    }, retryAfterMs);
  }

  #send(key: number, phase: Phase, nowMs: number): void {
    this.#key = key;
    this.#write = phase.write;
    this.#miss = phase.miss;
    this.#dueMs = phase.dueMs;
    // Waiting for the server to free a connection is no fault of ours; being late after that is.
    this.#lagMs = nowMs - Math.max(phase.dueMs, this.#freeSinceMs);
    this.#handedOverMs = nowMs;
    this.#openedBefore = this.opened;
    const request = this.#request;
    this.#expectedStatus = 200;
    if (phase.write) {
      request.method = 'POST';
      request.path = '/';
      request.body = phase.model.beginWrite(key);
      this.#expected = inserted;
    } else {
      request.method = 'GET';
      request.body = null;
      if (phase.miss) {
        request.path = phase.missPaths[key % phase.missPaths.length] as string;
        this.#expected = notFound;
        this.#expectedStatus = 404;
      } else {
        request.path = phase.paths[key] as string;
        this.#expected = phase.model.expected(key);
        this.#uncertain = phase.model.isUncertain(key);
      }
    }
    if (this.#options.requestsPerConnection !== null) this.#countDown(request);
    this.#client.dispatch(request, this);
  }

  /** Has the last request that a connection may carry close it. */
  #countDown(request: Dispatcher.DispatchOptions): void {
    request.reset = --this.#requestsLeft <= 0;
    if (request.reset) this.#requestsLeft = this.#options.requestsPerConnection ?? 0;
  }

  /**
   * A read that overlaps a write of its key may see the value before it or after it, and after
   * writes that overlapped each other any of theirs; values of a key differ in their first byte.
   */
  #expectAnother(firstByte: number | undefined): void {
    if (this.#write || this.#miss || firstByte === undefined) return;
    const { model } = this.#phase as Phase;
    const overlapped = this.#uncertain || model.expected(this.#key) !== this.#expected;
    if (overlapped || model.isUncertain(this.#key)) {
      this.#expected = model.valueBeginningWith(firstByte, this.#key) ?? this.#expected;
    }
  }

  #fail(kind: ErrorKind, message: string): void {
    this.#phase?.fail(this.#key, this.#write, this.#request.path, kind, message);
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
