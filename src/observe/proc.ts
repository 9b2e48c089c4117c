import { readdir, readFile, writeFile } from 'node:fs/promises';
import { statFields } from '../targets/process-tree.js';

/** What Linux counts for a process; all monotonic but RSS, `threads` and `openFiles`. */
export interface ProcessCounters {
  /** CPU time of all threads, ns. */
  cpuNs: number;
  rssBytes: number;
  /** Highest RSS since the last `resetPeakRss`, or since the process began. */
  rssPeakBytes: number;
  threads: number;
  voluntarySwitches: number;
  involuntarySwitches: number;
  /** Page faults that needed no disk, and those that did. */
  minorFaults: number;
  majorFaults: number;
  openFiles: number;
}

/**
 * Counters of a process from /proc, or null where there is none (another system, a process that
 * has ended).
 *
 * CPU is the sum over `task/*​/schedstat`, in ns: `stat` counts in ticks of 10 ms, too coarse for
 * a short trial.
 */
export async function readProcessCounters(pid: number): Promise<ProcessCounters | null> {
  try {
    const tasks = await readdir(`/proc/${pid}/task`);
    const [status, stat, openFiles, ...schedstats] = await Promise.all([
      readFile(`/proc/${pid}/status`, 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
      // Another user's process does not show them.
      readdir(`/proc/${pid}/fd`).catch(() => []),
      ...tasks.map((task) =>
        readFile(`/proc/${pid}/task/${task}/schedstat`, 'utf8').catch(() => '0'),
      ),
    ]);
    const taskStatuses = await Promise.all(
      tasks.map((task) => readFile(`/proc/${pid}/task/${task}/status`, 'utf8').catch(() => '')),
    );
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    return {
      cpuNs: sum(schedstats.map(parseSchedstatCpuNs)),
      rssBytes: statusField(status, 'VmRSS') * 1024,
      rssPeakBytes: statusField(status, 'VmHWM') * 1024,
      threads: tasks.length,
      voluntarySwitches: sum(taskStatuses.map((s) => statusField(s, 'voluntary_ctxt_switches'))),
      involuntarySwitches: sum(
        taskStatuses.map((s) => statusField(s, 'nonvoluntary_ctxt_switches')),
      ),
      ...parseFaults(stat),
      openFiles: openFiles.length,
    };
  } catch {
    return null;
  }
}

/** Counters of several processes by pid; those that have ended are left out. */
export type CountersByPid = ReadonlyMap<number, ProcessCounters>;

/** Counters of all these processes. */
export async function readCountersOf(pids: readonly number[]): Promise<CountersByPid> {
  const counters = await Promise.all(
    pids.map(async (pid) => [pid, await readProcessCounters(pid)] as const),
  );
  return new Map(counters.flatMap(([pid, read]) => (read ? [[pid, read]] : [])));
}

/**
 * What the processes of a server count together at two moments; null if none is there at the second.
 * One that began in between counts from zero. One that ended in between is in neither sum: what it
 * used after the first moment is lost, and the difference is never negative.
 */
export function sumBetween(before: CountersByPid, after: CountersByPid) {
  if (after.size === 0) return null;
  const sums = { before: { ...noCounters }, after: { ...noCounters } };
  for (const [pid, counters] of after) {
    add(sums.after, counters);
    const earlier = before.get(pid);
    // Counted less than before: a new process with the pid of one that has ended.
    if (earlier && earlier.cpuNs <= counters.cpuNs) add(sums.before, earlier);
  }
  return sums;
}

const noCounters: ProcessCounters = {
  cpuNs: 0,
  rssBytes: 0,
  rssPeakBytes: 0,
  threads: 0,
  voluntarySwitches: 0,
  involuntarySwitches: 0,
  minorFaults: 0,
  majorFaults: 0,
  openFiles: 0,
};

function add(sum: ProcessCounters, counters: ProcessCounters): void {
  for (const name of Object.keys(noCounters) as (keyof ProcessCounters)[]) {
    sum[name] += counters[name];
  }
}

/** Resident memory of a process in bytes, or null where /proc does not tell. */
export async function readRssBytes(pid: number): Promise<number | null> {
  try {
    return statusField(await readFile(`/proc/${pid}/status`, 'utf8'), 'VmRSS') * 1024;
  } catch {
    return null;
  }
}

/** CPU time of all threads of a process in ns, or null where /proc does not tell. */
export async function readCpuNs(pid: number): Promise<number | null> {
  try {
    const tasks = await readdir(`/proc/${pid}/task`);
    const each = await Promise.all(
      tasks.map((task) => readFile(`/proc/${pid}/task/${task}/schedstat`, 'utf8').catch(() => '0')),
    );
    return each.reduce((sum, text) => sum + parseSchedstatCpuNs(text), 0);
  } catch {
    return null;
  }
}

/** Makes `rssPeakBytes` start again from the present RSS; without permission it stays as it is. */
export async function resetPeakRss(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => {});
}

/** The first field of a `schedstat` file: time spent on a CPU, in ns. */
export function parseSchedstatCpuNs(text: string): number {
  return Number(text.split(' ', 1)[0]);
}

/** Page faults from a `stat` file. */
export function parseFaults(stat: string): { minorFaults: number; majorFaults: number } {
  const fields = statFields(stat);
  return { minorFaults: Number(fields[7] ?? 0), majorFaults: Number(fields[9] ?? 0) };
}

/** The number of a line `Name:  123 kB` in a `status` file; 0 if there is no such line. */
export function statusField(text: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text);
  return match ? Number(match[1]) : 0;
}
