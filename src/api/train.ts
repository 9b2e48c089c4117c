import { requestsOf } from '../config/operations.js';
import { contractRequests } from '../config/requests.js';
import { KvbenchError } from '../errors.js';
import { startGenerator } from '../load/generator.js';
import { withGenerator } from '../run/generator.js';
import type { Train } from '../targets/target.js';
import { chooseEngine } from './engine.js';
import type { OnEvent } from './events.js';

interface TrainerOptions {
  cacheDir: string;
  signal: AbortSignal;
  onEvent: OnEvent;
}

/**
 * Gives what loads servers that record themselves: with the engine that a run takes. It is the same
 * load each time; a server that does not keep up with the contract under it is a `target` error.
 */
export function trainer({ cacheDir, signal, onEvent }: TrainerOptions): Train {
  return async ({ target, origin }, { operations, durationMs, ...workload }) => {
    const { choice, engine } = await chooseEngine({ engine: 'auto' }, [], {
      cacheDir,
      signal,
      onEvent,
    });
    onEvent({ type: 'train-start', target });
    const start = () =>
      startGenerator({
        engine: choice,
        workload: { ...workload, hitRatio: 1, requestsPerConnection: null, timeoutMs: 5000, seed },
        warmUpMs: 0,
        processes: 1,
        pin: (command) => [...command],
      });
    return withGenerator(start, signal, async (generator) => {
      const filled = await generator.preload({ target, origin, requests: contractRequests });
      const [loaded] = await generator.load({
        targets: [target],
        mix: requestsOf(operations.join()),
        pace: null,
        durationMs,
        interleave: 'none',
        sliceMs: durationMs,
        intervalMs: null,
        seed,
      });
      for (const outcome of [filled, loaded]) {
        if (outcome && outcome.answered === outcome.planned) continue;
        throw new KvbenchError(
          'target',
          `${target} was to be recorded under load, and did not answer all of it: ${outcome?.firstError ?? 'nothing was sent'}.`,
          'Prove it first: `kvbench check` says what it answers.',
        );
      }
      return { requests: loaded?.answered ?? 0, engine };
    });
  };
}

const seed = 1;
