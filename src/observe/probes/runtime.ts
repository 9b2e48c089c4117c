import * as z from 'zod';
import { hrtimeMs } from '../../hrtime.js';
import { type ProbedServer, probe } from '../probe.js';
import { type RuntimeSnapshot, readRuntime, runtimeBetween } from '../runtime.js';

const count = z.int().min(0);
const amount = z.number().min(0);

const bucketsSchema = z
  .strictObject({ count, p50Ns: amount, p99Ns: amount, maxNs: amount })
  .describe('upper bounds of the buckets of the runtime');

const runtimeSchema = z
  .strictObject({
    counted: z
      .strictObject({ connections: count, gets: count, misses: count, posts: count, others: count })
      .nullable()
      .describe("the server's own counters"),
    go: z
      .strictObject({
        gcCycles: count,
        gcPauses: bucketsSchema,
        gcCpuNs: amount,
        markAssistCpuNs: amount,
        schedLatencies: bucketsSchema,
        allocatedBytes: amount,
        allocatedObjects: amount,
        heapLiveBytes: amount.describe('at the end'),
        heapGoalBytes: amount.describe('at the end'),
        goroutines: count.describe('at the end'),
      })
      .nullable(),
    rust: z
      .strictObject({
        workers: count,
        busyNs: amount.describe('of all workers of tokio'),
        parks: amount,
        aliveTasks: count.nullable().describe('at the end'),
        allocator: z
          .object({
            inUseBytes: amount,
            freeBytes: amount,
            arenaBytes: amount,
            mmappedBytes: amount,
          })
          .nullable()
          .describe('at the end'),
      })
      .nullable(),
  })
  .describe('from the admin port: what came between the start and the end of the trial');

const gcPausesSchema = z
  .array(z.strictObject({ atMs: amount, durationNs: amount }))
  .nullable()
  .describe("stops of the world of Go's collector, by ms from the start; null: not told");

/** Go keeps the last 256 cycles: of one that collects 100 times a second none is lost so. */
const askEveryMs = 2000;

/** Stops of the world of a server in Go: their length in ns by the end of the cycle, in ms since the epoch. */
type Pauses = Map<number, number>;

/** What servers say of themselves, and the pauses of a collector. */
export const runtime = probe({
  trial: { runtime: runtimeSchema },
  series: { gcPauses: gcPausesSchema },

  async start(servers) {
    const read = () => Promise.all(servers.map(({ adminOrigin }) => readRuntime(adminOrigin)));
    const before = await read();
    const listening = servers.map((server, index) => {
      // One without any is left alone while it is loaded.
      return tellsPauses(before[index]) ? listenForPauses(server) : null;
    });
    return {
      async stop() {
        const heard = listening.map((stop) => stop?.() ?? new Map());
        const after = await read();
        // By it, moments of `process.hrtime` are those of the epoch.
        const epochMs = performance.timeOrigin + performance.now() - hrtimeMs();
        return heard.map((pauses: Pauses, index) => {
          const [first = null, last = null] = [before[index], after[index]];
          keepPauses(pauses, last);
          return { first, last, pauses: tellsPauses(last) ? pauses : null, epochMs };
        });
      },
      cancel() {
        for (const stop of listening) stop?.();
      },
    };
  },

  facts: ({ first, last }) => ({ runtime: runtimeBetween(first, last) }),

  course({ pauses, epochMs }, { startedAtMs, intervalMs, count }) {
    const fromMs = epochMs + startedAtMs;
    const untilMs = fromMs + count * intervalMs;
    return {
      gcPauses:
        pauses &&
        [...pauses]
          .filter(([endMs]) => endMs >= fromMs && endMs < untilMs)
          .sort(([a], [b]) => a - b)
          .map(([endMs, durationNs]) => ({
            atMs: Math.round((endMs - fromMs) * 1000) / 1000,
            durationNs,
          })),
    };
  },
});

function tellsPauses(snapshot: RuntimeSnapshot | null | undefined): boolean {
  return snapshot?.go?.recentPauses !== undefined;
}

/**
 * Asks a server for its pauses now and then, so that a long trial loses none: about 0.1 ms of its
 * CPU each time. The function it gives ends that and tells what was heard.
 */
function listenForPauses({ adminOrigin }: ProbedServer): () => Pauses {
  const pauses: Pauses = new Map();
  const timer = setInterval(
    () => void readRuntime(adminOrigin).then((snapshot) => keepPauses(pauses, snapshot)),
    askEveryMs,
  );
  return () => {
    clearInterval(timer);
    return pauses;
  };
}

/** Adds those that a snapshot tells of. */
function keepPauses(pauses: Pauses, snapshot: RuntimeSnapshot | null): void {
  for (const [endUs, ns] of snapshot?.go?.recentPauses ?? []) pauses.set(endUs / 1000, ns);
}
