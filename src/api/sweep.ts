import type { Operation } from '../config/operations.js';
import type { RunConfig } from '../config/schema.js';
import { packageVersion } from '../package.js';
import { createPlan } from '../plan/plan.js';
import { createRandom, deriveSeed, shuffled } from '../random.js';
import { checkWritable, saveResult } from '../result/store.js';
import type { RunContext } from '../run/context.js';
import { loadClosed } from '../run/rate.js';
import { hangOf, noAnswer, runStretch } from '../run/run.js';
import { fill, withServers } from '../run/servers.js';
import { capacityOf, kneeOf, rungOf } from '../sweep/curve.js';
import { type Next, nextStep } from '../sweep/next.js';
import { judgeStep, wrongAnswers } from '../sweep/outcome.js';
import { pastKnee } from '../sweep/past-knee.js';
import {
  type SweepCurve,
  type SweepPolicy,
  type SweepResult,
  sweepSchemaVersion,
} from '../sweep/schema.js';
import { curveWarnings } from '../sweep/warnings.js';
import type { RunningServer } from '../targets/target.js';
import { setUpExamined } from './examined.js';
import { withLoad } from './load.js';
import type { Setup, Workbench } from './setup.js';

export interface SweepOptions extends Workbench {
  policy: SweepPolicy;
  /** Where the result is written after every step; null: nowhere. */
  out: string | null;
}

/** A curve as it grows. */
interface Climb extends Pick<SweepCurve, 'target' | 'operation' | 'steps' | 'ended' | 'overload'> {
  /** What a short closed loop answered. */
  capacityPerSecond: number;
}

/** Of the overload: a stall of some ms must show in it. */
const overloadIntervalMs = 100;

/** After it a server is given so much of its knee: what it had no trouble with. */
const recoveryShare = 0.5;

/**
 * Loads every target step by step, as the policy and what was measured ask for, and gives the
 * result. Targets take turns at each step. When it fails, the last `sweep-result` event has what was
 * measured until then. Whatever ends it, all that it has started has ended then.
 */
export async function executeSweep(config: RunConfig, options: SweepOptions): Promise<SweepResult> {
  const { policy, out, signal, onEvent } = options;
  if (out !== null) await checkWritable(out);
  const startedAt = new Date().toISOString();
  const plan = createPlan(config);
  const { setup, surroundings } = await setUpExamined(plan, config, { ...options, examine: true });
  const climbs: Climb[] = [];
  const tell = async (state: SweepResult['state']): Promise<SweepResult> => {
    const curves = climbs.map((climb) => toCurve(climb, state));
    const result: SweepResult = {
      ...{ sweepSchemaVersion, kvbenchVersion: packageVersion, state, startedAt },
      ...{ updatedAt: new Date().toISOString(), config, policy },
      ...surroundings,
      curves,
      warnings: [...setup.warnings, ...curves.flatMap((curve) => curveWarnings(curve, policy.slo))],
    };
    if (out !== null && climbs.some(({ steps }) => steps.length > 0)) await saveResult(out, result);
    onEvent({ type: 'sweep-result', result });
    return result;
  };
  try {
    for (const [index, operation] of config.operations.entries()) {
      signal.throwIfAborted();
      const seed = deriveSeed(config.seed, 5, index);
      const sweep = new OperationSweep({ operation, seed, setup, config, options }, climbs);
      await sweep.run(plan.targets, () => tell('running'));
    }
  } catch (error) {
    await tell(signal.aborted ? 'interrupted' : 'failed');
    signal.throwIfAborted();
    throw error;
  }
  return tell('complete');
}

/** What all steps of an operation have in common. */
interface About {
  operation: Operation;
  seed: number;
  setup: Setup;
  config: RunConfig;
  options: SweepOptions;
}

/** The curves of one operation: the servers are started once, and climb side by side. */
class OperationSweep {
  readonly #about: About;
  /** Of the whole sweep: those of this operation are added. */
  readonly #climbs: Climb[];

  constructor(about: About, climbs: Climb[]) {
    this.#about = about;
    this.#climbs = climbs;
  }

