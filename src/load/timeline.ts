import { IntervalHistogram } from '../interval-histogram.js';
import type { LiveFigures, LoadInterval, Timeline } from './protocol.js';

/**
 * Counts one target's answers by the interval in which they came. Times are ms of one clock; they
 * never go back.
 */
export class TimelineRecorder {
  readonly #intervalMs: number;
  readonly #histogram = new IntervalHistogram();
  readonly #done: Omit<LoadInterval, 'loadedMs'>[] = [];
  /** Time under load, by interval. */
  readonly #loadedMs: number[] = [];
  #startMs = 0;
  #endMs = Number.POSITIVE_INFINITY;
  #errors = 0;
  #told = 0;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** The stretch begins, for whichever target; called again, it does nothing. */
  begin(startMs: number): void {
    if (this.#endMs !== Number.POSITIVE_INFINITY) return;
    this.#startMs = startMs;
    this.#endMs = startMs + this.#intervalMs;
  }

  /** This target is under load from then until then, after all that came before. */
  addSpan(fromMs: number, untilMs: number): void {
    const startOf = (index: number) => this.#startMs + index * this.#intervalMs;
    const first = Math.floor((fromMs - this.#startMs) / this.#intervalMs);
    // What is over an interval's end by rounding alone does not begin another.
    const end = Math.ceil((untilMs - this.#startMs) / this.#intervalMs - 1e-6);
    for (let index = this.#loadedMs.length; index < first; index++) this.#loadedMs.push(0);
    for (let index = first; index < end; index++) {
      const overlapMs = Math.min(untilMs, startOf(index + 1)) - Math.max(fromMs, startOf(index));
      this.#loadedMs[index] = (this.#loadedMs[index] ?? 0) + Math.max(0, overlapMs);
    }
  }

  /** Runs once a request: must not allocate but when an interval ends. */
  succeed(nowMs: number, ns: number): void {
    if (nowMs >= this.#endMs) this.#advance(nowMs);
    this.#histogram.record(ns);
  }

  fail(nowMs: number, count = 1): void {
    if (nowMs >= this.#endMs) this.#advance(nowMs);
    this.#errors += count;
  }

  /** The intervals that ended since the last call, as one; null if none did. */
  takeLive(nowMs: number): Omit<LiveFigures, 'target'> | null {
    if (nowMs >= this.#endMs) this.#advance(nowMs);
    const fresh = this.#done.slice(this.#told);
    if (fresh.length === 0) return null;
    const loadedMs = this.#loadedMs.slice(this.#told, this.#done.length);
    this.#told = this.#done.length;
    return {
      loadedMs: loadedMs.reduce((sum, ms) => sum + ms, 0),
      answered: fresh.reduce((sum, { answered }) => sum + answered, 0),
      errors: fresh.reduce((sum, { errors }) => sum + errors, 0),
      latency: IntervalHistogram.from(...fresh.map(({ latency }) => latency)).toSparse(),
    };
  }

  /** All of it, once nothing comes any more; `startedAtMs` is the start by the machine's clock. */
  finish(startedAtMs: number): Timeline {
    if (this.#histogram.total + this.#errors > 0) this.#push();
    while (this.#done.length < this.#loadedMs.length) this.#push();
    return {
      startedAtMs,
      intervalMs: this.#intervalMs,
      intervals: this.#done.map((interval, index) => ({
        loadedMs: this.#loadedMs[index] ?? 0,
        ...interval,
      })),
    };
  }

  #advance(nowMs: number): void {
    while (nowMs >= this.#endMs) this.#push();
  }

  #push(): void {
    this.#done.push({
      answered: this.#histogram.total,
      errors: this.#errors,
      latency: this.#histogram.total > 0 ? this.#histogram.toSparse() : [],
    });
    if (this.#histogram.total > 0) this.#histogram.reset();
    this.#errors = 0;
    this.#endMs += this.#intervalMs;
  }
}

/** The timelines of several generators as one: counts add up. */
export function mergeTimelines(parts: readonly (Timeline | null)[]): Timeline | null {
  const present = parts.filter((part) => part !== null);
  const [first] = present;
  if (!first) return null;
  const length = Math.max(...present.map(({ intervals }) => intervals.length));
  return {
    startedAtMs: Math.min(...present.map(({ startedAtMs }) => startedAtMs)),
    intervalMs: first.intervalMs,
    intervals: Array.from({ length }, (_, index) =>
      mergeIntervals(present.flatMap(({ intervals }) => intervals[index] ?? [])),
    ),
  };
}

/** Adds up what several generators did at the same time. */
export function mergeIntervals(parts: readonly LoadInterval[]): LoadInterval {
  return {
    loadedMs: Math.max(0, ...parts.map(({ loadedMs }) => loadedMs)),
    answered: parts.reduce((sum, { answered }) => sum + answered, 0),
    errors: parts.reduce((sum, { errors }) => sum + errors, 0),
    latency: IntervalHistogram.from(...parts.map(({ latency }) => latency)).toSparse(),
  };
}
