import { KvbenchError } from '../errors.js';
import { storeOf } from '../plan/plan.js';
import { plural } from '../plural.js';
import type { RunningServer } from '../targets/target.js';
import type { RunContext } from './context.js';
import { noLongerAnswers } from './hang.js';

/** Starts servers, fills them, and ends them when the work is done or has failed. */
export async function withServers<T>(
  names: readonly string[],
  context: RunContext,
  onFill: (name: string) => void,
  work: (servers: RunningServer[]) => Promise<T>,
): Promise<T> {
  const servers: RunningServer[] = [];
  try {
    for (const name of names) {
      const server = await context.startServer(name);
      servers.push(server);
      onFill(name);
      await fill(server, context);
    }
    return await work(servers);
  } finally {
    await Promise.all([
      // It fails if the generator has ended, and then there is nothing to release.
      context.generator.release().catch(() => {}),
      ...servers.map((server) => server.stop()),
    ]);
  }
}

/** Tells a generator of a fresh server, and has it store every key. */
export async function fill(server: RunningServer, context: RunContext): Promise<void> {
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
}