  /** Climbs with all targets, and saves after every step. */
  async run(targets: readonly string[], save: () => Promise<unknown>): Promise<void> {
    const { seed, options } = this.#about;
    const random = createRandom(seed);
    const order = shuffled(targets, random);
    const ladderStart = options.policy.by === 'connections' ? 1 : undefined;
    await this.#withGenerator(ladderStart, async (context) => {
      await withServers(
        order,
        context,
        () => {},
        async (servers) => {
          const own = new Map<string, Climb>();
          for (const target of targets) {
            const server = serverOf(servers, target);
            const climb = await this.#begin(server, context);
            own.set(target, climb);
            this.#climbs.push(climb);
          }
          for (;;) {
            const open = targets.filter((target) => own.get(target)?.ended === 'running');
            if (open.length === 0) return;
            for (const target of shuffled(open, random)) {
              options.signal.throwIfAborted();
              const climb = own.get(target) as Climb;
              await this.#step(climb, serverOf(servers, target), context);
              await save();
            }
          }
        },
      );
    });
  }

  /** The ladder of rates needs to know where to begin. */
  async #begin(server: RunningServer, context: RunContext): Promise<Climb> {
    const { operation, options } = this.#about;
    const { by, ladder } = options.policy;
    let capacityPerSecond = 1;
    if (by === 'rate' && ladder.kind === 'auto') {
      options.onEvent({ type: 'calibrate', target: server.target });
      const load = await loadClosed(server, operation, context);
      capacityPerSecond = Math.max(1, load.requestsPerSecond);
    }
    return {
      ...{ target: server.target, operation, ended: 'running', overload: null },
      ...{ steps: [], capacityPerSecond },
    };
  }

  async #step(climb: Climb, server: RunningServer, context: RunContext): Promise<void> {
    const { setup, options } = this.#about;
    const { policy, onEvent } = options;
    const next = nextStep(policy, climb.steps.map(rungOf), climb.capacityPerSecond);
    if (next.next === 'end') {
      climb.ended = next.ended;
      return;
    }
    const { target, operation } = climb;
    onEvent({ type: 'sweep-step', target, operation, by: policy.by, ...next });
    const measured =
      policy.by === 'connections'
        ? await this.#withGenerator(next.level, async (own) => {
            await fill(server, own);
            return this.#measure(next, server, own);
          })
        : await this.#measure(next, server, context);
    const { trial, load } = measured;
    if (load.hung) throw hangOf(measured, this.#about.config);
    if (trial.requests.planned > 0 && trial.requests.answered === 0) throw noAnswer(trial);
    const judged = judgeStep(trial, policy, setup.serverCpusOf(target));
    climb.steps.push({
      ...{ number: this.#nextNumber(), purpose: next.purpose, level: next.level, trial },
      ...judged,
    });
    if (next.purpose === 'overload' && policy.overload && load.timeline) {
      climb.overload = pastKnee(load.timeline, {
        ...{ ratePerSecond: next.level, slo: policy.slo },
        overloadMs: policy.overload.overloadMs,
      });
    }
    onEvent({ type: 'sweep-step-end', target, operation, by: policy.by, trial, ...judged });
  }

  async #measure(
    { purpose, level }: Extract<Next, { next: 'measure' }>,
    server: RunningServer,
    context: RunContext,
  ) {
    const { operation, seed, options } = this.#about;
    const { by, overload } = options.policy;
    const stretch = {
      measure: by === 'rate' ? ('latency' as const) : ('throughput' as const),
      operation,
      // The same for all targets of a step.
      seed: deriveSeed(seed, 1, Math.round(level)),
    };
    const past = purpose === 'overload' ? overload : null;
    const pace = by === 'rate' ? { ratePerSecond: level } : null;
    const later = past && {
      atMs: past.overloadMs,
      ratePerSecond: Math.max(1, Math.round((level / past.factor) * recoveryShare)),
    };
    const changes = past && {
      durationMs: past.overloadMs + past.recoveryMs,
      intervalMs: overloadIntervalMs,
    };
    const [observed] = await runStretch(
      this.#nextNumber(),
      stretch,
      [server],
      pace && { ...pace, ...(later && { later }) },
      { ...context, config: { ...context.config, ...changes } },
    );
    if (!observed) throw new Error('a step without a trial');
    return observed;
  }

  /** Steps are numbered through the whole sweep. */
  #nextNumber(): number {
    return this.#climbs.reduce((sum, { steps }) => sum + steps.length, 1);
  }

  /** With as many connections to each target as the config says, or others. */
  #withGenerator<T>(
    connections: number | undefined,
    work: (context: RunContext) => Promise<T>,
  ): Promise<T> {
    const { setup, config, options } = this.#about;
    const { signal, onEvent } = options;
    const workload = connections === undefined ? {} : { connections };
    return withLoad(setup, { config, workload, signal, onEvent }, work);
  }
}

function serverOf(servers: readonly RunningServer[], name: string): RunningServer {
  return servers.find(({ target }) => target === name) as RunningServer;
}

function toCurve(climb: Climb, state: SweepResult['state']): SweepCurve {
  const { target, operation, steps, overload } = climb;
  const trials = steps.filter(({ purpose }) => purpose !== 'overload').map(({ trial }) => trial);
  const isCut = climb.ended === 'running' && state !== 'running';
  return {
    ...{ target, operation, steps, overload },
    capacity: capacityOf(trials),
    knee: kneeOf(steps.map(rungOf)),
    ended: isCut ? 'failed' : climb.ended,
  };
}

/** Whether some answer was wrong, so that nothing is to be trusted. */
export function isUntrusted({ curves }: SweepResult): boolean {
  return curves.some(({ steps }) => steps.some(({ trial }) => wrongAnswers(trial) > 0));
}
