import type { RequestSet } from '../../config/requests.js';
import type { LoadInterval } from '../../load/protocol.js';
import { faultsByInterval, sampleFaults } from '../../observe/faults.js';
import { availableMemory } from '../../observe/machine.js';
import { readMemory } from '../../observe/memory.js';
import { readRuntime, runtimeBetween } from '../../observe/runtime.js';
import type { Trial } from '../../result/schema.js';
import type { RunContext } from '../../run/context.js';
import { loadClosed, roundDown } from '../../run/rate.js';
import { runStretch } from '../../run/run.js';
import { fill } from '../../run/servers.js';
import type { RunningServer } from '../../targets/target.js';
import {
  allBesideOthers,
  besideOthers,
  holdCollection,
  holdMore,
  joined,
  longestMarkingMs,
} from '../beside.js';
import { expectedCollections, keysThatFit, tenthMs, trialShape } from '../heaps.js';
import {
  type CostContext,
  type CostSubject,
  eachRound,
  noneOf,
  type OpenPart,
  type Samples,
  withServer,
} from '../part.js';
import type { Heap } from '../schema.js';
import { noStore, unknown } from './memory.js';

/** Of what a closed loop answers: enough to allocate, little enough that it is no overload. */
const loadShare = 0.5;
/** So many show what a key takes. */
const probeKeys = 50_000;

/** How a heap is measured; what its first round finds holds in all others. */
interface Plan {
  keys: number;
  ratePerSecond: number;
  collectionsPerSecond: number;
}

/** Whether requests are slower beside a collection, or while the kernel gives memory, with so many keys held. */
export const openCollector: OpenPart = async (subject, context) => {
  const { target } = subject;
  const none = (reason: string) => eachRound(1, async () => noneOf('collector', reason));
  if (target.source === 'url') return none('what runs already has a past of its own');
  const operation = operationOf(target.requests);
  if (operation === null) return none(noStore.reason);
  const { rounds, heaps } = context.settings;
  const plans = new Map<Heap, Plan>();
  return eachRound(rounds, async () => {
    const samples = new Map<Heap, Samples>();
    for (const heap of heaps) {
      const plan = plans.get(heap) ?? null;
      const keys = plan?.keys ?? (heap === 'max' ? await mostKeys(subject, context) : heap);
      if (keys === null) {
        samples.set(heap, noneOf('collector', unknown.reason));
        continue;
      }
      const found = await trialWith(keys, plan, operation, subject, context);
      plans.set(heap, found.plan);
      samples.set(heap, found.samples);
    }
    return samples;
  });
};

/** Reads and writes in turn, of keys that are there; null: nothing stores any. */
function operationOf({ preload, readBack }: RequestSet): string | null {
  const isOne = preload === null || readBack === null || readBack === preload;
  return isOne ? preload : `${readBack}:50,${preload}:50`;
}

/** As many as fit, by what a first few take; null: its memory is not told. */
async function mostKeys(subject: CostSubject, context: CostContext): Promise<number | null> {
  const { start, withLoad, settings } = context;
  const { valueSize } = settings;
  return withServer(
    () => start(subject),
    (server) =>
      withLoad({ keys: probeKeys, valueSize }, async (run) => {
        const before = await readMemory(server.pids());
        const startMs = performance.now();
        await fill(server, run);
        const ms = performance.now() - startMs;
        const after = await readMemory(server.pids());
        if (!before || !after) return null;
        const stored = { keys: probeKeys, grownBytes: after.rss - before.rss, ms };
        return roundDown(keysThatFit(stored, availableMemory()));
      }),
  );
}

async function trialWith(
  keys: number,
  known: Plan | null,
  operation: string,
  subject: CostSubject,
  { start, withLoad, settings, keep }: CostContext,
): Promise<{ plan: Plan; samples: Samples }> {
  const { valueSize } = settings;
  return withServer(
    () => start(subject),
    (server) =>
      withLoad({ keys, valueSize }, async (run) => {
        await fill(server, run);
        const plan = known ?? (await planFor(keys, server, operation, run));
        const watched = await watch(server, plan, operation, run);
        const { trial, faults } = watched;
        const { ratePerSecond } = plan;
        if (trial.series) keep({ keys, ratePerSecond, series: trial.series, faults });
        return {
          plan: { ...plan, ...seenCollections(trial) },
          samples: {
            ...besideCollections(watched, run.serverCpusOf(trial.target)),
            'collector.keys': keys,
            ...besideFaults(watched),
          },
        };
      }),
  );
}

