import type { Socket } from 'node:net';
import { buildConnector, Client, type Dispatcher } from 'undici';
import { codeOf } from '../errors.js';
import { forgetLength, isBodyless } from './bodyless.js';
import { missKeys } from './dataset.js';
import type { ErrorKind } from './error-kinds.js';
import { type Answer, type Exchange, isRight } from './messages.js';
import { over, type Phase, waiting } from './phase.js';
import { Pulse } from './pulse.js';

const nothing = Buffer.alloc(0);

/** So that a server that has gone away is not asked in a busy loop. */
const retryAfterMs = 20;

/** An error page may be longer than what was expected; an endless answer must not keep us. */
const maxExcessBytes = 65_536;
/** The same where a body may hold more than what was expected. */
const maxLooseBytes = 16 * 1024 * 1024;

export interface ConnectionOptions {
  timeoutMs: number;
  /** After so many requests the connection is closed, and the next one opens another. */
  requestsPerConnection: number | null;
  /** Of all connections to the server; without it a connection has its own. */
  pulse?: Pulse;
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
  /** Without a word on `reset` undici would close the connection after each HEAD. */
  readonly #request: Dispatcher.DispatchOptions = { path: '/', method: 'GET', reset: false };
  // The request under way.
  #key = -1;
  #version = 0;
  #which = 0;
  #write = false;
  #repeatable = false;
  #miss = false;
  #exchange: Exchange | null = null;
  #expected: Buffer = nothing;
  /** Whether the key's value was uncertain when it was asked for. */
  #uncertain = false;
  #dueMs = Number.NaN;
  #lagMs = 0;
  #handedOverMs = 0;
  #openedBefore = 0;
  #sentAtMs = 0;
  #status = 0;
  #receivedBytes = 0;
  /** The body, as soon as it differs from what was expected or has to be looked at as a whole. */
  #kept: Buffer[] | null = null;
  /** Set when we end the request ourselves: the reason, in place of undici's. */
  #failure: { kind: ErrorKind; message: string } | null = null;
  #abort: ((error?: Error) => void) | null = null;

  /** `park` is given connections that have nothing to send until a request is due. */
  readonly #park: (connection: Connection) => void;
  #freeSinceMs = 0;
  /** Since when the cycles of a closed loop count: NaN, not yet; infinity, no more. */
  #countedSinceMs = Number.NaN;
  /** Whether the request under way left in a backlog of a stall of ours. */
  #inBacklog = false;
  /** What the stalls had come to when it left. */
  #stalledBeforeMs = 0;
  readonly #pulse: Pulse;
  /** Whether the request under way has been sent once more. */
  #isRetry = false;
  /** What had come through the socket when it was sent. */
  #readBefore = 0;

