import { setTimeout as delay } from 'node:timers/promises';
import { keyName } from '../../load/dataset.js';
import { readMemory } from '../../observe/memory.js';
import type { Random } from '../../random.js';
import { runStretch } from '../../run/run.js';
import { fill } from '../../run/servers.js';
import type { RunningServer } from '../../targets/target.js';
import { openConnections, possibleConnections } from '../connections.js';
import {
  type CostContext,
  type CostSubject,
  eachRound,
  type OpenPart,
  type Samples,
  withServer,
  withServersOf,
} from '../part.js';

/** How long a server is left alone before its memory is read. */
export const settleMs = 500;

const huge = { keys: 64, bytes: 1_000_000 };
const busyConnections = 1000;

/**
 * What it holds: idle, by keys, by connections. Each slope is of a server of its own, and nothing of it is a
 * matter of time, so those servers run at once; not beside the idle one, which would share pages with them.
 */
export const openMemory: OpenPart = async (subject, context) =>
  eachRound(context.settings.rounds, async (random) => {
    const { stores, connections } = shares(random);
    const idle = await whenIdle(subject, context);
    const slopes = await withServersOf(subject, [
      () => byKeys(subject, context, stores),
      () => byConnections(subject, context, connections),
      () => byBusyConnections(subject, context, random),
      () => byHugeValues(subject, context),
    ]);
    return Object.assign({}, idle, ...slopes) as Samples;
  });

/**
 * Of the most that is asked for, from a fifth to all. Tables double as they grow, so that a slope depends on
 * where it is taken: numbers that differ from round to round put that into the interval.
 */
function shares(random: Random) {
  const share = () => 0.2 + 0.8 * random();
  return { stores: share(), connections: share() };
}

export const unknown = { reason: 'memory of its processes is not told' };
export const noStore = { reason: 'its config does not describe what stores a key' };

async function whenIdle(subject: CostSubject, { start }: CostContext): Promise<Samples> {
  return withServer(
    () => start(subject),
    async (server) => {
      await delay(settleMs);
      const idle = await readMemory(server.pids());
      return {
        'memory.idle': idle?.rss ?? unknown,
        'memory.idle-pss': idle?.pss ?? unknown,
        'memory.idle-private': idle?.privateDirty ?? unknown,
      };
    },
  );
}

async function byKeys(subject: CostSubject, context: CostContext, share: number): Promise<Samples> {
  const { target } = subject;
  if (!target.requests.preload) return { 'memory.key': noStore, 'memory.key-overhead': noStore };
  const { settings } = context;
  const keys = Math.round(settings.keys * share);
  return withServer(
    () => context.start(subject),
    async (server) => {
      const { valueSize } = settings;
      const perKey = await growthByKey(server, context, { keys, valueSize });
      if (perKey === null) return { 'memory.key': unknown, 'memory.key-overhead': unknown };
      const ownBytes = keyName(0).length + (valueSize.minBytes + valueSize.maxBytes) / 2;
      return {
        'memory.key': perKey,
        'memory.key-overhead': target.contract
          ? perKey - ownBytes
          : { reason: 'what its requests store besides the value is not known' },
      };
    },
  );
}

/**
 * What comes first pays for what a server needs once, as buffers and code that is compiled when it runs: that
 * much of all is there before growth is looked at.
 */
const firstShare = 0.05;

/** By how many bytes RSS grows for each key that is stored. */
async function growthByKey(
  server: RunningServer,
  { withLoad }: CostContext,
  { keys, valueSize }: { keys: number; valueSize: { minBytes: number; maxBytes: number } },
): Promise<number | null> {
  const first = Math.ceil(keys * firstShare);
  const filled = async (count: number) => {
    await withLoad({ keys: count, valueSize }, (run) => fill(server, run));
    await delay(settleMs);
    return readMemory(server.pids());
  };
  const before = await filled(first);
  const after = await filled(keys);
  return before && after ? (after.rss - before.rss) / (keys - first) : null;
}

async function byConnections(
  subject: CostSubject,
  context: CostContext,
  share: number,
): Promise<Samples> {
  const count = Math.round(possibleConnections(context.settings.connections) * share);
  return withServer(
    () => context.start(subject),
    async (server) => {
      const first = Math.ceil(count * firstShare);
      const opened: Awaited<ReturnType<typeof openConnections>>[] = [];
      const open = async (more: number) => {
        opened.push(await openConnections(server.origin, more, { subject, ...context }));
        await delay(settleMs);
        return readMemory(server.pids());
      };
      try {
        const before = await open(first);
        const after = await open(count - first);
        return {
          'memory.connection':
            before && after ? (after.rss - before.rss) / (count - first) : unknown,
        };
      } finally {
        for (const { close } of opened) close();
      }
    },
  );
}

async function byBusyConnections(
  subject: CostSubject,
  context: CostContext,
  random: Random,
): Promise<Samples> {
  const most = Math.min(busyConnections, possibleConnections(context.settings.connections));
  const connections = Math.max(1, Math.round(most * (0.5 + 0.5 * random())));
  return withServer(
    () => context.start(subject),
    async (server) => {
      await delay(settleMs);
      const idle = await readMemory(server.pids());
      return context.withLoad({ keys: 1000, connections }, async (run) => {
        await fill(server, run);
        const trial = await loadOnce(server, run);
        const peak = trial.server?.rssPeakBytes;
        return {
          'memory.busy-connection':
            idle && peak !== undefined ? Math.max(0, peak - idle.rss) / connections : unknown,
        };
      });
    },
  );
}

async function byHugeValues(subject: CostSubject, context: CostContext): Promise<Samples> {
  if (!subject.target.requests.preload) return { 'memory.huge': noStore };
  const { keys, bytes } = huge;
  return withServer(
    () => context.start(subject),
    async (server) => {
      const valueSize = { minBytes: bytes, maxBytes: bytes };
      const perKey = await growthByKey(server, context, { keys, valueSize });
      return { 'memory.huge': perKey === null ? unknown : perKey / bytes };
    },
  );
}

/** A short closed loop of the first operation. */
export async function loadOnce(
  server: RunningServer,
  run: Parameters<typeof runStretch>[4],
): ReturnType<typeof trialOf> {
  const [operation = 'get'] = run.config.operations;
  const stretch = { measure: 'throughput' as const, operation, seed: run.config.seed };
  return trialOf(await runStretch(1, stretch, [server], null, run));
}

async function trialOf([observed]: Awaited<ReturnType<typeof runStretch>>) {
  if (!observed) throw new Error('a load without a trial');
  return observed.trial;
}
