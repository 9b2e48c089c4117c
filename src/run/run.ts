import { requestsOf } from '../config/operations.js';
import type { RunConfig } from '../config/schema.js';
import { KvbenchError, messageOf } from '../errors.js';
import { IntervalHistogram } from '../interval-histogram.js';
import type { LiveFigures, LoadOutcome, LoadSpec, Pace } from '../load/protocol.js';
import { intervalOf, stretchMsOf } from '../plan/interval.js';
import {
  minAutomaticRounds,
  type Plan,
  type PlannedRound,
  type PlannedStretch,
  storeOf,
} from '../plan/plan.js';
import { deriveSeed } from '../random.js';
import type { RunResult, Trial } from '../result/schema.js';
import type { RunningServer } from '../targets/target.js';
import type { RunContext, RunDependencies } from './context.js';
import { withGenerator } from './generator.js';
import { noLongerAnswers } from './hang.js';
import { type ObservedTrial, observe } from './observe.js';
import { chooseRate } from './rate.js';
import { withServers } from './servers.js';

/**
 * Carries out a plan: chooses the rate, then round by round with fresh servers. Whatever ends it
 * (an error, the signal), servers and generator have ended when it returns or throws.
 */
export async function executePlan(
  plan: Plan,
  config: RunConfig,
  dependencies: RunDependencies,
  signal: AbortSignal,
): Promise<void> {
  const trials: Trial[] = [];
  const startMs = performance.now();
  try {
    await withGenerator(dependencies.startGenerator, signal, async (generator) => {
      const context: RunContext = { ...dependencies, config, generator, signal };
      const rate = config.measures.includes('latency') ? await chooseRate(plan, context) : null;
      if (rate) dependencies.onEvent({ type: 'rate', rate });
      for (let number = 1; number <= plan.maxRounds; number++) {
        signal.throwIfAborted();
        dependencies.onEvent({ type: 'round', round: number });
        await executeRound(plan.round(number), rate, context, trials);
        const mayEnd = !plan.automatic || number >= minAutomaticRounds;
        if (mayEnd && dependencies.isEnough(trials)) break;
        const elapsedMs = performance.now() - startMs;
        // A round that would end after the budget is not begun.
        const roundMs = elapsedMs / number;
        if (plan.automatic && elapsedMs + roundMs > config.timeBudgetMs) break;
      }
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

async function executeRound(
  round: PlannedRound,
  rate: RunResult['rate'],
  context: RunContext,
  trials: Trial[],
): Promise<void> {
  const { onEvent, save, signal } = context;
  const filling = (target: string) => onEvent({ type: 'preload', round: round.number, target });
  for (const block of round.blocks) {
    signal.throwIfAborted();
    await withServers(block, context, filling, async (servers) => {
      for (const stretch of round.stretches) {
        signal.throwIfAborted();
        onEvent({ type: 'stretch-start', round: round.number, targets: block, stretch });
        const pace =
          stretch.measure === 'latency' ? { ratePerSecond: rate?.ratePerSecond ?? 1 } : null;
        const observed = await runStretch(round.number, stretch, servers, pace, context);
        const own = observed.map(({ trial }) => trial);
        trials.push(...own);
        await save({ rate, trials });
        onEvent({ type: 'stretch-end', trials: own });
        const hung = observed.find(({ load }) => load.hung);
        if (hung) throw hangOf(hung, context.config);
        const unanswered = own.find(
          ({ requests }) => requests.planned > 0 && requests.answered === 0,
        );
        if (unanswered) throw noAnswer(unanswered);
      }
    });
  }
}

/** One stretch of load that all servers share, and the trial that it was for each of them. */
export async function runStretch(
  round: number,
  stretch: PlannedStretch,
  servers: readonly RunningServer[],
  pace: Omit<Pace, 'arrivals'> | null,
  context: RunContext,
): Promise<ObservedTrial[]> {
  const { config, generator } = context;
  const died = Promise.race(servers.map((server) => server.died));
  died.catch(() => {});
  const interleave = interleaveOf(stretch, config);
  const intervalMs = intervalOf(config, stretchMsOf(config, interleave, servers.length));
  const spec: LoadSpec = {
    targets: servers.map((server) => server.target),
    mix: requestsOf(stretch.operation),
    pace: pace && { ...pace, arrivals: config.arrivals },
    durationMs: config.durationMs,
    interleave,
    sliceMs: config.sliceMs,
    intervalMs,
    seed: stretch.seed,
  };
  try {
    const warmupSpec = {
      ...spec,
      // Of the rate that it begins with.
      pace: spec.pace && { ratePerSecond: spec.pace.ratePerSecond, arrivals: config.arrivals },
      durationMs: config.warmupMs,
      intervalMs: null,
      seed: deriveSeed(stretch.seed, 1),
    };
    const warmup: LoadOutcome[] =
      config.warmupMs > 0 ? await Promise.race([generator.load(warmupSpec), died]) : [];
    const silent = spec.targets.find((_, index) => warmup[index]?.hung);
    if (silent !== undefined)
      throw noLongerAnswers(silent, `${stretch.operation} of round ${round}`, config);
    const startedAt = context.now();
    const onLive = (live: LiveFigures[]) =>
      context.onEvent({ type: 'live', round, stretch, figures: live.map(describeLive) });
    const load = () => Promise.race([generator.load(spec, onLive), died]);
    const readBack = (target: string) => Promise.race([generator.readBack(target), died]);
    const ratePerSecond = pace?.ratePerSecond ?? null;
    const about = { round, stretch, startedAt, ratePerSecond, intervalMs, warmup };
    return await observe(servers, load, readBack, about, context);
  } catch (error) {
    if (error instanceof KvbenchError) throw error;
    throw new Error(`round ${round}, ${stretch.operation}: ${messageOf(error)}`, { cause: error });
  }
}

function describeLive({ target, loadedMs, answered, errors, latency }: LiveFigures) {
  const histogram = IntervalHistogram.from(latency);
  return {
    target,
    requestsPerSecond: loadedMs > 0 ? (answered / loadedMs) * 1000 : null,
    p50Ns: histogram.valueAt(50),
    p99Ns: histogram.valueAt(99),
    errors,
  };
}

/** Closed loops at the same time would measure who of them gets the CPU. */
function interleaveOf({ measure }: PlannedStretch, { interleave }: RunConfig) {
  return interleave === 'request' && measure === 'throughput' ? 'slice' : interleave;
}

/** The error for a trial that was ended because its server had stopped answering. */
export function hangOf({ trial }: ObservedTrial, config: RunConfig): KvbenchError {
  return noLongerAnswers(trial.target, `${trial.operation} of round ${trial.round}`, config);
}

export function noAnswer({ target, operation, round, firstError }: Trial): KvbenchError {
  return new KvbenchError(
    'target',
    `${target} gave no right answer to any ${operation} of round ${round}: ${firstError}.`,
    `Try it by hand with \`kvbench serve ${storeOf(target)}\`, or allow more with --timeout.`,
  );
}
