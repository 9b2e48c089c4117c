import type { LatencyHistogram } from '../histogram.js';
import { type ErrorKind, noErrors } from './error-kinds.js';
import { requestCode } from './keys.js';
import type { Message } from './messages.js';
import type { TransferOutcome } from './protocol.js';
import type { Stalls } from './stalls.js';
import type { Share, StoreModel } from './store-model.js';
import type { TimelineRecorder } from './timeline.js';

/** In place of a key number: nothing is due yet, or nothing comes any more. */
export const waiting = -1;
export const over = -2;

export interface PhaseOptions {
  /** What is sent, by the request's place in the mix. */
  messages: readonly Message[];
  /** What the server must hold; told of every write. */
  model: StoreModel;
  /** Requests in their order (see `requestCode`). */
  sequence: Uint32Array;
  /** Where in the sequence to begin; it is then gone round for ever. Without it, once through. */
  start?: number;
  /** Drawn keys are distances from the newest, and every write adds a key. */
  latest?: boolean;
  /** Which requests of the sequence are this generator's; without it, all. */
  share?: Share;
  /** Where latencies go; without it they are not recorded. */
  recorder?: Recorder;
}

/** Latencies in integer ns. */
export interface Recorder {
  serviceTime: LatencyHistogram;
  /** From the moment in the schedule; open loop only. */
  responseTime: LatencyHistogram;
  /** How late a request was sent by our own doing; open loop only. */
  scheduleLag: LatencyHistogram;
  /** Response times less that lag, of the requests that met no stall of ours; open loop only. */
  undisturbedTime: LatencyHistogram;
  /** Null: none is kept. */
  timeline: TimelineRecorder | null;
}

/** What the connections of one stretch of load share: whose turn it is, and how it went. */
export class Phase implements TransferOutcome {
  readonly model: StoreModel;

  planned = 0;
  answered = 0;
  /** Requests of the schedule that left before their slice was over. */
  sentInWindow = 0;
  /** Open loop: time that it took to send what was due, ms; never less than the slices' length. */
  sendingMs = 0;
  /** Closed loop: right answers and time of the connections' counted cycles (see `cycle`). */
  readonly cycles = { answered: 0, connectionMs: 0 };
  /** Requests that met a stall of ours: they left in a backlog of it, or were under way in it. */
  disturbed = 0;
  /** Requests that were waited for in vain, and the least that one of them has waited, ms. */
  readonly censored = { count: 0, atLeastMs: Number.POSITIVE_INFINITY };
  /** Right answers by the request's place in the mix, misses included. */
  readonly answeredBy: number[];
  misses = 0;
  /** Requests that were sent once more on a fresh connection; each is planned once. */
  retried = 0;
  readonly errors: Record<ErrorKind, number> = noErrors();
  firstError: string | null = null;
  /** Whether the server had stopped answering at all. */
  hung = false;

  // The request that `next` has given, until it is asked again.
  request = 0;
  message: Message;
  miss = false;
  dueMs = Number.NaN;

  readonly #options: PhaseOptions;
  readonly #recorder: Recorder | null;
  #position: number;
  #untilMs = Number.POSITIVE_INFINITY;
  /** The open loop's schedule, as ms of `performance.now()`; null in a closed loop. */
  #schedule: (() => number) | null = null;
  #nextDueMs = Number.POSITIVE_INFINITY;
  #nextCode = 0;
  #giveUpMs = Number.POSITIVE_INFINITY;
  /** Connections of a closed loop whose counted cycles have not ended. */
  #counting = 0;
  /** When the last of them ended. */
  endedMs = Number.NEGATIVE_INFINITY;
  #stalls: Stalls | null = null;
  /** What the stalls had come to when nothing was last due that had not left. */
  #clearedMs = 0;
  #sliceStartMs = 0;
  #lastLeftMs = 0;

  constructor(options: PhaseOptions) {
    this.message = options.messages[0] as Message;
    this.answeredBy = options.messages.map(() => 0);
    this.model = options.model;
    this.#options = options;
    this.#recorder = options.recorder ?? null;
    this.#position = options.start ?? 0;
  }

  /** Begins a stretch of closed loop on so many connections; see `cycle` for when it ends. */
  closeAt(untilMs: number, connections: number): void {
    this.#schedule = null;
    this.#untilMs = untilMs;
    this.#counting = connections;
  }

