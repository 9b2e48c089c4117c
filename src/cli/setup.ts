import { contractRequests, nullRequests, type RequestSet } from '../config/requests.js';
import type { RunConfig } from '../config/schema.js';
import { KvbenchError } from '../errors.js';
import { type Generator, startGenerator } from '../load/generator.js';
import { allowedCpus, openFileLimit } from '../observe/machine.js';
import { readMachineCounters } from '../observe/noise.js';
import { readProcessCounters, resetPeakRss } from '../observe/proc.js';
import { sampleRss } from '../observe/rss.js';
import { readRuntime } from '../observe/runtime.js';
import { type Plan, targetOf } from '../plan/plan.js';
import type { Artifact, Placement, Warning } from '../result/schema.js';
import type { Observer } from '../run/context.js';
import { canPinProcesses, generatorCpusOf, pinCommand, placeOn } from '../targets/placement.js';
import { type RunningServer, startServer } from '../targets/server.js';
import { findVariant } from '../targets/targets.js';
import { buildAll } from './build.js';
import type { Io } from './io.js';
import type { StatusLine } from './status.js';

/** Everything that a measurement needs of the machine, ready to be started. */
export interface Setup {
  placement: Placement;
  warnings: Warning[];
  artifacts: Artifact[];
  /** How many CPUs a server can keep busy. */
  serverCpus: number;
  observer: Observer;
  requestsFor(name: string): RequestSet;
  startServer(name: string): Promise<RunningServer>;
  startGenerator(): Generator;
}

/** Builds the targets of a plan and decides where everything will run. */
export async function setUp(
  plan: Plan,
  config: RunConfig,
  io: Io,
  status: StatusLine,
): Promise<Setup> {
  checkOpenFiles(config, plan.targets.length);
  const cpus = allowedCpus();
  const { placement, warnings } = placeOn(cpus, await canPinProcesses(), config);
  const variants = new Map(plan.targets.map((name) => [name, findVariant(targetOf(name))]));
  const built = new Set([...variants.values()].map(({ target }) => target));
  const artifacts = await buildAll([...built], io, status);
  const command = (name: string) => {
    const variant = variants.get(name);
    const artifact = artifacts.find(({ target }) => target === variant?.target.name);
    const nullFlag = variant?.isNull ? [`--null=${nullValueBytes(config.valueSize)}`] : [];
    return [artifact?.path ?? '', `--workers=${placement.workers}`, ...nullFlag];
  };
  const { keys, valueSize, distribution, hitRatio, connections } = config;
  const { requestsPerConnection, timeoutMs, seed } = config;
  return {
    placement,
    warnings,
    artifacts,
    serverCpus: Math.min(placement.workers, placement.serverCpus?.length ?? placement.workers),
    observer: {
      process: readProcessCounters,
      runtime: readRuntime,
      machine: () => readMachineCounters(cpus),
      resetPeakRss,
      sampleRss,
    },
    requestsFor: (name) =>
      variants.get(name)?.isNull ? nullRequests(nullValueBytes(valueSize)) : contractRequests,
    startServer: (name) =>
      startServer({
        target: name,
        command: command(name),
        cpus: placement.serverCpus,
        signal: io.signal,
      }),
    startGenerator: () =>
      startGenerator({
        workload: {
          ...{ keys, valueSize, distribution, hitRatio, connections },
          ...{ requestsPerConnection, timeoutMs, seed },
        },
        // A tenth of the load is enough to spend on it.
        warmUpMs: plannedLoadMs(plan, config) / 10,
        processes: placement.generators,
        pin: (c, process) => pinCommand(generatorCpusOf(placement, process), c),
      }),
  };
}

/** The size of a null target's one answer: the mean of the sizes that others store. */
export function nullValueBytes({ minBytes, maxBytes }: RunConfig['valueSize']): number {
  return Math.round((minBytes + maxBytes) / 2);
}

function plannedLoadMs(plan: Plan, config: RunConfig): number {
  return plan.automatic ? config.timeBudgetMs : plan.roundMs * plan.maxRounds;
}

/** Sockets of the generator, which talks to all servers of a round, and what it needs besides. */
export function openFilesFor(connections: number, targets: number): number {
  return connections * targets + 64;
}

function checkOpenFiles({ connections }: RunConfig, targets: number): void {
  const needed = openFilesFor(connections, targets);
  const limit = openFileLimit();
  if (limit !== null && limit < needed) {
    throw new KvbenchError(
      'usage',
      `${connections} connections to each of ${targets} need ${needed} open files, and this shell allows ${limit}.`,
      `Raise the limit with \`ulimit -n ${needed}\`, or lower --connections.`,
    );
  }
}
