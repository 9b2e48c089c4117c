import type { RequestSet } from '../config/requests.js';
import type { RunConfig } from '../config/schema.js';
import { workersOf } from '../config/workers.js';
import { KvbenchError } from '../errors.js';
import { type EngineChoice, type Generator, startGenerator } from '../load/generator.js';
import { nativeMemoryBytes } from '../load/native/memory.js';
import { type Workload, workloadOf } from '../load/protocol.js';
import { allowedCpus, openFileLimit } from '../observe/machine.js';
import { type Plan, storeOf, targetOf } from '../plan/plan.js';
import { plural } from '../plural.js';
import { canPinProcesses, pinCommand } from '../processes/pin.js';
import type { Artifact, Placement, Warning } from '../result/schema.js';
import { unlikeBuilds } from '../targets/family/members.js';
import { generatorCpusOf, placeOn } from '../targets/placement.js';
import { checkPorts } from '../targets/ports.js';
import type { RunningServer, StartOptions as ServerOptions, Target } from '../targets/target.js';
import { findTarget } from '../targets/targets.js';
import { checkWorkers, crowdedWorkers } from '../targets/workers.js';
import { buildAll } from './build.js';
import { chooseEngine } from './engine.js';
import type { OnEvent } from './events.js';

export interface GeneratorStart {
  warmUp?: boolean;
  /** Another engine than the one that was chosen. */
  engine?: EngineChoice;
}

/** Everything that a measurement needs of the machine, ready to be started. */
export interface Setup {
  placement: Placement;
  warnings: Warning[];
  artifacts: Artifact[];
  /** How many CPUs the server of that name can keep busy. */
  serverCpusOf(name: string): number;
  targetFor(name: string): Target;
  requestsFor(name: string): RequestSet;
  startServer(
    name: string,
    changes?: Pick<ServerOptions, 'wrap' | 'pollMs'>,
  ): Promise<RunningServer>;
  /** For the workload of the config, changed as given; a short use of it needs no warming up. */
  startGenerator(changes?: Partial<Workload>, options?: GeneratorStart): Generator;
}

/** What a command is given besides its config. */
export interface Workbench {
  /** All that can be named, null targets aside. */
  targets: readonly Target[];
  /** Where artifacts are kept. */
  cacheDir: string;
  signal: AbortSignal;
  onEvent: OnEvent;
}

/** Builds the targets of a plan and decides where everything will run. */
export async function setUp(
  plan: Plan,
  config: RunConfig,
  { targets, cacheDir, signal, onEvent }: Workbench,
): Promise<Setup> {
  checkOpenFiles(config, plan.blockSize);
  const find = (name: string) =>
    findTarget(targetOf(name), targets, nullValueBytes(config.valueSize));
  const byInstance = new Map(plan.targets.map((name) => [name, find(name)]));
  const instances = [...byInstance.values()];
  checkPorts(instances);
  await checkWorkers(byInstance);
  const cpus = allowedCpus();
  const sender = await chooseEngine(config, instances, {
    cacheDir,
    signal,
    onEvent,
  });
  const placed = placeOn(cpus, await canPinProcesses(), config);
  const placement = { engine: sender.engine, ...placed.placement };
  const warnings = [
    ...sender.warnings,
    ...placed.warnings,
    ...memoryWarnings(config, sender.engine, instances),
    ...unlikeBuilds(plan.targets),
    ...crowdedWorkers(plan.targets, placement.serverCpus?.length ?? cpus.length),
  ];
  // A null target is its store's executable.
  const stores = [...new Set(plan.targets.map(storeOf))].map((name) => findTarget(name, targets));
  const artifacts = await buildAll(stores, { cacheDir, signal, onEvent });
  // Of one that has several numbers of workers the name alone stands for itself, as where it is examined.
  const targetFor = (name: string) => byInstance.get(name) ?? find(name);
  const workersFor = (name: string) => workersOf(name) ?? placement.workers;
  const onWarning = (warning: Warning) => {
    // A server that has to be killed after each round is one thing to be told.
    const isKnown = warnings.some(({ message }) => message === warning.message);
    if (!isKnown) warnings.push(warning);
  };
  return {
    placement,
    warnings,
    artifacts,
    serverCpusOf: (name) => {
      const workers = workersFor(name);
      return Math.min(workers, placement.serverCpus?.length ?? workers);
    },
    targetFor,
    requestsFor: (name) => targetFor(name).requests,
    startServer: (name, changes = {}) =>
      targetFor(name).start({
        ...changes,
        instance: name,
        artifact: artifacts.find(({ target }) => target === storeOf(name)) ?? null,
        port: 0,
        workers: workersFor(name),
        cpus: placement.serverCpus,
        signal,
        onWarning,
      }),
    startGenerator: (changes, { warmUp = true, engine = sender.choice } = {}) =>
      startGenerator({
        engine,
        workload: { ...workloadOf(config), ...changes },
        // A tenth of the load is enough to spend on it.
        warmUpMs: warmUp ? plannedLoadMs(plan, config) / 10 : 0,
        // Another one is to show what one client gets.
        processes: engine === sender.choice ? placement.generators : 1,
        pin: (c, process) => pinCommand(generatorCpusOf(placement, process), c),
      }),
  };
}

/** So much of the memory of a generator is worth a word. */
const muchBytes = 256 * 2 ** 20;

/** Many keys take memory in each generator, and in every server besides. */
function memoryWarnings(
  config: RunConfig,
  { name }: Placement['engine'],
  targets: readonly Target[],
): Warning[] {
  const writes = targets.some(({ requests }) => requests.preload !== null);
  const bytes = name === 'native' ? nativeMemoryBytes(config, writes) : 0;
  if (bytes < muchBytes) return [];
  const mib = Math.round(bytes / 2 ** 20);
  return [
    {
      code: 'memory',
      message: `With ${plural(config.keys, 'key')} the load generator needs about ${mib} MiB, and each server what it takes to hold them.`,
      advice: 'Lower --keys or --value-size if that is more than there is.',
    },
  ];
}

/** The size of a null target's one answer: the mean of the sizes that others store. */
export function nullValueBytes({ minBytes, maxBytes }: RunConfig['valueSize']): number {
  return Math.round((minBytes + maxBytes) / 2);
}

function plannedLoadMs(plan: Plan, config: RunConfig): number {
  return plan.automatic ? config.timeBudgetMs : plan.roundMs * plan.maxRounds;
}

/** Sockets of the generator, which talks to all servers that are up, and what it needs besides. */
export function openFilesFor(connections: number, targets: number): number {
  return connections * targets + 64;
}

function checkOpenFiles({ connections }: RunConfig, targets: number): void {
  const needed = openFilesFor(connections, targets);
  const limit = openFileLimit();
  if (limit !== null && limit < needed) {
    throw new KvbenchError(
      'usage',
      `${plural(connections, 'connection')} to each of ${targets} need ${needed} open files, and this shell allows ${limit}.`,
      `Raise the limit with \`ulimit -n ${needed}\`, or lower --connections.`,
    );
  }
}
