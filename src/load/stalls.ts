/** A loop that has not been seen for so long stood still: each turn of it takes some microseconds. */
const stallMs = 0.1;

/**
 * The moments at which a generator on a schedule stood still: its process was stopped, the CPU was
 * another's, or its own work held it up. Whoever is awake says so; two sightings far apart are a stall.
 */
export class Stalls {
  #lastMs = Number.NaN;
  /** Time spent in stalls so far, ms. */
  totalMs = 0;
  /** The longest of them, ms. */
  longestMs = 0;

  /** The loop is awake. Runs many times a request: must not allocate. */
  see(nowMs: number): void {
    const awayMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (awayMs > stallMs) {
      this.totalMs += awayMs;
      if (awayMs > this.longestMs) this.longestMs = awayMs;
    }
  }

  /** A load begins: what came before is none of its stalls. */
  begin(nowMs: number): void {
    this.#lastMs = nowMs;
  }
}
