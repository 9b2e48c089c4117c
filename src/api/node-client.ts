import type { RunConfig } from '../config/schema.js';
import { messageOf } from '../errors.js';
import { median } from '../median.js';
import { undiciVersion } from '../package.js';
import { createPlan, isNullTarget } from '../plan/plan.js';
import { plural } from '../plural.js';
import { deriveSeed } from '../random.js';
import type { RunResult, Trial, Warning } from '../result/schema.js';
import { executePlan } from '../run/run.js';
import { errorsOf, summarize, trialsOf } from '../stats/summary.js';
import { runDependencies } from './load.js';
import type { Setup, Workbench } from './setup.js';

type NodeClient = NonNullable<RunResult['nodeClient']>;

const rounds = 3;

/** Short: what a client gets is seen soon, and the run is about the servers. */
const longestMs = 300;

/** The rounds in which that is measured, with so many targets at most at the same time. */
export function nodeClientPlan(config: RunConfig, mostAtOnce: number) {
  const durationMs = Math.min(longestMs, config.durationMs);
  const own: RunConfig = {
    ...config,
    measures: ['throughput'],
    interleave: 'slice',
    rounds,
    durationMs,
    calibrate: false,
    warmupMs: Math.min(100, config.warmupMs),
    sliceMs: Math.round(durationMs / 2),
    seed: deriveSeed(config.seed, 6),
  };
  return { config: own, plan: createPlan(own, mostAtOnce) };
}

/**
 * What one Node client gets from each target: the loops of the undici engine, closed and short, in rounds
 * of their own after those of a faster engine. It is a second opinion, too: two instruments that share
 * no code must agree on counts and answers.
 */
async function measureNodeClient(
  config: RunConfig,
  setup: Setup,
  mostAtOnce: number,
  { signal, onEvent }: Pick<Workbench, 'signal' | 'onEvent'>,
): Promise<NodeClient> {
  const { config: own, plan } = nodeClientPlan(config, mostAtOnce);
  onEvent({ type: 'plan', plan, config: own });
  let trials: Trial[] = [];
  const dependencies = runDependencies(setup, {
    workload: { keys: own.keys },
    generator: { engine: { name: 'undici' } },
    onEvent,
    save: async (measured) => {
      trials = [...measured.trials];
    },
  });
  await executePlan(plan, own, dependencies, signal);
  return {
    engine: { name: 'undici', version: undiciVersion },
    rounds,
    durationMs: own.durationMs,
    trials,
    summary: summarize({ config: own, trials }),
  };
}

/** The same; null, with a warning, where it can't be measured: all else is, and is no worse for it. */
export function tryNodeClient(
  config: RunConfig,
  setup: Setup,
  mostAtOnce: number,
  options: Pick<Workbench, 'signal' | 'onEvent'>,
): Promise<NodeClient | null> {
  return measureNodeClient(config, setup, mostAtOnce, options).catch((error: unknown) => {
    options.signal.throwIfAborted();
    setup.warnings.push({
      code: 'node-client',
      message: `What a Node client gets could not be measured: ${messageOf(error)}`,
      advice: 'Run with --engine undici to see it by itself.',
    });
    return null;
  });
}

/** Less than this share of the other engine's time, and one of the two does not tell the truth. */
const leastShare = 0.8;

/** Where the two engines disagree, which both can't be right in. */
export function secondOpinion(trials: readonly Trial[], client: NodeClient | null): Warning[] {
  if (client === null) return [];
  return client.summary
    .filter(({ target }) => !isNullTarget(target))
    .flatMap(({ target, operation }): Warning[] => {
      const row = { target, operation, measure: 'throughput' } as const;
      const [first, second] = [trialsOf(trials, row), trialsOf(client.trials, row)];
      if (first.length === 0 || second.length === 0) return [];
      const errorsIn = (own: readonly Trial[]) => own.reduce((sum, t) => sum + errorsOf(t), 0);
      const p50Of = (own: readonly Trial[]) => median(own.map((t) => t.serviceTime?.p50Ns ?? 0));
      const [ownErrors, clientErrors] = [errorsIn(first), errorsIn(second)];
      const [ownP50, clientP50] = [p50Of(first), p50Of(second)];
      const advice =
        'One of them is wrong: `--engine undici` and `--engine native` show each alone.';
      if (ownErrors === 0 && clientErrors > 0) {
        const found = second.find(({ firstError }) => firstError)?.firstError ?? 'lost writes';
        const message = `${target} ${operation}: the undici engine counts ${plural(clientErrors, 'wrong or missing answer')}, the other none. First: ${found}.`;
        return [{ code: 'engines-disagree', message, advice }];
      }
      if (clientP50 > 0 && clientP50 < ownP50 * leastShare) {
        const message = `${target} ${operation}: by the undici engine half of the answers take ${micros(clientP50)} or less, by the faster one ${micros(ownP50)}.`;
        return [{ code: 'engines-disagree', message, advice }];
      }
      return [];
    });
}

function micros(ns: number): string {
  return `${Math.round(ns / 1000)} µs`;
}