  /**
   * Begins a stretch of open loop. What is still waiting for a free connection at `giveUpMs` is
   * never sent, and counts as unfinished.
   */
  openUntil(
    { startMs, untilMs, giveUpMs }: { startMs: number; untilMs: number; giveUpMs: number },
    schedule: () => number,
    stalls: Stalls,
  ): void {
    this.#untilMs = untilMs;
    this.#giveUpMs = giveUpMs;
    this.#schedule = schedule;
    this.#stalls = stalls;
    this.#sliceStartMs = startMs;
    this.#lastLeftMs = untilMs;
    this.cleared();
    this.#advance();
  }

  /** The slice is over, and its last answer is in. */
  endSlice(): void {
    if (this.#schedule) this.sendingMs += this.#lastLeftMs - this.#sliceStartMs;
  }

  /** Nothing is due that has not left: whatever waits from now on is not held up by past stalls. */
  cleared(): void {
    this.#clearedMs = this.#stalls?.totalMs ?? 0;
  }

  /**
   * How much of a request's wait can be our own doing, ms: without stalls of G since the backlog was
   * last empty it would have left earlier by G at the most.
   */
  heldUpMs(nowMs: number): number {
    return Math.min(nowMs - this.dueMs, this.stalledMs - this.#clearedMs);
  }

  /** The loop is awake. Runs once a request and oftener: must not allocate. */
  see(nowMs: number): void {
    this.#stalls?.see(nowMs);
  }

  /** Time spent in stalls so far, ms: a request in whose time it grew was under way in one. */
  get stalledMs(): number {
    return this.#stalls?.totalMs ?? 0;
  }

  /**
   * A request of a closed loop has ended on a connection whose time counts since then; gives since
   * when it counts now. The first request of a slice begins together with all the others, as none does
   * later, and is not counted (`sinceMs` is NaN). The counted cycles end with the first request that
   * ends after the slice, but the connection goes on until those of all others have ended, so that
   * as many requests are under way until then as ever. Thus the rate, connections × answers / time,
   * is a renewal-reward ratio without edges (Wald's identity; also Little's law).
   */
  cycle(sinceMs: number, right: boolean, nowMs: number): number {
    if (sinceMs === Number.POSITIVE_INFINITY) return sinceMs;
    if (Number.isNaN(sinceMs)) return nowMs;
    if (right) this.cycles.answered++;
    if (nowMs < this.#untilMs) return sinceMs;
    this.cycles.connectionMs += nowMs - sinceMs;
    this.#counting--;
    this.endedMs = nowMs;
    return Number.POSITIVE_INFINITY;
  }

  /** Nothing is sent any more: the server does not answer. What is left of the schedule is given up. */
  abandon(nowMs: number): void {
    this.hung = true;
    this.#untilMs = Number.NEGATIVE_INFINITY;
    this.#counting = 0;
    if (this.#schedule && this.#nextDueMs !== Number.POSITIVE_INFINITY) this.#giveUp(nowMs);
  }

  get paced(): boolean {
    return this.#schedule !== null;
  }

  /** Requests sent and ended so far: a turn of the event loop that changes it was of use. */
  get activity(): number {
    return this.planned + this.answered;
  }

  /** The moment for which the next request is planned. */
  get nextDueMs(): number {
    return this.#nextDueMs;
  }

  /** The next request's key number, `waiting` or `over`. Runs once a request: must not allocate. */
  next(nowMs: number): number {
    if (this.#schedule) {
      if (this.#nextDueMs === Number.POSITIVE_INFINITY) return over;
      if (this.hung) return this.#giveUp(nowMs);
      if (nowMs < this.#nextDueMs) {
        this.cleared();
        return waiting;
      }
      this.#lastLeftMs = Math.max(this.#lastLeftMs, nowMs);
      if (nowMs > this.#giveUpMs) return this.#giveUp(nowMs);
      this.dueMs = this.#nextDueMs;
      const code = this.#nextCode;
      if (nowMs <= this.#untilMs) this.sentInWindow++;
      this.#advance();
      return this.#begin(code);
    }
    if (nowMs >= this.#untilMs && this.#counting <= 0) return over;
    if (this.hung) return over;
    const code = this.#take();
    return code === null ? over : this.#begin(code);
  }

  /** A right answer came in. Runs once a request: must not allocate. */
  succeed(request: number, key: number, miss: boolean, sentAtMs: number, nowMs: number): void {
    this.answered++;
    this.answeredBy[request] = (this.answeredBy[request] as number) + 1;
    if (miss) this.misses++;
    if (this.#recorder) {
      const ns = toNs(nowMs - sentAtMs);
      this.#recorder.serviceTime.recordValue(ns);
      if (!this.#schedule) this.#recorder.timeline?.succeed(nowMs, ns);
    }
    if (this.#writes(request)) this.model.endWrite(key, true);
  }

  /**
   * How long the user of that request has waited, how much of it was the generator's doing, and
   * whether it met a stall of it.
   */
  recordResponse(dueMs: number, lagMs: number, disturbed: boolean, nowMs: number): void {
    if (disturbed) this.disturbed++;
    if (!this.#recorder) return;
    const ns = toNs(nowMs - dueMs);
    this.#recorder.responseTime.recordValue(ns);
    this.#recorder.timeline?.succeed(nowMs, ns);
    this.#recorder.scheduleLag.recordValue(toNs(lagMs));
    if (!disturbed) this.#recorder.undisturbedTime.recordValue(toNs(nowMs - dueMs - lagMs));
  }

  /** A request ended in any other way, after so long a wait, ms. */
  fail(
    request: number,
    key: number,
    path: string,
    kind: ErrorKind,
    message: string,
    waitedMs: number,
  ): void {
    this.errors[kind]++;
    if (kind === 'timeout') this.#censor(waitedMs);
    this.#recorder?.timeline?.fail(performance.now());
    this.firstError ??= `${this.#options.messages[request]?.method} ${path}: ${message}`;
    if (this.#writes(request)) this.model.endWrite(key, false);
  }

  outcome(): TransferOutcome {
    const { planned, answered, errors, firstError, retried, hung } = this;
    return { planned, answered, errors, firstError, retried, hung };
  }

  #writes(request: number): boolean {
    return this.#options.messages[request]?.writes === true;
  }

  #begin(code: number): number {
    this.planned++;
    this.request = requestCode.request(code);
    this.message = this.#options.messages[this.request] as Message;
    const { writes, missing } = this.message;
    this.miss = requestCode.isMiss(code) && !writes && missing !== null;
    const drawn = requestCode.key(code);
    if (!this.#options.latest || this.miss) return drawn;
    return writes ? this.model.insert() : this.model.recent(drawn);
  }

  /** The next request of one's own, or null at the end of a sequence that is gone through once. */
  #take(): number | null {
    for (;;) {
      const position = this.#position;
      const code = this.#step();
      if (code === null || this.#isOwn(code, position)) return code;
    }
  }

  /** Whatever comes next in the sequence. */
  #step(): number | null {
    const { sequence, start } = this.#options;
    if (this.#position === sequence.length) {
      if (start === undefined) return null;
      this.#position = 0;
    }
    return sequence[this.#position++] as number;
  }

  #isOwn(code: number, position: number): boolean {
    const { share, latest } = this.#options;
    if (!share) return true;
    // Distances from the newest key belong to nobody; keys do, so that one process knows its value.
    return (latest ? position : requestCode.key(code)) % share.count === share.index;
  }

  /** On to the next slot of the schedule whose request is one's own: every slot has a request. */
  #advance(): void {
    for (;;) {
      this.#nextDueMs = this.#schedule?.() ?? Number.POSITIVE_INFINITY;
      if (this.#nextDueMs === Number.POSITIVE_INFINITY) return;
      const position = this.#position;
      const code = this.#step() ?? 0;
      if (this.#isOwn(code, position)) {
        this.#nextCode = code;
        return;
      }
    }
  }

  #censor(waitedMs: number): void {
    this.censored.count++;
    this.censored.atLeastMs = Math.min(this.censored.atLeastMs, waitedMs);
  }

  #giveUp(nowMs: number): number {
    const before = this.errors.unfinished;
    while (this.#nextDueMs !== Number.POSITIVE_INFINITY) {
      this.planned++;
      this.errors.unfinished++;
      this.#censor(Math.max(0, nowMs - this.#nextDueMs));
      this.#advance();
    }
    this.#recorder?.timeline?.fail(nowMs, this.errors.unfinished - before);
    this.firstError ??= 'requests of the schedule found no free connection in time';
    return over;
  }
}

function toNs(ms: number): number {
  return Math.max(1, Math.round(ms * 1e6));
}
