/** How long it has taken, and whether so much more would be too long. */
export interface Stopwatch {
  ms(): number;
  isTooLong(moreMs: number): boolean;
}

/** Started now; a limit of null is never too long. */
export function stopwatch(limitMs: number | null): Stopwatch {
  const startMs = performance.now();
  const ms = () => performance.now() - startMs;
  return { ms, isTooLong: (moreMs) => limitMs !== null && ms() + moreMs > limitMs };
}
