import type { RunContext } from './context.js';
import { withServers } from './servers.js';

/** How long storing a key takes each server, ms: a fresh one of each is filled, and has ended afterwards. */
export async function probeFill(names: readonly string[], context: RunContext): Promise<number[]> {
  const msPerKey: number[] = [];
  for (const name of names) {
    context.signal.throwIfAborted();
    await withServers(
      [name],
      context,
      () => {},
      async ([server]) => {
        msPerKey.push((server?.fresh.firstKeysNs ?? 0) / 1e6);
      },
    );
  }
  return msPerKey;
}
