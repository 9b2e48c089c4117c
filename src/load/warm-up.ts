import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import os from 'node:os';
import { Worker } from 'node:worker_threads';
import { nullRequests } from '../config/requests.js';
import { packagePath } from '../package.js';
import { createEngine } from './engine.js';
import type { Workload } from './protocol.js';

const workload: Workload = {
  keys: 100,
  valueSize: { minBytes: 128, maxBytes: 128 },
  distribution: 'uniform',
  hitRatio: 1,
  connections: 8,
  requestsPerConnection: null,
  timeoutMs: 5000,
  seed: 1,
};
const valueBytes = workload.valueSize.minBytes;

/** Several, because code that was compiled for one engine is compiled again for the next. */
const maxCycles = 5;
const closedMs = 100;
const openMs = 150;
const ratePerSecond = 8000;

/**
 * Runs the load loops for a second or two against a server in a thread, and drops what they
 * measure. V8 compiles what runs often, and its compiler takes the CPU from the schedule for
 * milliseconds at a time: in a fresh process that would be in the first latencies, and at a low rate
 * for many seconds. A `limitMs` of less than a cycle leaves it out: so short a load is no measurement.
 */
export async function warmUp(limitMs = Number.POSITIVE_INFINITY): Promise<void> {
  const cycles = Math.min(maxCycles, Math.floor(limitMs / (closedMs + openMs)));
  if (cycles === 0) return;
  const server = new Worker(packagePath('dist/load/warm-up-server.js'), {
    workerData: { valueBytes },
  });
  try {
    const [port] = await once(server, 'message');
    for (let cycle = 0; cycle < cycles; cycle++) await runOnce(`http://127.0.0.1:${port}`);
  } finally {
    await server.terminate();
  }
  yieldToLoop();
}

async function runOnce(origin: string): Promise<void> {
  const engine = createEngine({ workload, share: { index: 0, count: 1 } }, async () => 0);
  const target = 'warm-up';
  await engine.preload({ target, origin, requests: nullRequests(valueBytes) });
  const mix = ['get', 'post'].map((name) => ({ name, share: 0.5 }));
  const shared = { targets: [target], mix, interleave: 'none' as const, intervalMs: null, seed: 1 };
  const open = { ratePerSecond, arrivals: 'constant' as const };
  await engine.load({ ...shared, pace: null, durationMs: closedMs, sliceMs: closedMs });
  await engine.load({ ...shared, pace: open, durationMs: openMs, sliceMs: openMs });
  await engine.release();
}

/**
 * Gives the threads that Node keeps beside the event loop the lowest priority: what is left to be
 * compiled can wait, a request that is due cannot. Does nothing where threads have no ids in /proc.
 */
function yieldToLoop(): void {
  try {
    for (const thread of readdirSync('/proc/self/task').map(Number)) {
      if (thread !== process.pid) os.setPriority(thread, os.constants.priority.PRIORITY_LOW);
    }
  } catch {
    // A thread that has ended, or a system without it: nothing is lost but a little time.
  }
}
