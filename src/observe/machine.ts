import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import type { Machine } from '../result/schema.js';

/** What machine this is: enough to tell whether two results may be compared. */
export function describeMachine(): Machine {
  const undici = createRequire(import.meta.url)('undici/package.json') as { version: string };
  return {
    platform: process.platform,
    arch: process.arch,
    kernel: os.release(),
    cpuModel: os.cpus()[0]?.model.trim() ?? 'unknown',
    cpus: allowedCpus().length,
    memoryBytes: os.totalmem(),
    nodeVersion: process.versions.node,
    undiciVersion: undici.version,
  };
}

/** Numbers of the CPUs that this process may run on. */
export function allowedCpus(): number[] {
  const list = readSelf('status')?.match(/^Cpus_allowed_list:\s*(\S+)$/m)?.[1];
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
  const limit = readSelf('limits')?.match(/^Max open files\s+(\S+)/m)?.[1];
  if (limit === undefined) return null;
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}

function readSelf(file: string): string | null {
  try {
    return readFileSync(`/proc/self/${file}`, 'utf8');
  } catch {
    return null;
  }
}
