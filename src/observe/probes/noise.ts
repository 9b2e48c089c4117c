import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { cpuBetween } from '../cpu.js';
import { allowedCpus } from '../machine.js';
import { probe } from '../probe.js';
import { readCpuOf } from '../proc.js';

const share = z.number().min(0).max(1);

const noiseSchema = z
  .strictObject({
    stealShare: share.describe("of the CPUs' time, what the hypervisor gave to others"),
    othersShare: share.describe('CPU of processes other than servers and generator'),
    pressureShare: share.nullable().describe('time in which some task waited for a CPU'),
  })
  .nullable()
  .describe('of the machine during the trial, which targets share; null where unknown');

/** How disturbed the machine was, of which all servers had the same. */
export const noise = probe({
  trial: { noise: noiseSchema },
  series: {},

  async start(servers) {
    const cpus = allowedCpus();
    // In the same order both times, so that what reading takes cancels out.
    const read = async () => ({
      machine: await readMachineCounters(cpus),
      servers: await readCpuOf(servers.flatMap((server) => server.pids())),
      ourMs: ourCpuMs(),
      atMs: performance.now(),
    });
    const before = await read();
    return {
      async stop() {
        const after = await read();
        const reading = {
          before: before.machine,
          after: after.machine,
          elapsedMs: after.atMs - before.atMs,
          ownCpuMs:
            after.ourMs - before.ourMs + cpuBetween(before.servers, after.servers).cpuNs / 1e6,
        };
        return servers.map(() => reading);
      },
    };
  },

  facts({ before, after, elapsedMs, ownCpuMs }, _, all) {
    const generatorCpuMs = all.reduce((sum, { generator }) => sum + generator.cpuUs / 1000, 0);
    const own = { ownCpuMs: ownCpuMs + generatorCpuMs, elapsedMs };
    return { noise: before && after && noiseBetween(before, after, own) };
  },

  course: () => ({}),
});

/** Of this process: the generator has others. */
function ourCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

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
): z.infer<typeof noiseSchema> {
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
