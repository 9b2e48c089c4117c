import { afterEach } from 'vitest';
import { requestsOf } from '../../src/config/operations.js';
import { contractRequests, type RequestSet } from '../../src/config/requests.js';
import { createEngine } from '../../src/load/engine.js';
import { type EngineChoice, startGenerator } from '../../src/load/generator.js';
import type { Engine, LoadOutcome, LoadSpec, Workload } from '../../src/load/protocol.js';
import { type Kv, startKv } from './kv.js';

interface Closable {
  close(): Promise<unknown>;
}

/** A small one of the contract; no answer is called late, however busy the machine is. */
export function aWorkload(changes: Partial<Workload> = {}): Workload {
  return {
    keys: 50,
    valueSize: { minBytes: 16, maxBytes: 16 },
    distribution: 'uniform',
    hitRatio: 1,
    connections: 4,
    requestsPerConnection: null,
    timeoutMs: 60_000,
    seed: 1,
    ...changes,
  };
}

/**
 * What `useEngines` makes: undici's engine in this process. Who runs tests of undici's against another
 * engine sets it before (see test/e2e/native-engine.test.ts).
 */
export const underTest: { engine: EngineChoice } = { engine: { name: 'undici' } };

/** Engines, and servers for them, that are closed after each test: last made, first closed. */
export function useEngines() {
  const open: Closable[] = [];
  afterEach(async () => {
    for (const thing of open.splice(0).reverse()) await thing.close();
  });
  return {
    keep<T extends Closable>(thing: T): T {
      open.push(thing);
      return thing;
    },
    /** A store to load. */
    async kv(habits?: Parameters<typeof startKv>[0]): Promise<Kv> {
      const store = await startKv(habits);
      open.push(store);
      return store;
    },
    /** The engine under test by itself. */
    engine(changes: Partial<Workload> = {}): Engine {
      const workload = aWorkload(changes);
      const { engine } = underTest;
      if (engine.name === 'native') {
        const pin = (command: readonly string[]) => [...command];
        const generator = startGenerator({ engine, workload, warmUpMs: 0, processes: 1, pin });
        open.push({ close: () => generator.stop() });
        return generator;
      }
      const made = createEngine({ workload, share: { index: 0, count: 1 } }, async () => 0);
      open.push({ close: () => made.release() });
      return made;
    },
  };
}

/** A short closed loop of GETs of the contract. */
export const closed: LoadSpec = {
  targets: ['a'],
  mix: requestsOf('get'),
  pace: null,
  durationMs: 100,
  interleave: 'slice',
  sliceMs: 50,
  intervalMs: null,
  seed: 1,
};

export const paced = (ratePerSecond: number, changes: Partial<LoadSpec> = {}): LoadSpec => ({
  ...closed,
  pace: { ratePerSecond, arrivals: 'constant' },
  ...changes,
});

export const fill = (
  on: Engine,
  { origin }: { origin: string },
  target = 'a',
  requests: RequestSet = contractRequests,
) => on.preload({ target, origin, requests });

/** The outcome of a load of one target. */
export const load = async (on: Engine, spec: LoadSpec) => (await on.load(spec))[0] as LoadOutcome;

export const errorsIn = ({ errors }: LoadOutcome) =>
  Object.values(errors).reduce((a, b) => a + b, 0);
