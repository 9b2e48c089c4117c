import type { RunConfig } from '../config/schema.js';
import { fillingMs, fittingKeys, quickFillMs } from '../plan/fill.js';
import type { Plan } from '../plan/plan.js';
import { probeFill } from '../run/probe-fill.js';
import { runDependencies } from './load.js';
import type { Setup, Workbench } from './setup.js';

/** So many keys tell how long one takes, and are stored soon even by a slow server. */
const probeKeys = 300;

/** The config with as many keys as a quick run has time to store in each of its rounds, and says so. */
export async function withFittingKeys(
  plan: Plan,
  config: RunConfig,
  setup: Setup,
  { signal, onEvent }: Pick<Workbench, 'signal' | 'onEvent'>,
): Promise<RunConfig> {
  const keys = Math.min(probeKeys, config.keys);
  const filled = plan.targets.filter((name) => setup.requestsFor(name).preload !== null);
  const dependencies = runDependencies(setup, {
    workload: { keys },
    generator: { warmUp: false },
    onEvent,
  });
  const msPerKey = await probeFill(filled, { ...dependencies, config, keys }, signal);
  const rounds = plan.maxRounds;
  const fitting = fittingKeys(config, { rounds, msPerKey, budgetMs: quickFillMs });
  if (fitting === config.keys) return config;
  const seconds = Math.round(fillingMs(config.keys, rounds, msPerKey) / 1000);
  setup.warnings.push({
    code: 'fewer-keys',
    message: `Storing ${config.keys} keys in every round would take ${seconds} s in all, so ${fitting} are stored: a quick run is to be quick.`,
    advice: `Give --keys ${config.keys} to have as many all the same, or leave out --quick.`,
  });
  return { ...config, keys: fitting };
}
