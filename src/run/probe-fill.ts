import type { RunContext, RunDependencies } from './context.js';
import { withGenerator } from './generator.js';
import { withServers } from './servers.js';

/**
 * How long storing a key takes each server, ms: a fresh one of each is filled by a generator with few
 * keys. Servers and generator have ended when it returns or throws.
 */
export async function probeFill(
  names: readonly string[],
  {
    keys,
    config,
    ...dependencies
  }: RunDependencies & Pick<RunContext, 'config'> & { keys: number },
  signal: AbortSignal,
): Promise<number[]> {
  return withGenerator(dependencies.startGenerator, signal, async (generator) => {
    const context: RunContext = { ...dependencies, config, generator, signal };
    const msPerKey: number[] = [];
    for (const name of names) {
      signal.throwIfAborted();
      let startMs = 0;
      const begin = () => {
        startMs = performance.now();
      };
      await withServers([name], context, begin, async () => {
        msPerKey.push((performance.now() - startMs) / keys);
      });
    }
    return msPerKey;
  });
}
