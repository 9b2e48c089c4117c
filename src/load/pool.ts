import { Connection, type ConnectionOptions } from './connection.js';
import type { Phase } from './phase.js';
import { Pulse } from './pulse.js';

/** All connections to one server. */
export interface Pool {
  /** How many connections there are. */
  readonly size: number;
  /** Puts every connection to work on the phase; resolves when the last one is done. */
  run(phase: Phase): Promise<void>;
  /** Sends what has come due, on connections that wait for it. */
  wake(nowMs: number): void;
  /** Whether every connection waits for a request that is not due yet: nothing can be answered. */
  readonly resting: boolean;
  /** Totals since the pool was made. */
  totals(): { sentBytes: number; receivedBytes: number; opened: number };
  close(): Promise<void>;
}

/** Connections that open with their first request. */
export function createPool(
  origin: string,
  count: number,
  options: Omit<ConnectionOptions, 'pulse'>,
): Pool {
  const pulse = new Pulse(options.timeoutMs);
  const parked = createQueue<Connection>(count);
  const connections = Array.from(
    { length: count },
    () => new Connection(origin, { ...options, pulse }, parked.push),
  );
  let current: Phase | null = null;
  // One timer for all: a timer a request would be a cost a request.
  const everyMs = Math.max(5, Math.min(100, options.timeoutMs / 4));
  let watchedMs = performance.now();
  const watch = setInterval(() => {
    const nowMs = performance.now();
    // After a stall of our own the answers may be in, and only not read yet.
    const wasAway = nowMs - watchedMs > 2 * everyMs;
    watchedMs = nowMs;
    if (wasAway) return;
    const isSilent = pulse.isSilent(nowMs);
    if (isSilent) current?.abandon(nowMs);
    for (const connection of connections) connection.expire(nowMs, isSilent);
  }, everyMs);

  return {
    size: count,
    async run(phase) {
      current = phase;
      pulse.begin(performance.now());
      await Promise.all(connections.map((connection) => connection.run(phase)));
    },
    wake(nowMs) {
      current?.see(nowMs);
      // Each gets its turn, oldest first, so that all connections and the workers behind them are
      // used; one that has nothing to do goes back to the end.
      while (parked.size > 0 && current !== null && nowMs >= current.nextDueMs) {
        parked.shift()?.wake(performance.now());
      }
      if (parked.size > 0) current?.cleared();
      // The schedule is over: nobody waits for anything any more.
      if (current?.nextDueMs === Number.POSITIVE_INFINITY) {
        while (parked.size > 0) parked.shift()?.wake(nowMs);
      }
    },
    get resting() {
      return parked.size === count;
    },
    totals() {
      const total = { sentBytes: 0, receivedBytes: 0, opened: 0 };
      for (const { bytes, opened } of connections) {
        total.sentBytes += bytes.sent;
        total.receivedBytes += bytes.received;
        total.opened += opened;
      }
      return total;
    },
    async close() {
      clearInterval(watch);
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}

/** A queue of bounded length in a ring: an array's `shift` would move all that is behind it. */
function createQueue<T>(capacity: number) {
  const ring: (T | undefined)[] = new Array(capacity).fill(undefined);
  let first = 0;
  let size = 0;
  return {
    get size() {
      return size;
    },
    push: (item: T) => {
      ring[(first + size++) % capacity] = item;
    },
    shift(): T | undefined {
      const item = ring[first];
      ring[first] = undefined;
      first = (first + 1) % capacity;
      size--;
      return item;
    },
  };
}
