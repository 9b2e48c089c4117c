/** What decides the CPU time of a process, as /proc has it at one moment. */
export interface CpuCounters {
  /** With the pid the identity of the process: clock ticks from boot to its start. */
  startTicks: number;
  parent: number;
  /** CPU time of the threads that live, ns, by their ids. */
  threads: ReadonlyMap<number, number>;
  /** Of all threads, those that have ended included, in ticks of 10 ms rounded down: ns. */
  ownNs: number;
  /** Of all children that have ended and were waited for, with theirs, in ticks: ns. */
  childrenNs: number;
  /** Page faults of threads that have ended, which shows that there are some; null: not known. */
  endedFaults: number | null;
  /** Whether it has children vanish uncounted, by ignoring SIGCHLD. */
  losesChildren: boolean;
}

/** Why the CPU time of a server can't be told. */
export const cpuUnknowns = ['ended', 'coarse'] as const;
export type CpuUnknown = (typeof cpuUnknowns)[number];

/** CPU time of a server between two moments. */
export interface CpuUse {
  /** The best that is known, ns: a lower bound if something has ended unseen. */
  cpuNs: number;
  /** `ended`: of a process that ended; `coarse`: but for ticks that are too long. Null: it is known. */
  unknown: CpuUnknown | null;
  /** Whether threads or processes have ended in between, as far as can be seen. */
  hasEnded: boolean;
}

/** What `utime`, `stime` and their like count in, on all systems that Node runs on (USER_HZ is 100). */
export const tickNs = 10_000_000;

/** Utime and stime are each rounded down, at either moment: their difference is off by less than this. */
const slackNs = 2 * tickNs;

/**
 * Two standard errors of a figure from ticks may be this share of it. They are noise of each trial alone,
 * which shows in the interval over rounds, and is halved by four of them.
 */
const precision = 0.25;

/**
 * CPU time that the processes of a server used between two moments, of which pid and start are known.
 *
 * A thread that lives counts to the ns. What has ended is in the counters of its process, and a process
 * in those of the parent that waited for it, both in ticks: each of them has an error of four
 * roundings, uniform over a tick, so that k of them have a standard error of tick × √(4k/12).
 */
export function cpuBetween(
  before: ReadonlyMap<number, CpuCounters>,
  after: ReadonlyMap<number, CpuCounters>,
): CpuUse {
  const earlier = (pid: number) => {
    const counters = before.get(pid);
    return counters?.startTicks === after.get(pid)?.startTicks ? counters : undefined;
  };
  const credited = creditEnded(before, (pid) => earlier(pid) !== undefined);
  let cpuNs = 0;
  let roundings = 0;
  let hasLost = credited.orphans;
  for (const [pid, counters] of after) {
    const last = earlier(pid);
    const own = ownBetween(last, counters);
    cpuNs += own.ns;
    if (own.isCoarse) roundings++;

    const ended = credited.to.get(pid);
    const waitedForNs = counters.childrenNs - (last?.childrenNs ?? 0);
    if (waitedForNs > 0 || ended) roundings++;
    cpuNs += Math.max(0, waitedForNs - (ended?.ns ?? 0));
    if (ended && waitedForNs + slackNs * (1 + ended.count) < ended.ns) hasLost = true;
    const isParent = ended || hasChild(before, pid) || hasChild(after, pid);
    if (counters.losesChildren && isParent) hasLost = true;
  }
  const hasEnded = hasLost || roundings > 0;
  if (hasLost) return { cpuNs, unknown: 'ended', hasEnded };
  const errorNs = tickNs * Math.sqrt((4 * roundings) / 12);
  return { cpuNs, unknown: 2 * errorNs > precision * cpuNs ? 'coarse' : null, hasEnded };
}

/** What one process used itself: to the ns, unless threads of it have ended. */
function ownBetween(before: CpuCounters | undefined, after: CpuCounters) {
  let livedNs = 0;
  for (const [thread, ns] of after.threads) {
    const earlierNs = before?.threads.get(thread) ?? 0;
    // Less than before: another thread with the same id.
    livedNs += ns >= earlierNs ? ns - earlierNs : ns;
  }
  const allNs = after.ownNs - (before?.ownNs ?? 0);
  const isGone = (thread: number) => !after.threads.has(thread);
  const isCoarse =
    [...(before?.threads.keys() ?? [])].some(isGone) ||
    allNs - livedNs > slackNs ||
    (after.endedFaults ?? 0) > (before ? (before.endedFaults ?? Number.POSITIVE_INFINITY) : 0);
  return { ns: isCoarse ? Math.max(livedNs, allNs) : livedNs, isCoarse };
}

/**
 * What processes that have ended had used before: it is in the counters of the one that waited for
 * them, and no part of what was used since. An orphan is in nobody's.
 */
function creditEnded(before: ReadonlyMap<number, CpuCounters>, lives: (pid: number) => boolean) {
  const to = new Map<number, { ns: number; count: number }>();
  let orphans = false;
  for (const [pid, counters] of before) {
    if (lives(pid)) continue;
    let { parent } = counters;
    // A parent that has ended too handed on what it had counted.
    for (let hops = before.size; hops > 0 && before.has(parent) && !lives(parent); hops--) {
      parent = before.get(parent)?.parent ?? 0;
    }
    if (!lives(parent)) {
      orphans = true;
      continue;
    }
    const { ns, count } = to.get(parent) ?? { ns: 0, count: 0 };
    const usedNs = ownBetween(undefined, counters).ns + counters.childrenNs;
    to.set(parent, { ns: ns + usedNs, count: count + 1 });
  }
  return { to, orphans };
}

function hasChild(processes: ReadonlyMap<number, CpuCounters>, pid: number): boolean {
  for (const { parent } of processes.values()) if (parent === pid) return true;
  return false;
}
