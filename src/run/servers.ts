import { KvbenchError } from '../errors.js';
import { storeOf } from '../plan/plan.js';
import { plural } from '../plural.js';
import type { Trial } from '../result/schema.js';
import type { RunningServer } from '../targets/target.js';
import type { RunContext } from './context.js';
import { noLongerAnswers } from './hang.js';

/** A server that holds every key, and how it came up. */
export interface FreshServer extends RunningServer {
  fresh: NonNullable<Trial['fresh']>;
}

/** Starts servers, fills them, and ends them when the work is done or has failed. */
export async function withServers<T>(
  names: readonly string[],
  context: RunContext,
  onFill: (name: string) => void,
  work: (servers: FreshServer[]) => Promise<T>,
): Promise<T> {
  const servers: RunningServer[] = [];
  const ready: FreshServer[] = [];
  try {
    for (const name of names) {
      const server = await context.startServer(name);
      const startNs = server.startedMs === null ? null : since(server.startedMs);
      servers.push(server);
      onFill(name);
      const fillMs = performance.now();
      const keys = await fill(server, context);
      const firstKeysNs = keys === 0 ? null : since(fillMs) / keys;
      ready.push({ ...server, fresh: { startNs, firstKeysNs } });
    }
    return await work(ready);
  } finally {
    await Promise.all([
      // It fails if the generator has ended, and then there is nothing to release.
      context.generator.release().catch(() => {}),
      ...servers.map((server) => server.stop()),
    ]);
  }
}

/** In ns. */
function since(ms: number): number {
  return Math.round((performance.now() - ms) * 1e6);
}

/** Tells a generator of a fresh server, and has it store every key; gives how many. */
export async function fill(server: RunningServer, context: RunContext): Promise<number> {
  const { target, origin } = server;
  const endpoint = { target, origin, requests: context.requestsFor(target) };
  const filled = await Promise.race([context.generator.preload(endpoint), server.died]);
  if (filled.hung) throw noLongerAnswers(target, 'filling its store', context.config);
  if (filled.answered < filled.planned) {
    throw new KvbenchError(
      'target',
      `${target} did not take all of the ${plural(filled.planned, 'key')}: ${filled.firstError}.`,
      `Try it by hand with \`kvbench serve ${storeOf(target)}\`.`,
    );
  }
  return filled.planned;
}
