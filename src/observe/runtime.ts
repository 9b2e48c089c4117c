import * as z from 'zod';

const count = z.int().min(0);
/** [upper bound in ns, how often since the start], of the buckets that are not empty. */
const bucketsSchema = z.array(z.tuple([count, count]));

const goSchema = z.object({
  gcCycles: count,
  gcPauses: bucketsSchema,
  /** [end in µs since the epoch, total of the cycle in ns], the newest 256 cycles. */
  recentPauses: z.array(z.tuple([count, count])).optional(),
  gcCpuNs: count,
  markAssistCpuNs: count,
  schedLatencies: bucketsSchema,
  heapLiveBytes: count,
  // With GOGC=off and no limit of memory it is beyond the integers that JavaScript tells apart.
  heapGoalBytes: z.number().min(0),
  allocatedBytes: count,
  allocatedObjects: count,
  goroutines: count,
  stackBytes: count.optional(),
});

const rustSchema = z.object({
  tokio: z.object({
    workers: z.array(z.object({ busyNs: count.nullable(), parks: count.nullable() })),
    aliveTasks: count.nullable(),
  }),
  allocator: z
    .object({ inUseBytes: count, freeBytes: count, arenaBytes: count, mmappedBytes: count })
    .nullable(),
});

const countersSchema = z.object({
  connections: count,
  gets: count,
  misses: count,
  posts: count,
  others: count,
});

const snapshotSchema = z.object({
  counters: countersSchema.optional(),
  go: goSchema.optional(),
  rust: rustSchema.optional(),
});

/** What a server says about itself at one moment. */
export type RuntimeSnapshot = z.infer<typeof snapshotSchema>;
type Buckets = z.infer<typeof bucketsSchema>;

const answerTimeoutMs = 2000;
const maxAnswerBytes = 1 << 20;

/** Asks a server's admin port; null if it has none, does not say in time, or says something else. */
export async function readRuntime(
  adminOrigin: string | null,
  timeoutMs = answerTimeoutMs,
): Promise<RuntimeSnapshot | null> {
  if (adminOrigin === null) return null;
  // Not before: reading a result loads this file, too. The bundler gives such an import its default alone.
  const { Client } = (await import('undici')).default;
  const client = new Client(adminOrigin, {
    connectTimeout: timeoutMs,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: maxAnswerBytes,
  });
  try {
    const { statusCode, body } = await client.request({ method: 'GET', path: '/runtime' });
    const parsed = snapshotSchema.safeParse(await body.json());
    return statusCode === 200 && parsed.success ? parsed.data : null;
  } catch {
    return null;
  } finally {
    await client.destroy();
  }
}

export type RuntimeFacts = ReturnType<typeof runtimeBetween>;

/** What came between two snapshots of one server. */
export function runtimeBetween(before: RuntimeSnapshot | null, after: RuntimeSnapshot | null) {
  return {
    counted: countersBetween(before?.counters, after?.counters),
    go: goBetween(before?.go, after?.go),
    rust: rustBetween(before?.rust, after?.rust),
  };
}

type Maybe<T> = T | undefined;

function countersBetween(
  before: Maybe<z.infer<typeof countersSchema>>,
  after: Maybe<z.infer<typeof countersSchema>>,
) {
  if (!before || !after) return null;
  return {
    connections: since(before.connections, after.connections),
    gets: since(before.gets, after.gets),
    misses: since(before.misses, after.misses),
    posts: since(before.posts, after.posts),
    others: since(before.others, after.others),
  };
}

function goBetween(
  before: Maybe<z.infer<typeof goSchema>>,
  after: Maybe<z.infer<typeof goSchema>>,
) {
  if (!before || !after) return null;
  return {
    gcCycles: since(before.gcCycles, after.gcCycles),
    gcPauses: describeBuckets(bucketsBetween(before.gcPauses, after.gcPauses)),
    gcCpuNs: since(before.gcCpuNs, after.gcCpuNs),
    markAssistCpuNs: since(before.markAssistCpuNs, after.markAssistCpuNs),
    schedLatencies: describeBuckets(bucketsBetween(before.schedLatencies, after.schedLatencies)),
    allocatedBytes: since(before.allocatedBytes, after.allocatedBytes),
    allocatedObjects: since(before.allocatedObjects, after.allocatedObjects),
    heapLiveBytes: after.heapLiveBytes,
    heapGoalBytes: after.heapGoalBytes,
    goroutines: after.goroutines,
  };
}

function rustBetween(
  before: Maybe<z.infer<typeof rustSchema>>,
  after: Maybe<z.infer<typeof rustSchema>>,
) {
  if (!before || !after) return null;
  const total = (snapshot: typeof after, key: 'busyNs' | 'parks') =>
    snapshot.tokio.workers.reduce((sum, worker) => sum + (worker[key] ?? 0), 0);
  return {
    workers: after.tokio.workers.length,
    busyNs: since(total(before, 'busyNs'), total(after, 'busyNs')),
    parks: since(total(before, 'parks'), total(after, 'parks')),
    aliveTasks: after.tokio.aliveTasks,
    allocator: after.allocator,
  };
}

function since(before: number, after: number): number {
  return Math.max(0, after - before);
}

function bucketsBetween(before: Buckets, after: Buckets): Buckets {
  // The last bucket, which has no upper bound, stands under the bound of the one before it.
  const added = new Map<number, number>();
  const add = (upperNs: number, seen: number) =>
    added.set(upperNs, (added.get(upperNs) ?? 0) + seen);
  for (const [upperNs, seen] of after) add(upperNs, seen);
  for (const [upperNs, seen] of before) add(upperNs, -seen);
  return [...added].filter(([, seen]) => seen > 0).sort(([a], [b]) => a - b);
}

/** Count and upper bounds: of the median, of 99 in 100, and of the longest. */
function describeBuckets(buckets: Buckets) {
  const total = buckets.reduce((sum, [, seen]) => sum + seen, 0);
  const at = (share: number) => {
    let seenSoFar = 0;
    for (const [upperNs, seen] of buckets) {
      seenSoFar += seen;
      if (seenSoFar >= share * total) return upperNs;
    }
    return 0;
  };
  return { count: total, p50Ns: at(0.5), p99Ns: at(0.99), maxNs: at(1) };
}
