import type { RunConfig } from '../config/schema.js';
import { KvbenchError } from '../errors.js';
import { type Generator, startGenerator } from '../load/generator.js';
import { allowedCpus, openFileLimit } from '../observe/machine.js';
import { readMachineCounters } from '../observe/noise.js';
import { readCountersOf, resetPeakRss } from '../observe/proc.js';
import { sampleRss } from '../observe/rss.js';
import { readRuntime } from '../observe/runtime.js';
import { type Plan, storeOf, targetOf } from '../plan/plan.js';
import type { Artifact, Placement, Warning } from '../result/schema.js';
import type { Observer } from '../run/context.js';
import { nullValueBytes } from '../run/servers.js';
import { canPinProcesses, generatorCpusOf, pinCommand, placeOn } from '../targets/placement.js';
import { checkPorts } from '../targets/ports.js';
import type { RunningServer } from '../targets/target.js';
import { bundledTargets, findTarget } from '../targets/targets.js';
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
  const find = (name: string) =>
    findTarget(targetOf(name), bundledTargets, nullValueBytes(config.valueSize));
  const targets = plan.targets.map(find);
  checkPorts(targets);
  const stores = [...new Set(plan.targets.map(storeOf))].map(find);
  const artifacts = await buildAll(stores, io, status);
  const onWarning = (warning: Warning) => {
    // A server that has to be killed after each round is one thing to be told.
    if (!warnings.some(({ code, message }) => code === warning.code && message === warning.message))
      warnings.push(warning);
  };
  const { keys, valueSize, distribution, hitRatio, connections } = config;
  const { requestsPerConnection, timeoutMs, seed } = config;
  return {
    placement,
    warnings,
    artifacts,
    serverCpus: Math.min(placement.workers, placement.serverCpus?.length ?? placement.workers),
    observer: {
      processes: readCountersOf,
      runtime: readRuntime,
      machine: () => readMachineCounters(cpus),
      resetPeakRss,
      sampleRss,
    },
    startServer: (name) =>
      find(name).start({
        instance: name,
        artifact: artifacts.find(({ target }) => target === storeOf(name)) ?? null,
        port: 0,
        workers: placement.workers,
        cpus: placement.serverCpus,
        signal: io.signal,
        onWarning,
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
