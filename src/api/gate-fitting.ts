import type { RunConfig } from '../config/schema.js';
import { requestsTaken, requestsWanted } from '../gate/metrics.js';
import type { GatePolicy } from '../gate/policy.js';
import { createPlan } from '../plan/plan.js';
import { chooseRate, paceFor } from '../run/rate.js';
import { ofGate, withFittingKeys } from './fit-keys.js';
import { withLoad } from './load.js';
import type { Setup, Workbench } from './setup.js';

/** What is found out before the first round where nobody has said it. */
export interface Fitting {
  /** Fewer keys, where storing them would take longer than the load of a round. */
  keys: boolean;
  /** Longer rounds, where a slow server answers too few requests in one to tell the figures that decide. */
  duration: boolean;
}

/** Of what nobody has given a length to: rounds twice as long still come to the second look in time. */
const longest = 2;

/**
 * The load of a gate with what is found out before its first round: how many keys there is time for, and where
 * the rate is to be found, the rate and how long a round must be at it for the figures that decide.
 */
export async function fitted(
  asked: RunConfig,
  { metrics }: Pick<GatePolicy, 'metrics'>,
  setup: Setup,
  options: Pick<Workbench, 'signal' | 'onEvent'> & { fitting: Fitting },
): Promise<RunConfig> {
  const { fitting, signal, onEvent } = options;
  const plan = createPlan(asked);
  const config = fitting.keys
    ? await withFittingKeys(plan, asked, setup, options, ofGate(plan, asked))
    : asked;
  if (config.rate !== 'auto') return config;
  onEvent({ type: 'plan', plan, config });
  const load = { config, signal, onEvent, workload: { keys: config.keys } };
  const rate = await withLoad(setup, load, (context) => chooseRate(plan, context));
  const slowest = Math.min(...rate.capacities.map(({ requestsPerSecond }) => requestsPerSecond));
  const pace = paceFor(slowest, config, {
    targets: plan.blockSize,
    needs: [...metrics.map(requestsWanted), ...metrics.map(requestsTaken)],
    longestMs: config.durationMs * (fitting.duration ? longest : 1),
  });
  const { ratePerSecond, durationMs } = pace;
  onEvent({ type: 'rate', rate: { ...rate, ratePerSecond } });
  return { ...config, rate: ratePerSecond, durationMs };
}
