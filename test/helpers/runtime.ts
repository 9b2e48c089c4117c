/** What a server counts. */
export const counters = { connections: 1, gets: 5, misses: 2, posts: 3, others: 0 };

/** What Go says of itself. */
export const go = {
  gcCycles: 3,
  gcPauses: [
    [1000, 2],
    [5000, 1],
  ] as [number, number][],
  gcCpuNs: 100,
  markAssistCpuNs: 10,
  schedLatencies: [] as [number, number][],
  heapLiveBytes: 7,
  heapGoalBytes: 14,
  allocatedBytes: 1000,
  allocatedObjects: 50,
  goroutines: 9,
};

/** What Rust says of itself. */
export const rust = {
  tokio: {
    workers: [
      { busyNs: 10, parks: 1 },
      { busyNs: null, parks: null },
    ],
    aliveTasks: null,
  },
  allocator: { inUseBytes: 4, freeBytes: 3, arenaBytes: 7, mmappedBytes: 0 },
};
