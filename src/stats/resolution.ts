/** So many requests must lie above a percentile for it to be more than the slowest few. */
const above = 10;

/**
 * How many requests a percentile needs to be a figure of its own: with fewer than ten above it, it is
 * the maximum, or next to it (72 requests have no P99). 50 needs 20, 99 needs 1,000.
 */
export function requestsFor(percentile: number): number {
  return Math.round(above / (1 - percentile / 100));
}

/** Whether so many requests can tell that percentile. */
export function resolves(percentile: number, requests: number): boolean {
  return requests >= requestsFor(percentile);
}
