import type { RunConfig } from '../config/schema.js';
import { KvbenchError, messageOf } from '../errors.js';
import type { Generator } from '../load/generator.js';
import type { Endpoint } from '../load/protocol.js';
import type { Plan, PlannedRound, PlannedTrial } from '../plan/plan.js';
import type { Trial } from '../result/schema.js';
import { toTrial } from '../result/trial.js';
import type { RunningServer } from '../targets/server.js';

/** What happens in a run, in order; enough to draw its progress. */
export type RunEvent =
  | { type: 'round'; round: number }
  | { type: 'preload'; round: number; target: string }
  | { type: 'trial-start'; round: number; trial: PlannedTrial }
  | { type: 'trial-end'; trial: Trial };

/** The parts of a run that touch the world; tests give others. */
export interface RunDependencies {
  /** How many CPUs a server can keep busy. */
  serverCpus: number;
  startServer(target: string): Promise<RunningServer>;
  startGenerator(): Generator;
  /** Starts sampling a process's RSS; the function it gives ends that and tells the median. */
  sampleRss(pid: number): () => number | null;
  now(): Date;
  onEvent(event: RunEvent): void;
  /** Called after every trial with all so far; nothing goes on until it is done. */
  save(trials: readonly Trial[]): Promise<void>;
}

/**
 * Carries out a plan: round by round with fresh servers, trial by trial. Whatever ends it (an
 * error, the signal), the servers and the generator have ended when it returns or throws.
 */
export async function executePlan(
  plan: Plan,
  config: RunConfig,
  dependencies: RunDependencies,
  signal: AbortSignal,
): Promise<Trial[]> {
  const trials: Trial[] = [];
  const generator = dependencies.startGenerator();
  // Ends the call under way, which then rejects.
  const endGenerator = () => void generator.stop();
  signal.addEventListener('abort', endGenerator, { once: true });
  try {
    for (const round of plan.rounds) {
      signal.throwIfAborted();
      dependencies.onEvent({ type: 'round', round: round.number });
      await executeRound(round, config, generator, dependencies, signal, trials);
    }
    return trials;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', endGenerator);
    await generator.stop();
  }
}

async function executeRound(
  round: PlannedRound,
  config: RunConfig,
  generator: Generator,
  dependencies: RunDependencies,
  signal: AbortSignal,
  trials: Trial[],
): Promise<void> {
  const servers = new Map<string, RunningServer>();
  try {
    for (const target of round.startOrder) {
      const server = await dependencies.startServer(target);
      servers.set(target, server);
      dependencies.onEvent({ type: 'preload', round: round.number, target });
      const filled = await Promise.race([generator.preload(endpointOf(server)), server.died]);
      if (filled.answered < filled.planned) {
        throw new KvbenchError(
          'target',
          `${target} did not take all of the ${filled.planned} keys: ${filled.firstError}.`,
          `Try it by hand with \`kvbench serve ${target}\`.`,
        );
      }
    }
    for (const planned of round.trials) {
      signal.throwIfAborted();
      const server = servers.get(planned.target) as RunningServer;
      dependencies.onEvent({ type: 'trial-start', round: round.number, trial: planned });
      const trial = await runTrial(round.number, planned, server, config, generator, dependencies);
      trials.push(trial);
      await dependencies.save(trials);
      dependencies.onEvent({ type: 'trial-end', trial });
      if (trial.requests.answered === 0) {
        throw new KvbenchError(
          'target',
          `${planned.target} gave no right answer to any ${planned.operation.toUpperCase()} of round ${round.number}: ${trial.firstError}.`,
          `Try it by hand with \`kvbench serve ${planned.target}\`, or allow more with --timeout.`,
        );
      }
    }
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

async function runTrial(
  round: number,
  planned: PlannedTrial,
  server: RunningServer,
  { durationMs, warmupMs }: RunConfig,
  generator: Generator,
  { sampleRss, now, serverCpus }: RunDependencies,
): Promise<Trial> {
  const startedAt = now();
  const stopSampling = sampleRss(server.pid);
  try {
    const spec = { operation: planned.operation, durationMs, warmupMs, seed: planned.seed };
    const measured = await Promise.race([generator.load(endpointOf(server), spec), server.died]);
    const rssSteadyBytes = stopSampling();
    return toTrial(planned, measured, { round, startedAt, rssSteadyBytes, serverCpus });
  } catch (error) {
    if (error instanceof KvbenchError) throw error;
    throw new Error(`round ${round}, ${planned.target} ${planned.operation}: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    stopSampling();
  }
}

/** What of a server may cross to the generator's process. */
function endpointOf({ target, origin, pid }: RunningServer): Endpoint {
  return { target, origin, pid };
}
