import { readFile } from 'node:fs/promises';

/** What the machine has counted since it started, of the CPUs that are asked about. */
export interface MachineCounters {
  /** Time that the hypervisor gave to others, ms. */
  stealMs: number;
  /** Time in which anything ran, user and kernel, ms. */
  busyMs: number;
  /** All time of those CPUs, ms. */
  totalMs: number;
  /** Time in which some task waited for a CPU, ms; null where the kernel does not count it. */
  pressureMs: number | null;
}

/** How disturbed the machine was during a trial; shares are of the CPUs' time, 0 to 1. */
export interface Noise {
  stealShare: number;
  /** CPU of processes that are neither the servers nor the generator. */
  othersShare: number;
  /** Share of the time in which some task, of ours too, waited for a CPU; null if unknown. */
  pressureShare: number | null;
}

/** From /proc/stat and /proc/pressure, or null where there is none. `stat` has ticks of 10 ms. */
export async function readMachineCounters(
  cpus: readonly number[],
): Promise<MachineCounters | null> {
  try {
    const [stat, pressure] = await Promise.all([
      readFile('/proc/stat', 'utf8'),
      readFile('/proc/pressure/cpu', 'utf8').catch(() => ''),
    ]);
    return parseMachineCounters(stat, pressure, cpus);
  } catch {
    return null;
  }
}

/** The texts of `/proc/stat` and `/proc/pressure/cpu`; a tick is 10 ms on every Linux we know. */
export function parseMachineCounters(
  stat: string,
  pressure: string,
  cpus: readonly number[],
): MachineCounters {
  const wanted = new Set(cpus.map((cpu) => `cpu${cpu}`));
  const counters = { stealMs: 0, busyMs: 0, totalMs: 0 };
  for (const line of stat.split('\n')) {
    const [name = '', ...fields] = line.split(/\s+/);
    if (!wanted.has(name)) continue;
    // Guest time is part of user time already.
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] =
      fields.map((field) => Number(field) * 10);
    const busyMs = user + nice + system + irq + softirq;
    counters.stealMs += steal;
    counters.busyMs += busyMs;
    counters.totalMs += busyMs + idle + iowait + steal;
  }
  const waitedUs = /^some .*total=(\d+)/m.exec(pressure)?.[1];
  return { ...counters, pressureMs: waitedUs === undefined ? null : Number(waitedUs) / 1000 };
}

/** What happened between two readings, `ownCpuMs` of which was used by servers and generator. */
export function noiseBetween(
  before: MachineCounters,
  after: MachineCounters,
  { ownCpuMs, elapsedMs }: { ownCpuMs: number; elapsedMs: number },
): Noise | null {
  const totalMs = after.totalMs - before.totalMs;
  // Shorter than a few ticks there is nothing to divide by.
  if (totalMs <= 0) return null;
  const share = (ms: number) => Math.min(1, Math.max(0, ms / totalMs));
  return {
    stealShare: share(after.stealMs - before.stealMs),
    othersShare: share(after.busyMs - before.busyMs - ownCpuMs),
    pressureShare:
      before.pressureMs === null || after.pressureMs === null
        ? null
        : Math.min(1, (after.pressureMs - before.pressureMs) / elapsedMs),
  };
}
