import { setTimeout as delay } from 'node:timers/promises';
import { readMemory } from '../../observe/memory.js';
import type { RunningServer } from '../../targets/target.js';
import { openConnections, possibleConnections } from '../connections.js';
import {
  type CostContext,
  type CostSubject,
  eachRound,
  noneOf,
  type OpenPart,
  type Samples,
} from '../part.js';
import { settleMs } from './memory.js';

const secondMs = 1000;
const minuteMs = 60_000;

/** A server whose connections have gone. */
interface Left {
  server: RunningServer;
  /** When they went, of `performance.now`. */
  atMs: number;
  grown: number;
  before: number;
  afterSecond: number;
}

/**
 * What is given back when connections have gone. All servers of all targets wait for the same minute:
 * they have nothing to do in it.
 */
export const openRelease: OpenPart = async (subject, context) => {
  if (subject.target.source === 'url') {
    return eachRound(1, async () => noneOf('release', 'what runs already has a past of its own'));
  }
  const left: Left[] = [];
  const close = async () => void (await Promise.all(left.map(({ server }) => server.stop())));
  try {
    for (let round = 0; round < context.settings.builds; round++) {
      const one = await leave(subject, context);
      if (!one) {
        await close();
        return eachRound(1, async () => noneOf('release', 'memory of its processes is not told'));
      }
      left.push(one);
    }
  } catch (error) {
    await close();
    throw error;
  }
  let next = 0;
  return {
    rounds: left.length,
    round: async () => later(left[next++] as Left, context.signal),
    close,
  };
};

async function leave(subject: CostSubject, context: CostContext): Promise<Left | null> {
  const server = await context.start(subject);
  try {
    await delay(settleMs);
    const before = await readMemory(server.pids());
    const count = possibleConnections(context.settings.connections);
    const connections = await openConnections(server.origin, count, { subject, ...context });
    await delay(settleMs);
    const full = await readMemory(server.pids());
    connections.close();
    const atMs = performance.now();
    await delay(secondMs, null, { signal: context.signal });
    const after = await readMemory(server.pids());
    if (before && full && after) {
      const grown = full.rss - before.rss;
      return { server, atMs, grown, before: before.rss, afterSecond: after.rss };
    }
  } catch (error) {
    await server.stop();
    throw error;
  }
  await server.stop();
  return null;
}

async function later(
  { server, atMs, grown, before, afterSecond }: Left,
  signal: AbortSignal,
): Promise<Samples> {
  await Promise.race([
    delay(Math.max(0, atMs + minuteMs - performance.now()), null, { signal }),
    server.died,
  ]);
  const memory = await readMemory(server.pids());
  if (grown <= 0) return noneOf('release', 'its memory did not grow with its connections');
  return {
    'release.second': (afterSecond - before) / grown,
    ...(memory && { 'release.minute': (memory.rss - before) / grown }),
  };
}
