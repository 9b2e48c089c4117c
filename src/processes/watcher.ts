/**
 * Kills what kvbench has started once kvbench is gone, however that happened: what ends by itself
 * when its input ends does not do so while it is stopped (SIGSTOP).
 */
import { createInterface } from 'node:readline';
import { readStat } from './process-tree.js';
import type { WatchOrder } from './watch.js';

const watched = new Map<number, number | null>();

// What was said before this one had begun is there to be read, also if nobody is left to say more.
const orders = createInterface({ input: process.stdin });
orders.on('line', (line) => {
  const { type, pid, startTicks } = JSON.parse(line) as WatchOrder;
  if (type === 'watch') watched.set(pid, startTicks);
  else watched.delete(pid);
});

orders.on('close', () => {
  for (const [pid, startTicks] of watched) {
    if (startTicks !== null && readStat(pid)?.startTicks !== startTicks) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
});
