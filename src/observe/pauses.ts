import type { RuntimeSnapshot } from './runtime.js';

/** Go keeps the last 256 cycles: of one that collects 100 times a second none is lost so. */
const askEveryMs = 2000;

/** Stops of the world of a server in Go: their length in ns by the end of the cycle, in ms since the epoch. */
export type Pauses = Map<number, number>;

/**
 * Asks a server for its pauses now and then, so that a long trial loses none: about 0.1 ms of its
 * CPU each time. The function it gives ends that and tells what was heard.
 */
export function collectPauses(ask: () => Promise<RuntimeSnapshot | null>): () => Pauses {
  const pauses: Pauses = new Map();
  const timer = setInterval(
    () => void ask().then((snapshot) => keepPauses(pauses, snapshot)),
    askEveryMs,
  );
  return () => {
    clearInterval(timer);
    return pauses;
  };
}

/** Adds those that a snapshot tells of. */
export function keepPauses(pauses: Pauses, snapshot: RuntimeSnapshot | null): void {
  for (const [endUs, ns] of snapshot?.go?.recentPauses ?? []) pauses.set(endUs / 1000, ns);
}
