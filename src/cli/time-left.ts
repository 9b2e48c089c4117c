/**
 * How long rounds still take. What they take besides load (starting, filling, saving, waiting for a busy
 * machine) is guessed beforehand, and from the first block on known by those that are done. Times in ms.
 */
export class TimeLeft {
  readonly #loadMs: number;
  /** Time on the clock for each of load. */
  #pace: number;
  #startedMs: number | null = null;
  /** When the pace was last known, and how much load was done then. */
  #mark = { atMs: 0, doneMs: 0 };

  /** Of so much load in all, which is expected to take so long on the clock. */
  constructor(loadMs: number, expectedMs: number) {
    this.#loadMs = loadMs;
    this.#pace = expectedMs / loadMs;
  }

  /** Rounds begin, now expected to take so long; what came before them, none of them has. */
  begin(nowMs: number, expectedMs: number): void {
    this.#pace = expectedMs / this.#loadMs;
    this.#startedMs = nowMs;
    this.#mark = { atMs: nowMs, doneMs: 0 };
  }

  /** So much load is done, and the servers that had it have ended. */
  blockEnded(nowMs: number, doneMs: number): void {
    if (this.#startedMs === null || doneMs <= this.#mark.doneMs) return;
    this.#pace = (nowMs - this.#startedMs) / doneMs;
    this.#mark = { atMs: nowMs, doneMs };
  }

  /** When so much load is done, that of the block under way counted; never less than the load that is left. */
  at(nowMs: number, doneMs: number): number {
    const { atMs, doneMs: markedMs } = this.#mark;
    const sinceMs = this.#startedMs === null ? 0 : nowMs - atMs;
    const leftMs = (this.#loadMs - markedMs) * this.#pace - sinceMs;
    return Math.max(0, leftMs, this.#loadMs - doneMs);
  }
}
