import { setTimeout as delay } from 'node:timers/promises';
import { type Memory, readMemory } from '../../observe/memory.js';
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
import { settleMs, unknown } from './memory.js';

const secondMs = 1000;
const minuteMs = 60_000;

/** A server whose connections have gone, and what will have come of it in a minute. */
interface Left {
  server: RunningServer;
  samples: Promise<Samples>;
}

/**
 * What is given back when connections have gone. All servers of all targets wait for the same minute: they
 * have nothing to do in it, and other parts are measured meanwhile.
 */
export const openRelease: OpenPart = async (subject, context) => {
  if (subject.target.source === 'url') {
    return eachRound(1, async () => noneOf('release', 'what runs already has a past of its own'));
  }
  const left: Left[] = [];
  const closing = new AbortController();
  const signal = AbortSignal.any([context.signal, closing.signal]);
  const close = async () => {
    closing.abort();
    await Promise.all(left.map(({ server }) => server.stop()));
  };
  try {
    for (let round = 0; round < context.settings.builds; round++) {
      left.push(await leave(subject, { ...context, signal }));
    }
  } catch (error) {
    await close();
    throw error;
  }
  let next = 0;
  return {
    // What a user's own shares with others of itself is not known.
    rounds: left.length,
    waits: subject.target.source === 'bundled',
    close,
    round: async () => (left[next++] as Left).samples,
  };
};

async function leave(subject: CostSubject, context: CostContext): Promise<Left> {
  const server = await context.start(subject);
  try {
    await delay(settleMs);
    const before = await readMemory(server.pids());
    const count = possibleConnections(context.settings.connections);
    const connections = await openConnections(server.origin, count, { subject, ...context });
    await delay(settleMs);
    const full = await readMemory(server.pids());
    connections.close();
    const samples = Promise.race([keptOf(server, { before, full }, context.signal), server.died]);
    // It is asked for later.
    samples.catch(() => {});
    return { server, samples };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Reads its memory when it is time, whatever else is measured then. */
async function keptOf(
  server: RunningServer,
  { before, full }: Record<'before' | 'full', Memory | null>,
  signal: AbortSignal,
): Promise<Samples> {
  if (!before || !full) return noneOf('release', unknown.reason);
  const grown = full.rss - before.rss;
  if (grown <= 0) return noneOf('release', 'its memory did not grow with its connections');
  const kept = async () => {
    const memory = await readMemory(server.pids());
    return memory ? (memory.rss - before.rss) / grown : unknown;
  };
  await delay(secondMs, null, { signal });
  const second = await kept();
  await delay(minuteMs - secondMs, null, { signal });
  return { 'release.second': second, 'release.minute': await kept() };
}
