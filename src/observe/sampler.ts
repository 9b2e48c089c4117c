import { hrtimeMs } from '../hrtime.js';
import { median } from '../median.js';
import { type CpuCounters, cpuBetween } from './cpu.js';
import type { Intervals } from './probe.js';
import { readCpuOf, readRssBytes } from './proc.js';

/** What the processes of a server had used together at a moment. */
export interface UsageSample {
  /** Of `process.hrtime`. */
  atMs: number;
  /** CPU time since the first sample. */
  cpuNs: number;
  rssBytes: number;
}

/** All samples of a stretch of load. */
export interface Usage {
  /** Median of the samples; null where there is no /proc. */
  rssSteadyBytes: number | null;
  samples: UsageSample[];
}

/** How often to look for new processes: that costs more than to read those that are known. */
const samplesPerLook = 10;

/** A sample costs some files of /proc, on a CPU that the generator may need. */
const fastestMs = 100;

/** Samples CPU and RSS of a server's processes until told to stop. Memory that they share counts once for each. */
export function sampleUsage(pids: () => readonly number[], intervalMs: number): () => Usage {
  const samples: UsageSample[] = [];
  const rss: number[] = [];
  // The median of a short trial needs more of them than its series.
  const everyRss = Math.max(1, Math.round(intervalMs / fastestMs));
  let looks = 0;
  let known = pids();
  let last: ReadonlyMap<number, CpuCounters> | null = null;
  let cpuNs = 0;
  const sample = async () => {
    const look = looks++;
    if (look % samplesPerLook === samplesPerLook - 1) known = pids();
    const rssBytes = sum(await Promise.all(known.map(readRssBytes)));
    if (rssBytes > 0) rss.push(rssBytes);
    if (look % everyRss !== 0 || rssBytes === 0) return;
    const counters = await readCpuOf(known);
    // Piece by piece, so that what ends in one is gone from the next alone.
    cpuNs += last === null ? 0 : cpuBetween(last, counters).cpuNs;
    last = counters;
    samples.push({ atMs: hrtimeMs(), cpuNs, rssBytes });
  };
  const timer = setInterval(() => void sample(), fastestMs);
  void sample();
  return () => {
    clearInterval(timer);
    return { rssSteadyBytes: rss.length > 0 ? median(rss) : null, samples };
  };
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}

/** Usage by interval: CPU used in it, interpolated at its borders, and RSS at its middle. */
export function usageByInterval(
  samples: readonly UsageSample[],
  { startedAtMs, intervalMs, count }: Intervals,
): { cpuNs: (number | null)[]; rssBytes: (number | null)[] } {
  const at = (index: number) => startedAtMs + index * intervalMs;
  const each = Array.from({ length: count }, (_, index) => index);
  return {
    cpuNs: each.map((index) => {
      const from = interpolate(samples, at(index), 'cpuNs');
      const until = interpolate(samples, at(index + 1), 'cpuNs');
      // Readings that overlap, on a machine that is very busy.
      return from === null || until === null ? null : Math.max(0, Math.round(until - from));
    }),
    rssBytes: each.map((index) => {
      const bytes = interpolate(samples, at(index + 0.5), 'rssBytes');
      return bytes === null ? null : Math.round(bytes);
    }),
  };
}

/** Between the samples before and after that moment; the nearest one at the ends; null without any. */
function interpolate(
  samples: readonly UsageSample[],
  atMs: number,
  key: 'cpuNs' | 'rssBytes',
): number | null {
  const next = samples.findIndex((sample) => sample.atMs >= atMs);
  const after = samples.at(next);
  if (!after) return null;
  const before = next > 0 ? samples[next - 1] : undefined;
  if (!before) return after[key];
  const share = (atMs - before.atMs) / (after.atMs - before.atMs);
  return before[key] + share * (after[key] - before[key]);
}
