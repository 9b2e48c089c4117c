import type { Operation } from '../config/operations.js';
import type { RunConfig } from '../config/schema.js';
import { createRandom, deriveSeed, shuffled } from '../random.js';
import type { RunContext } from '../run/context.js';
import { loadClosed } from '../run/rate.js';
import { hangOf, noAnswer, runStretch } from '../run/run.js';
import { fill, withServers } from '../run/servers.js';
import { rungOf } from '../sweep/curve.js';
import { type Next, nextStep } from '../sweep/next.js';
import { judgeStep } from '../sweep/outcome.js';
import { pastKnee } from '../sweep/past-knee.js';
import type { SweepCurve, SweepPolicy } from '../sweep/schema.js';
import type { RunningServer } from '../targets/target.js';
import { withLoad } from './load.js';
import type { Setup, Workbench } from './setup.js';

/** A curve as it grows. */
export interface Climb
  extends Pick<SweepCurve, 'target' | 'operation' | 'steps' | 'ended' | 'overload'> {
  /** What a short closed loop answered. */
  capacityPerSecond: number;
}

/** Of the overload: a stall of some ms must show in it. */
const overloadIntervalMs = 100;

/** After it a server is given so much of its knee: what it had no trouble with. */
const recoveryShare = 0.5;

/** What all steps of an operation have in common. */
interface About {
  operation: Operation;
  seed: number;
  setup: Setup;
  config: RunConfig;
  options: Pick<Workbench, 'signal' | 'onEvent'> & { policy: SweepPolicy };
}

/** The curves of one operation: servers are started once, and climb side by side as far as memory holds them. */
export class OperationSweep {
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
      target: server.target,
      operation,
      ended: 'running',
      overload: null,
      steps: [],
      capacityPerSecond,
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
      number: this.#nextNumber(),
      purpose: next.purpose,
      level: next.level,
      trial,
      ...judged,
    });
    if (next.purpose === 'overload' && policy.overload && load.timeline) {
      climb.overload = pastKnee(load.timeline, {
        ratePerSecond: next.level,
        slo: policy.slo,
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