/** A trial, and what came in each moment under load. */
interface Watched {
  trial: Trial;
  intervals: readonly LoadInterval[];
  tenths: readonly LoadInterval[];
  /** By tenth of a second. */
  faults: (number | null)[];
}

async function watch(
  server: RunningServer,
  { ratePerSecond, collectionsPerSecond }: Plan,
  operation: string,
  run: RunContext,
): Promise<Watched> {
  const shape = trialShape(collectionsPerSecond);
  const context = { ...run, config: { ...run.config, ...shape } };
  const stretch = { measure: 'latency' as const, operation, seed: run.config.seed };
  const stop = sampleFaults(() => server.pids());
  const loaded = runStretch(1, stretch, [server], { ratePerSecond }, context);
  const [observed] = await loaded.finally(stop);
  const { trial, load } = observed ?? {};
  if (!trial || !load?.timeline) throw new Error('a load without a course of time');
  const { startedAtMs, intervals: all } = load.timeline;
  // Not what was answered when nothing more was sent.
  const intervals = all.slice(0, shape.durationMs / shape.intervalMs);
  const tenths = joined(intervals, tenthMs / shape.intervalMs);
  const times = { startedAtMs, intervalMs: tenthMs, count: tenths.length };
  const faults = faultsByInterval(stop(), times);
  return { trial, intervals, tenths, faults };
}

async function planFor(
  keys: number,
  server: RunningServer,
  operation: string,
  run: RunContext,
): Promise<Plan> {
  const ask = () => readRuntime(server.adminOrigin);
  const before = await ask();
  const { requestsPerSecond } = await loadClosed(server, operation, run);
  const ratePerSecond = roundDown(requestsPerSecond * loadShare);
  const between = runtimeBetween(before, await ask());
  return { keys, ratePerSecond, collectionsPerSecond: expectedCollections(between, ratePerSecond) };
}

/** What a trial held, for the length of the next; nothing where that was too short for any. */
function seenCollections({ runtime, windowMs }: Trial): Partial<Plan> {
  const cycles = runtime.go?.gcCycles ?? 0;
  return cycles === 0 ? {} : { collectionsPerSecond: (1000 * cycles) / windowMs };
}

function besideCollections({ trial, intervals }: Watched, cpus: number): Samples {
  const { series, windowMs, server } = trial;
  const { go } = trial.runtime;
  if (!go || !series) return noneOf('collector', 'its runtime tells of no collector');
  const serverNs = server?.cpuNs ?? 0;
  const share = (ns: number) =>
    serverNs === 0 ? { reason: 'its CPU time is not known' } : ns / serverNs;
  const held = holdCollection(series, longestMarkingMs(go.gcCycles, go.gcCpuNs, cpus));
  const what = 'the end of a collection';
  return {
    'collector.cycles': go.gcCycles / (windowMs / 1000),
    'collector.cpu': share(go.gcCpuNs),
    'collector.assist': share(go.markAssistCpuNs),
    'collector.pause':
      go.gcPauses.count === 0 ? { reason: 'nothing was collected' } : go.gcPauses.maxNs,
    'collector.scheduling':
      go.schedLatencies.count === 0
        ? { reason: 'its runtime does not tell' }
        : go.schedLatencies.p99Ns,
    'collector.p99': besideOthers(intervals, held, { percent: 99, what }),
    'collector.p999': allBesideOthers(intervals, held, { percent: 99.9, what }),
  };
}

function besideFaults({ tenths, faults }: Watched): Samples {
  const known = faults.filter((count) => count !== null);
  if (known.length === 0) {
    const untold = { reason: 'its processes, or their page faults, are not known' };
    return { 'collector.faults': untold, 'collector.faults-p99': untold };
  }
  const sum = known.reduce((total, count) => total + count, 0);
  const what = 'more page faults than the middle one';
  return {
    'collector.faults': sum / ((known.length * tenthMs) / 1000),
    'collector.faults-p99': besideOthers(tenths, holdMore(faults), { percent: 99, what }),
  };
}
