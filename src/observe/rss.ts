import { median } from '../stats/spread.js';
import { readRssBytes } from './proc.js';

/** How often to look for new processes: that costs more than to read those that are known. */
const samplesPerLook = 10;

/**
 * Samples the RSS of a server's processes, all together, until told to stop; then gives the median
 * in bytes, if there is one. Memory that they share counts once for each of them.
 */
export function sampleRss(pids: () => readonly number[], intervalMs = 100): () => number | null {
  const samples: number[] = [];
  let looks = 0;
  let known = pids();
  const sample = async () => {
    if (looks++ % samplesPerLook === samplesPerLook - 1) known = pids();
    const each = await Promise.all(known.map(readRssBytes));
    const bytes = each.reduce<number>((sum, rss) => sum + (rss ?? 0), 0);
    if (bytes > 0) samples.push(bytes);
  };
  const timer = setInterval(() => void sample(), intervalMs);
  void sample();
  return () => {
    clearInterval(timer);
    return samples.length > 0 ? median(samples) : null;
  };
}
