import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { undiciVersion } from '../package.js';

/** What machine this is: enough to tell whether two results may be compared. */
export function describeMachine() {
  return {
    platform: process.platform,
    arch: process.arch,
    kernel: os.release(),
    cpuModel: os.cpus()[0]?.model.trim() ?? 'unknown',
    cpus: allowedCpus().length,
    memoryBytes: os.totalmem(),
    cpuQuota: cpuQuota(),
    governor: readText('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    virtualization: virtualization(),
    nodeVersion: process.versions.node,
    undiciVersion,
  };
}

/** CPUs' worth of time that the cgroup may use; null without a limit, or where none is to be seen. */
export function cpuQuota(): number | null {
  // Version 2 of cgroups, and version 1.
  const [quota, period] =
    readText('/sys/fs/cgroup/cpu.max')?.split(' ') ??
    ['cfs_quota_us', 'cfs_period_us'].map((file) => readText(`/sys/fs/cgroup/cpu/cpu.${file}`));
  const cpus = Number(quota) / Number(period);
  return Number.isFinite(cpus) && cpus > 0 ? cpus : null;
}

function virtualization(): string | null {
  if (existsSync('/.dockerenv') || existsSync('/run/.containerenv')) return 'container';
  const isGuest = /^flags\s*:.*\bhypervisor\b/m.test(readText('/proc/cpuinfo') ?? '');
  return isGuest ? (readText('/sys/class/dmi/id/product_name') ?? 'virtual machine') : null;
}

/** Numbers of the CPUs that this process may run on. */
export function allowedCpus(): number[] {
  const list = readText('/proc/self/status')?.match(/^Cpus_allowed_list:\s*(\S+)$/m)?.[1];
  return list ? parseCpuList(list) : Array.from({ length: os.availableParallelism() }, (_, i) => i);
}

/** `0-2,5` as [0, 1, 2, 5]: the list format of the kernel and of taskset. */
export function parseCpuList(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** How many files this process may have open, or null where that can't be told. */
export function openFileLimit(): number | null {
  const limit = readText('/proc/self/limits')?.match(/^Max open files\s+(\S+)/m)?.[1];
  if (limit === undefined) return null;
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}

/**
 * Bytes of memory that new processes can have without others being swapped out or ended: of the machine, or
 * of the cgroup if that allows less. All that the machine has where the system does not tell.
 */
export function availableMemory(read: (path: string) => string | null = readText): number {
  const kib = read('/proc/meminfo')?.match(/^MemAvailable:\s+(\d+) kB$/m)?.[1];
  const ofMachine = kib === undefined ? os.totalmem() : Number(kib) * 1024;
  return Math.max(0, Math.min(ofMachine, cgroupMemory(read) ?? ofMachine));
}

/** Bytes that the cgroup still allows; null without a limit, or where none is to be seen. */
function cgroupMemory(read: (path: string) => string | null): number | null {
  const of = (file: string) => read(`/sys/fs/cgroup/${file}`);
  // Version 2 of cgroups, and version 1.
  const limit = Number(of('memory.max') ?? of('memory/memory.limit_in_bytes'));
  if (!(limit > 0)) return null;
  const used = Number(of('memory.current') ?? of('memory/memory.usage_in_bytes'));
  const stat = of('memory.stat') ?? of('memory/memory.stat') ?? '';
  // Pages of files that nobody has read for a while are given back when others are wanted.
  const [, cached] =
    /^total_inactive_file (\d+)$/m.exec(stat) ?? /^inactive_file (\d+)$/m.exec(stat) ?? [];
  return limit - used + Number(cached ?? 0);
}

/** A file of the system without the line break at its end, or null where there is none. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch {
    return null;
  }
}
