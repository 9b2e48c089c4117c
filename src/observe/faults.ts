import { readFile } from 'node:fs/promises';
import { hrtimeMs } from '../hrtime.js';
import type { Intervals } from './probe.js';
import { parseStat } from './proc.js';

/** How many minor page faults the processes of a server have had together at a moment. */
export interface FaultSample {
  /** Of `process.hrtime`. */
  atMs: number;
  /** Since the first sample. */
  faults: number;
}

/** Often enough to tell tenths of a second apart; each costs a small file of /proc a process. */
const everyMs = 20;

/**
 * Counts the minor page faults of a server's processes until told to stop: each is a page that the kernel
 * gives it, mostly for memory that its allocator has just asked for. No samples where there is no /proc.
 */
export function sampleFaults(pids: () => readonly number[]): () => FaultSample[] {
  const samples: FaultSample[] = [];
  let last: ReadonlyMap<number, number> = new Map();
  let faults = 0;
  const sample = async () => {
    const each = await Promise.all(pids().map(async (pid) => [pid, await faultsOf(pid)] as const));
    const now = new Map(each.flatMap(([pid, count]) => (count === null ? [] : [[pid, count]])));
    if (now.size === 0) return;
    // What a process had before it was first seen is from before, or its parent's.
    for (const [pid, count] of now) faults += Math.max(0, count - (last.get(pid) ?? count));
    last = now;
    samples.push({ atMs: hrtimeMs(), faults });
  };
  const timer = setInterval(() => void sample(), everyMs);
  void sample();
  return () => {
    clearInterval(timer);
    return samples;
  };
}

async function faultsOf(pid: number): Promise<number | null> {
  try {
    return parseStat(await readFile(`/proc/${pid}/stat`, 'utf8')).minorFaults;
  } catch {
    return null;
  }
}

/** Faults in each interval, interpolated at its borders; null where nothing is known of it. */
export function faultsByInterval(
  samples: readonly FaultSample[],
  { startedAtMs, intervalMs, count }: Intervals,
): (number | null)[] {
  const borders = Array.from({ length: count + 1 }, (_, index) =>
    faultsAt(samples, startedAtMs + index * intervalMs),
  );
  return borders.slice(1).map((until, index) => {
    const from = borders[index] ?? null;
    return from === null || until === null ? null : until - from;
  });
}

/** Null before the first sample and after the last. */
function faultsAt(samples: readonly FaultSample[], atMs: number): number | null {
  const next = samples.findIndex((sample) => sample.atMs >= atMs);
  const after = samples[next];
  if (!after) return null;
  if (after.atMs === atMs) return after.faults;
  const before = samples[next - 1];
  if (!before) return null;
  const share = (atMs - before.atMs) / (after.atMs - before.atMs);
  return before.faults + share * (after.faults - before.faults);
}