  constructor(
    origin: string,
    options: ConnectionOptions,
    park: (connection: Connection) => void = () => {},
  ) {
    this.#options = options;
    this.#park = park;
    this.#pulse = options.pulse ?? new Pulse(options.timeoutMs);
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
      this.#countedSinceMs = Number.NaN;
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

  /** Gives up the request under way if it was sent longer than the time limit ago, or in any case. */
  expire(nowMs: number, anyway = false): void {
    const { timeoutMs } = this.#options;
    if (this.#abort && (anyway || nowMs - this.#sentAtMs >= timeoutMs)) {
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
    this.#kept = null;
    this.#readBefore = this.#socket?.bytesRead ?? 0;
    // The wait of one that is sent again began when it was sent first.
    if (this.#isRetry) return;
    this.#sentAtMs = performance.now();
    // The time that undici takes is ours, too; the time that a connection takes to open is not.
    if (this.opened === this.#openedBefore) this.#lagMs += this.#sentAtMs - this.#handedOverMs;
  }

  onHeaders(statusCode: number): boolean {
    this.#status = statusCode;
    if (isBodyless(statusCode)) forgetLength(this.#socket);
    return true;
  }

  onData(chunk: Buffer): boolean {
    const start = this.#receivedBytes;
    const end = start + chunk.length;
    const { match } = this.#answer;
    this.#receivedBytes = end;
    if (match === 'any') return true;
    const expected = this.#expected;
    if (this.#kept === null) {
      if (match === 'exact' && end <= expected.length) {
        if (expected.compare(chunk, 0, chunk.length, start, end) === 0) return true;
      }
      // All that came before was as expected.
      this.#kept = match === 'exact' ? [expected.subarray(0, start)] : [];
    }
    this.#kept.push(Buffer.from(chunk));
    const maxBytes = match === 'exact' ? expected.length + maxExcessBytes : maxLooseBytes;
    if (end > maxBytes) this.#giveUp('mismatch', 'the answer is far longer than the one expected');
    return true;
  }

  onComplete(): void {
    const nowMs = performance.now();
    const phase = this.#phase as Phase;
    phase.see(nowMs);
    this.#pulse.ended(true, nowMs);
    this.#abort = null;
    this.#freeSinceMs = nowMs;
    if (!this.#answer.statuses.includes(this.#status)) {
      this.#fail(
        'status',
        `status ${this.#status} instead of ${this.#answer.statuses.join(' or ')}`,
      );
    } else if (!this.#isRight()) {
      this.#fail('mismatch', 'a body other than the one expected');
    } else {
      phase.succeed(this.#which, this.#key, this.#miss, this.#sentAtMs, nowMs);
      if (phase.paced) {
        const disturbed = this.#inBacklog || phase.stalledMs > this.#stalledBeforeMs;
        phase.recordResponse(this.#dueMs, this.#lagMs, disturbed, nowMs);
      }
      this.#countedSinceMs = phase.cycle(this.#countedSinceMs, true, nowMs);
    }
    this.wake(nowMs);
  }

  onError(error: Error): void {
    if (this.#mayRetry(error)) {
      (this.#phase as Phase).retried++;
      this.#isRetry = true;
      this.#abort = null;
      this.#requestsLeft = this.#options.requestsPerConnection ?? 0;
      // undici is still busy with the connection that has gone.
      setImmediate(() => this.#client.dispatch(this.#request, this));
      return;
    }
    this.#pulse.ended(codeOf(error) !== undefined && this.#failure === null, performance.now());
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

  /**
   * A server may close a connection whenever nothing is asked on it, and the request that meets that has
   * reached nobody. It is sent once more if that can do no harm, on a fresh connection.
   */
  #mayRetry(error: Error): boolean {
    return (
      this.#failure === null &&
      !this.#isRetry &&
      this.#repeatable &&
      // A connection that was opened for it was not closed for its idleness.
      this.opened === this.#openedBefore &&
      this.#status === 0 &&
      resetCodes.has(codeOf(error) ?? '') &&
      (this.#socket?.bytesRead ?? 0) === this.#readBefore
    );
  }

  #send(key: number, phase: Phase, nowMs: number): void {
    const { message, model } = phase;
    this.#pulse.sent(nowMs);
    this.#isRetry = false;
    this.#repeatable = message.repeatable;
    this.#key = key;
    this.#which = phase.request;
    this.#write = message.writes;
    this.#miss = phase.miss;
    this.#dueMs = phase.dueMs;
    if (phase.paced) {
      // Waiting for the server to free a connection is no fault of ours, unless the backlog is; being
      // late after that is.
      const heldUpMs = phase.heldUpMs(nowMs);
      this.#lagMs = Math.max(nowMs - Math.max(phase.dueMs, this.#freeSinceMs), heldUpMs);
      this.#inBacklog = heldUpMs > 0;
      this.#stalledBeforeMs = phase.stalledMs;
    }
    this.#handedOverMs = nowMs;
    this.#openedBefore = this.opened;
    const request = this.#request;
    const exchange = phase.miss && message.missing ? message.missing : message.stored;
    const asked = phase.miss ? key % missKeys : key;
    const version = phase.miss ? 0 : message.writes ? model.beginWrite(key) : model.version(key);
    this.#version = version;
    this.#uncertain = !message.writes && !phase.miss && model.isUncertain(key);
    this.#exchange = exchange;
    this.#expected = exchange.answer.text.at(asked, version);
    request.method = message.method as Dispatcher.HttpMethod;
    request.headers = exchange.headers === null ? null : exchange.headers.at(asked, version);
    request.path = exchange.path.at(asked, version);
    request.body = exchange.body === null ? null : exchange.body.at(asked, version);
    if (this.#options.requestsPerConnection !== null) this.#countDown(request);
    this.#client.dispatch(request, this);
  }

  /** Has the last request that a connection may carry close it. */
  #countDown(request: Dispatcher.DispatchOptions): void {
    request.reset = --this.#requestsLeft <= 0;
    if (request.reset) this.#requestsLeft = this.#options.requestsPerConnection ?? 0;
  }

  get #answer(): Answer {
    return (this.#exchange as Exchange).answer;
  }

  #isRight(): boolean {
    const { match, text } = this.#answer;
    if (match === 'any') return true;
    if (match === 'exact' && this.#kept === null) {
      return this.#receivedBytes === this.#expected.length;
    }
    const body = Buffer.concat(this.#kept ?? []);
    if (isRight(match, this.#expected, body)) return true;
    if (!this.#overlapsWrite()) return false;
    const { model } = this.#phase as Phase;
    return Array.from({ length: model.versionsOf(this.#key) }, (_, version) => version).some(
      (version) => isRight(match, text.at(this.#key, version), body),
    );
  }

  /**
   * A read that overlaps a write of its key may see the value before it or after it, and after
   * writes that overlapped each other any of theirs.
   */
  #overlapsWrite(): boolean {
    if (this.#write || this.#miss) return false;
    const { model } = this.#phase as Phase;
    return (
      this.#uncertain || model.isUncertain(this.#key) || model.version(this.#key) !== this.#version
    );
  }

  #fail(kind: ErrorKind, message: string): void {
    const phase = this.#phase;
    if (!phase) return;
    const nowMs = performance.now();
    const waitedMs = nowMs - (phase.paced ? this.#dueMs : this.#sentAtMs);
    phase.fail(this.#which, this.#key, this.#request.path, kind, message, waitedMs);
    this.#countedSinceMs = phase.cycle(this.#countedSinceMs, false, nowMs);
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
