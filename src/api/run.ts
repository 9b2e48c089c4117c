import type { RunConfig } from '../config/schema.js';
import { withoutWorkers } from '../config/workers.js';
import { createPlan, type Plan } from '../plan/plan.js';
import type { RunResult } from '../result/schema.js';
import type { Measured } from '../run/context.js';
import { executePlan } from '../run/run.js';
import { compareTargets, isPrecise } from '../stats/compare.js';
import { parseThreshold, type ThresholdExpression } from '../stats/threshold-expression.js';
import { checkThresholds } from '../stats/thresholds.js';
import type { Target } from '../targets/target.js';
import { findTarget } from '../targets/targets.js';
import { mostAtOnce } from './at-once.js';
import { setUpExamined } from './examined.js';
import { ofQuickRun, withFittingKeys } from './fit-keys.js';
import { runDependencies } from './load.js';
import { tryNodeClient } from './node-client.js';
import { describeRun } from './run-result.js';
import { type Heading, openSession } from './session.js';
import type { Workbench } from './setup.js';

export interface ExecuteOptions extends Workbench {
  /** Where the result is written after every stretch of load; null: nowhere. */
  out: string | null;
  /** Whether the servers are examined first; without that their figures may be those of errors. */
  examine: boolean;
  /** What was planned, where somebody has been told of it: free memory, which it follows from, changes. */
  planned?: PlannedRun;
  /** Whether fewer keys are stored where storing them would take long: nobody has asked for so many. */
  fitKeys?: boolean;
}

interface PlannedRun {
  plan: Plan;
  thresholds: readonly ThresholdExpression[];
}

/**
 * What a run is going to do. Throws a usage error for a target that there is none of, for thresholds that
 * no figure of the run can decide, and for more keys than memory holds.
 */
export function planRun(config: RunConfig, targets: readonly Target[]): PlannedRun {
  // As they were given: `go#2` is our own name for a second `go`.
  for (const name of config.targets) findTarget(withoutWorkers(name), targets, 0);
  const { targets: names } = createPlan(config);
  const thresholds = config.failOn.map(parseThreshold);
  checkThresholds(thresholds, { ...config, targets: names });
  return { plan: createPlan(config, mostAtOnce(names, config, targets)), thresholds };
}

/**
 * Builds, examines and loads, and gives the result. When it fails, the last `result` event has what
 * was measured until then. Whatever ends it, all that it has started has ended then.
 */
export async function execute(asked: RunConfig, options: ExecuteOptions): Promise<RunResult> {
  const { out, signal, onEvent } = options;
  const { plan, thresholds } = options.planned ?? planRun(asked, options.targets);
  const onResult = (result: RunResult) => onEvent({ type: 'result', result });
  const session = await openSession({ out, signal, onResult });
  const examined = await setUpExamined(plan, asked, options);
  const { setup } = examined;
  const config = options.fitKeys
    ? await withFittingKeys(plan, asked, setup, options, ofQuickRun(plan, asked))
    : asked;
  let measured: Measured = { rate: null, trials: [] };
  let nodeClient: RunResult['nodeClient'] = null;
  const growing = {
    describe: (heading: Heading) =>
      describeRun(heading, { ...examined, plan, config, thresholds, measured, nodeClient }),
    isWorthKeeping: () => measured.trials.length > 0,
  };
  return session.measure(growing, async (save) => {
    onEvent({ type: 'plan', plan, config });
    const dependencies = runDependencies(setup, {
      workload: { keys: config.keys },
      onEvent,
      isEnough: (trials) =>
        plan.automatic &&
        isPrecise(compareTargets({ config, trials: [...trials] }), config.precision),
      save: async (soFar) => {
        measured = soFar;
        await save();
      },
    });
    await executePlan(plan, config, dependencies, signal);
    // An engine that was asked for by its name is to send alone.
    const isAsked = config.engine === 'native';
    if (setup.placement.engine.name === 'native' && !isAsked && options.examine) {
      nodeClient = await tryNodeClient(config, setup, plan.blockSize, options);
    }
  });
}
