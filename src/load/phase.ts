import type { Operation } from '../config/schema.js';
import type { LatencyHistogram } from '../result/histogram.js';
import { type ErrorKind, noErrors } from '../result/schema.js';
import type { TransferOutcome } from './protocol.js';
import type { StoreModel } from './store-model.js';

interface PhaseOptions {
  operation: Operation;
  /** Request path by key number. */
  paths: readonly string[];
  /** What the server must hold; told of every write. */
  model: Pick<StoreModel, 'expected' | 'beginWrite' | 'endWrite'>;
  /** Which keys, in which order. */
  sequence: Uint32Array;
  /** Go round the sequence until this moment of `performance.now()`; without it, go through once. */
  untilMs?: number;
  latencies?: LatencyHistogram;
}

/** What the connections of one stretch of load share: whose turn it is, and how it went. */
export class Phase implements TransferOutcome {
  readonly operation: Operation;
  readonly paths: readonly string[];
  readonly model: PhaseOptions['model'];

  planned = 0;
  answered = 0;
  answeredInWindow = 0;
  readonly errors: Record<ErrorKind, number> = noErrors();
  firstError: string | null = null;

  readonly #sequence: Uint32Array;
  readonly #untilMs: number | null;
  readonly #latencies: LatencyHistogram | null;
  #position = 0;

  constructor(options: PhaseOptions) {
    this.operation = options.operation;
    this.paths = options.paths;
    this.model = options.model;
    this.#sequence = options.sequence;
    this.#untilMs = options.untilMs ?? null;
    this.#latencies = options.latencies ?? null;
  }

  /** The next request's key number, or -1 when the phase is over. */
  nextKey(nowMs: number): number {
    if (this.#untilMs === null) {
      if (this.#position === this.#sequence.length) return -1;
    } else {
      if (nowMs >= this.#untilMs) return -1;
      if (this.#position === this.#sequence.length) this.#position = 0;
    }
    this.planned++;
    return this.#sequence[this.#position++] as number;
  }

  /** A right answer came in. Runs once a request: it must not allocate. */
  succeed(key: number, sentAtMs: number, nowMs: number): void {
    this.answered++;
    if (this.#untilMs !== null && nowMs <= this.#untilMs) this.answeredInWindow++;
    this.#latencies?.recordValue(Math.max(1, Math.round((nowMs - sentAtMs) * 1e6)));
    if (this.operation === 'post') this.model.endWrite(key, true);
  }

  /** A request ended in any other way. */
  fail(key: number, kind: ErrorKind, message: string): void {
    this.errors[kind]++;
    this.firstError ??= `${this.operation.toUpperCase()} ${this.paths[key]}: ${message}`;
    if (this.operation === 'post') this.model.endWrite(key, false);
  }

  outcome(): TransferOutcome {
    const { planned, answered, errors, firstError } = this;
    return { planned, answered, errors, firstError };
  }
}
