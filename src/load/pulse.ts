/** Of the time-out: less than two of them in a row, so that it ends in time. */
const silence = 1.5;

/** A pause between requests that is no silence of the server: nothing was under way. */
const pauseMs = 1000;

/** Whether a server still answers: of all its connections together. */
export class Pulse {
  readonly #timeoutMs: number;
  #underWay = 0;
  #heardMs = Number.NaN;
  #endedMs = Number.NEGATIVE_INFINITY;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** A load begins: what came before says nothing of it. */
  begin(nowMs: number): void {
    this.#heardMs = nowMs;
    this.#endedMs = nowMs;
  }

  /** A request leaves. Runs once a request: must not allocate. */
  sent(nowMs: number): void {
    if (this.#underWay++ === 0 && nowMs - this.#endedMs > pauseMs) this.#heardMs = nowMs;
  }

  /** A request has ended; `heard`: by what the server sent. Runs once a request: must not allocate. */
  ended(heard: boolean, nowMs: number): void {
    this.#underWay--;
    this.#endedMs = nowMs;
    if (heard) this.#heardMs = nowMs;
  }

  /** Whether nothing at all has come back for longer than any request is waited for. */
  isSilent(nowMs: number): boolean {
    return this.#underWay > 0 && nowMs - this.#heardMs > this.#timeoutMs * silence;
  }
}
