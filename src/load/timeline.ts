import { IntervalHistogram } from '../result/interval-histogram.js';
import type { LoadInterval, Timeline } from './protocol.js';

/** What came of one target since the last time that somebody asked. */
export interface LiveFigures {
  target: string;
  /** Time under load. */
  loadedMs: number;
  answered: number;
  errors: number;
  latency: readonly number[];
}

/**
 * Counts one target's answers by the interval in which they came. Times are ms of one clock; they
 * never go back.
 */
export class TimelineRecorder {
  readonly #intervalMs: number;
  readonly #histogram = new IntervalHistogram();
  readonly #done: Omit<LoadInterval, 'loadedMs'>[] = [];
  readonly #spans: { fromMs: number; untilMs: number }[] = [];
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

  /** This target is under load from then until then. */
  addSpan(fromMs: number, untilMs: number): void {
    this.#spans.push({ fromMs, untilMs });
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
    const fromMs = this.#startMs + this.#told * this.#intervalMs;
    this.#told = this.#done.length;
    return {
      loadedMs: this.#loadedMs(fromMs, fromMs + fresh.length * this.#intervalMs),
      answered: fresh.reduce((sum, { answered }) => sum + answered, 0),
      errors: fresh.reduce((sum, { errors }) => sum + errors, 0),
      latency: IntervalHistogram.from(...fresh.map(({ latency }) => latency)).toSparse(),
    };
  }

  /** All of it, once nothing comes any more; `startedAtMs` is the start by the machine's clock. */
  finish(startedAtMs: number): Timeline {
    if (this.#histogram.total + this.#errors > 0) this.#push();
    const loadedUntilMs = Math.max(this.#startMs, ...this.#spans.map(({ untilMs }) => untilMs));
    const loaded = Math.ceil((loadedUntilMs - this.#startMs) / this.#intervalMs - 1e-6);
    while (this.#done.length < loaded) this.#push();
    return {
      startedAtMs,
      intervalMs: this.#intervalMs,
      intervals: this.#done.map((interval, index) => {
        const fromMs = this.#startMs + index * this.#intervalMs;
        return { loadedMs: this.#loadedMs(fromMs, fromMs + this.#intervalMs), ...interval };
      }),
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

  #loadedMs(fromMs: number, untilMs: number): number {
    return this.#spans.reduce(
      (sum, span) =>
        sum + Math.max(0, Math.min(untilMs, span.untilMs) - Math.max(fromMs, span.fromMs)),
      0,
    );
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
