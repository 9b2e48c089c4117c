import { readFile } from 'node:fs/promises';

/** What processes hold, in bytes; shared pages count in `rss` once for each of them. */
export interface Memory {
  rss: number;
  /** Shared pages divided by how many share them. */
  pss: number;
  /** What nobody else has, and no file stands for. */
  privateDirty: number;
}

/** Memory of processes together, from `smaps_rollup`; null if any of them does not tell. */
export async function readMemory(pids: readonly number[]): Promise<Memory | null> {
  if (pids.length === 0) return null;
  try {
    const each = await Promise.all(
      pids.map(async (pid) => parseRollup(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'))),
    );
    const sum = (key: keyof Memory) => each.reduce((total, memory) => total + memory[key], 0);
    return { rss: sum('rss'), pss: sum('pss'), privateDirty: sum('privateDirty') };
  } catch {
    return null;
  }
}

/** The lines of such a file that are counted: `Rss:  123 kB`. */
export function parseRollup(text: string): Memory {
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) * 1024;
  const memory = { rss: bytes('Rss'), pss: bytes('Pss'), privateDirty: bytes('Private_Dirty') };
  if (Object.values(memory).some(Number.isNaN)) throw new Error('no memory is told');
  return memory;
}
