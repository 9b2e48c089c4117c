import type { Generator } from '../load/generator.js';

/**
 * Starts a generator for a piece of work. It has ended when that is done, has failed, or nobody
 * waits for it any more: the signal ends the call under way, which then rejects.
 */
export async function withGenerator<T>(
  start: () => Generator,
  signal: AbortSignal,
  work: (generator: Generator) => Promise<T>,
): Promise<T> {
  const generator = start();
  const end = () => void generator.stop();
  signal.addEventListener('abort', end, { once: true });
  try {
    return await work(generator);
  } finally {
    signal.removeEventListener('abort', end);
    await generator.stop();
  }
}
