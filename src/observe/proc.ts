import { readdir, readFile, writeFile } from 'node:fs/promises';
import { statFields } from '../stat-fields.js';
import { type CpuCounters, type CpuUnknown, cpuBetween, tickNs } from './cpu.js';

/** What Linux counts for a process. */
export interface ProcessCounters extends CpuCounters {
  rssBytes: number;
  /** Highest RSS since the last `resetPeakRss`, or since the process began. */
  rssPeakBytes: number;
  /** Voluntary and not, of the threads that live. */
  contextSwitches: number;
  /** Page faults that needed no disk, and those that did, of ended threads too. */
  minorFaults: number;
  majorFaults: number;
  /** Of children that have ended and were waited for. */
  childrenMinorFaults: number;
  childrenMajorFaults: number;
  openFiles: number;
}

/** Counters of several processes by pid. */
export type CountersByPid = ReadonlyMap<number, ProcessCounters>;

/** What the processes of a server used together between two moments, and have at the second. */
export interface ServerUse {
  /** See `cpuBetween`. */
  cpuNs: number;
  cpuUnknown: CpuUnknown | null;
  rssBytes: number;
  rssPeakBytes: number;
  threads: number;
  /** Null: some were of what has ended. */
  contextSwitches: number | null;
  minorFaults: number;
  majorFaults: number;
  openFiles: number;
}

/** Null where there is no /proc, or no such process. One that has ended, and was not waited for, has counters. */
export async function readProcessCounters(pid: number): Promise<ProcessCounters | null> {
  try {
    const first = parseStat(await read(`/proc/${pid}/stat`));
    const tasks = await readdir(`/proc/${pid}/task`);
    const each = await Promise.all(tasks.map((task) => readThread(`/proc/${pid}/task/${task}`)));
    const [status, text, openFiles] = await Promise.all([
      read(`/proc/${pid}/status`),
      read(`/proc/${pid}/stat`),
      // Another user's process does not show them.
      readdir(`/proc/${pid}/fd`).catch(() => []),
    ]);
    const stat = parseStat(text);
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    const ofThreads = sum(each.map(({ minorFaults }) => minorFaults));
    return {
      ...stat,
      threads: new Map(each.map(({ cpuNs }, index) => [Number(tasks[index]), cpuNs])),
      // Read one after the other: only if none came in between do they fit together.
      endedFaults: first.minorFaults === stat.minorFaults ? stat.minorFaults - ofThreads : null,
      losesChildren: ignoresChildren(status),
      rssBytes: statusField(status, 'VmRSS') * 1024,
      rssPeakBytes: statusField(status, 'VmHWM') * 1024,
      contextSwitches: sum(each.map(({ contextSwitches }) => contextSwitches)),
      openFiles: openFiles.length,
    };
  } catch {
    return null;
  }
}

/** A thread that ends meanwhile has zeros. */
async function readThread(path: string) {
  const [schedstat, stat, status] = await Promise.all(
    ['schedstat', 'stat', 'status'].map((file) => read(`${path}/${file}`).catch(() => '')),
  );
  return {
    cpuNs: parseSchedstatCpuNs(schedstat ?? ''),
    minorFaults: stat ? parseStat(stat).minorFaults : 0,
    contextSwitches:
      statusField(status ?? '', 'voluntary_ctxt_switches') +
      statusField(status ?? '', 'nonvoluntary_ctxt_switches'),
  };
}

/** Counters of all these processes; those that are not there are left out. */
export async function readCountersOf(pids: readonly number[]): Promise<CountersByPid> {
  return byPid(pids, readProcessCounters);
}

/** The same of CPU time alone, from fewer files: whether threads have ended is not seen from faults. */
export async function readCpuOf(
  pids: readonly number[],
): Promise<ReadonlyMap<number, CpuCounters>> {
  return byPid(pids, async (pid) => {
    try {
      const stat = parseStat(await read(`/proc/${pid}/stat`));
      const tasks = await readdir(`/proc/${pid}/task`);
      const each = tasks.map(async (task) => {
        const text = await read(`/proc/${pid}/task/${task}/schedstat`).catch(() => '');
        return [Number(task), parseSchedstatCpuNs(text)] as const;
      });
      const threads = new Map(await Promise.all(each));
      return { ...stat, threads, endedFaults: null, losesChildren: false };
    } catch {
      return null;
    }
  });
}

async function byPid<T>(pids: readonly number[], read: (pid: number) => Promise<T | null>) {
  const each = await Promise.all(pids.map(async (pid) => [pid, await read(pid)] as const));
  return new Map(each.flatMap(([pid, counters]) => (counters ? [[pid, counters] as const] : [])));
}

/** What the processes of a server used together between two moments; null if none is there at the second. */
export function usedBetween(before: CountersByPid, after: CountersByPid): ServerUse | null {
  if (after.size === 0) return null;
  const { cpuNs, unknown, hasEnded } = cpuBetween(before, after);
  const sum = (read: (counters: ProcessCounters) => number, of: CountersByPid = after) =>
    [...of.values()].reduce((total, counters) => total + read(counters), 0);
  // What ended has handed its counts on, with those from before.
  const since = (read: (counters: ProcessCounters) => number) =>
    Math.max(0, sum(read) - sum(read, before));
  return {
    cpuNs,
    cpuUnknown: unknown,
    rssBytes: sum((c) => c.rssBytes),
    rssPeakBytes: sum((c) => c.rssPeakBytes),
    threads: sum((c) => c.threads.size),
    contextSwitches: hasEnded ? null : since((c) => c.contextSwitches),
    minorFaults: since((c) => c.minorFaults + c.childrenMinorFaults),
    majorFaults: since((c) => c.majorFaults + c.childrenMajorFaults),
    openFiles: sum((c) => c.openFiles),
  };
}

/** Resident memory of a process in bytes, or null where /proc does not tell. */
export async function readRssBytes(pid: number): Promise<number | null> {
  try {
    return statusField(await read(`/proc/${pid}/status`), 'VmRSS') * 1024;
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

/** The fields of a `stat` file that are counted (see proc(5)). */
export function parseStat(text: string) {
  const fields = statFields(text).map(Number);
  const at = (field: number) => fields[field - 3] ?? 0;
  return {
    parent: at(4),
    minorFaults: at(10),
    childrenMinorFaults: at(11),
    majorFaults: at(12),
    childrenMajorFaults: at(13),
    ownNs: (at(14) + at(15)) * tickNs,
    childrenNs: (at(16) + at(17)) * tickNs,
    startTicks: at(22),
  };
}

/** Whether SIGCHLD, which is 17 where Node runs on Linux, is ignored: nobody then waits for children. */
export function ignoresChildren(status: string): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> 16n) & 1n) === 1n;
}

/** The number of a line `Name:  123 kB` in a `status` file; 0 if there is no such line. */
export function statusField(text: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text);
  return match ? Number(match[1]) : 0;
}

function read(path: string): Promise<string> {
  return readFile(path, 'utf8');
}
