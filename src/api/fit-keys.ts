import type { RunConfig } from '../config/schema.js';
import { fillingMs, fittingKeys, quickFillMs } from '../plan/fill.js';
import type { Plan } from '../plan/plan.js';
import { grouped } from '../plural.js';
import type { Warning } from '../result/schema.js';
import { probeFill } from '../run/probe-fill.js';
import { withLoad } from './load.js';
import type { Setup, Workbench } from './setup.js';

/** So many keys tell how long one takes, and are stored soon even by a slow server. */
const probeKeys = 300;

/** What storing keys may take. */
interface Allowed {
  /** In how many rounds. */
  rounds: number;
  /** In all of them together. */
  budgetMs: number;
  /** Says what would have been: how long it would take, and how many are stored. */
  tell(neededMs: number, fitting: number): Pick<Warning, 'message' | 'advice'>;
}

/** The config with as many keys as there is time to store in each round, of which it warns. */
export async function withFittingKeys(
  plan: Plan,
  config: RunConfig,
  setup: Setup,
  { signal, onEvent }: Pick<Workbench, 'signal' | 'onEvent'>,
  { rounds, budgetMs, tell }: Allowed,
): Promise<RunConfig> {
  const filled = plan.targets.filter((name) => setup.requestsFor(name).preload !== null);
  const workload = { keys: Math.min(probeKeys, config.keys) };
  const load = { config, signal, onEvent, workload, generator: { warmUp: false } };
  const msPerKey = await withLoad(setup, load, (context) => probeFill(filled, context));
  const fitting = fittingKeys(config, { rounds, msPerKey, budgetMs });
  if (fitting === config.keys) return config;
  const neededMs = fillingMs(config.keys, rounds, msPerKey);
  setup.warnings.push({ code: 'fewer-keys', ...tell(neededMs, fitting) });
  return { ...config, keys: fitting };
}

/** What a quick run has time to store in all of its rounds. */
export function ofQuickRun({ maxRounds }: Plan, { keys }: RunConfig): Allowed {
  return {
    rounds: maxRounds,
    budgetMs: quickFillMs,
    tell: (neededMs, fitting) => ({
      message: `Storing ${grouped(keys)} keys in every round would take ${seconds(neededMs)} in all, so ${grouped(fitting)} are stored: a quick run is to be quick.`,
      advice: `Give --keys ${keys} to have as many all the same, or leave out --quick.`,
    }),
  };
}

/** What is stored in the time of a round's load: a gate is waited for. */
export function ofGate({ roundMs }: Plan, { keys }: RunConfig): Allowed {
  return {
    rounds: 1,
    budgetMs: roundMs,
    tell: (neededMs, fitting) => ({
      message: `Storing ${grouped(keys)} keys would take ${seconds(neededMs)} of each round, more than its load, so ${grouped(fitting)} are stored.`,
      advice: `Give --keys ${keys}, or keys in the config file, to have as many all the same.`,
    }),
  };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
