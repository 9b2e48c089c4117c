/** A course of time in tenths of a second with these P99s, in which a collection ends at those moments. */
export function courseOf(p99Ns: number[], endsMs: readonly number[]) {
  const zeros = p99Ns.map(() => 0);
  return {
    intervalMs: 100,
    loadedMs: zeros,
    answered: zeros,
    errors: zeros,
    p50Ns: zeros,
    p90Ns: zeros,
    p99Ns,
    maxNs: p99Ns,
    cpuNs: zeros,
    rssBytes: zeros,
    gcPauses: endsMs.map((atMs) => ({ atMs, durationNs: 1 })),
  };
}
