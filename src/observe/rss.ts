import { median } from '../stats/spread.js';
import { readRssBytes } from './proc.js';

/** Samples a process's RSS until told to stop; then gives the median in bytes, if there is one. */
export function sampleRss(pid: number, intervalMs = 100): () => number | null {
  const samples: number[] = [];
  const sample = async () => {
    const bytes = await readRssBytes(pid);
    if (bytes) samples.push(bytes);
  };
  const timer = setInterval(() => void sample(), intervalMs);
  void sample();
  return () => {
    clearInterval(timer);
    return samples.length > 0 ? median(samples) : null;
  };
}
