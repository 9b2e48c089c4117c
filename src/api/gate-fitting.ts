import type { RunConfig } from '../config/schema.js';
import { aboutFigure } from '../gate/metrics.js';
import type { GatePolicy } from '../gate/policy.js';
import { createPlan } from '../plan/plan.js';
import { chooseRate, paceFor } from '../run/rate.js';
import { requestsFor } from '../stats/resolution.js';
import { withKeysForGate } from './fit-keys.js';
import type { Fitting } from './gate-request.js';
import { withLoad } from './load.js';
import type { Setup, Workbench } from './setup.js';

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
  const config = fitting.keys
    ? await withKeysForGate(createPlan(asked), asked, setup, options)
    : asked;
  if (config.rate !== 'auto') return config;
  const plan = createPlan(config);
  onEvent({ type: 'plan', plan, config });
  const load = { config, signal, onEvent, workload: { keys: config.keys } };
  const rate = await withLoad(setup, load, (context) => chooseRate(plan, context));
  const slowest = Math.min(...rate.capacities.map(({ requestsPerSecond }) => requestsPerSecond));
  const pace = paceFor(slowest, config, {
    targets: plan.blockSize,
    needs: metrics.flatMap((metric) => {
      const { percent } = aboutFigure(metric);
      return percent === undefined ? [] : [requestsFor(percent)];
    }),
    longestMs: config.durationMs * (fitting.duration ? longest : 1),
  });
  const { ratePerSecond, durationMs } = pace;
  onEvent({ type: 'rate', rate: { ...rate, ratePerSecond } });
  return { ...config, rate: ratePerSecond, durationMs };
}
