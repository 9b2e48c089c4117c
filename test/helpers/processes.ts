import { readdirSync, readFileSync } from 'node:fs';

/** Pids of the processes, other than this one, that were started with `mark` in their environment. */
export function processesWith(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(mark))
    .map(Number)
    .filter(isAlive);
}

/** Whether a process still runs; one that has ended and only waits for its parent does not. */
export function isAlive(pid: number): boolean {
  return /^State:\s+[^Z]/m.test(read(`/proc/${pid}/status`));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
