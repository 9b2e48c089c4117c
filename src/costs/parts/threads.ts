import { setTimeout as delay } from 'node:timers/promises';
import { readCountersOf } from '../../observe/proc.js';
import { readRuntime } from '../../observe/runtime.js';
import { fill } from '../../run/servers.js';
import type { RunningServer } from '../../targets/target.js';
import { openConnections, possibleConnections } from '../connections.js';
import {
  type CostContext,
  type CostSubject,
  eachRound,
  noneOf,
  type OpenPart,
  type Sample,
  withServer,
} from '../part.js';
import { loadOnce, settleMs } from './memory.js';

/** Enough that the stacks of the runtime itself are nothing beside them. */
const mostGoroutines = 2000;

/** Threads, and what switching between them and between goroutines takes. */
export const openThreads: OpenPart = async (subject, context) =>
  eachRound(context.settings.rounds, async () =>
    withServer(
      () => context.start(subject),
      async (server) => {
        await delay(settleMs);
        const counters = await readCountersOf(server.pids());
        if (counters.size === 0) return noneOf('threads', 'its processes are not known');
        const idle = [...counters.values()].reduce((sum, { threads }) => sum + threads.size, 0);
        const stack = await stackBytes(subject, server, context);
        return context.withLoad({ keys: 1000 }, async (run) => {
          await fill(server, run);
          const trial = await loadOnce(server, run);
          const { answered } = trial.requests;
          const switches = trial.server?.contextSwitches ?? null;
          return {
            'threads.idle': idle,
            'threads.loaded': trial.server?.threads ?? { reason: 'they were not told' },
            'threads.switches':
              switches === null || answered === 0
                ? { reason: 'some were of threads that have ended' }
                : switches / answered,
            'threads.stack': stack,
          };
        });
      },
    ),
  );

async function stackBytes(
  subject: CostSubject,
  { adminOrigin, origin }: RunningServer,
  { settings, signal }: CostContext,
): Promise<Sample> {
  const none = { reason: 'it has no goroutines: a task of an event loop has no stack of its own' };
  if (adminOrigin === null) return { reason: 'its runtime tells nothing' };
  const before = await readRuntime(adminOrigin);
  if (before?.go?.stackBytes === undefined) return none;
  const count = Math.min(mostGoroutines, possibleConnections(settings.connections));
  const connections = await openConnections(origin, count, { subject, signal });
  try {
    await delay(settleMs);
    const after = await readRuntime(adminOrigin);
    const goroutines = (after?.go?.goroutines ?? 0) - before.go.goroutines;
    if (after?.go?.stackBytes === undefined || goroutines <= 0) return none;
    return (after.go.stackBytes - before.go.stackBytes) / goroutines;
  } finally {
    connections.close();
  }
}
