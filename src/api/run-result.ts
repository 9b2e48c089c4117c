import type { RunConfig } from '../config/schema.js';
import type { Plan } from '../plan/plan.js';
import { type RunResult, schemaVersion } from '../result/schema.js';
import type { Measured } from '../run/context.js';
import { compareTargets } from '../stats/compare.js';
import { summarize } from '../stats/summary.js';
import type { ThresholdExpression } from '../stats/threshold-expression.js';
import { evaluateThresholds } from '../stats/thresholds.js';
import { runWarnings } from '../stats/warnings.js';
import type { Examined } from './examined.js';
import { secondOpinion } from './node-client.js';
import type { Heading } from './session.js';

interface KnownRun extends Examined {
  plan: Plan;
  config: RunConfig;
  thresholds: readonly ThresholdExpression[];
  measured: Measured;
  nodeClient: RunResult['nodeClient'];
}

/** The result of a run, of what is known by now, with all that follows of it. */
export function describeRun(
  heading: Heading,
  { plan, config, setup, surroundings, thresholds, measured, nodeClient }: KnownRun,
): RunResult {
  const { rate } = measured;
  const trials = [...measured.trials];
  const described: RunResult = {
    schemaVersion,
    ...heading,
    importedFrom: null,
    config,
    ...surroundings,
    ...(plan.blockSize < plan.targets.length && { blockSize: plan.blockSize }),
    rate,
    trials,
    summary: summarize({ config, trials }),
    comparisons: compareTargets({ config, trials }),
    nodeClient,
    thresholds: [],
    warnings: [
      ...setup.warnings,
      ...runWarnings({ config, trials, engine: setup.placement.engine.name }),
      ...secondOpinion(trials, nodeClient),
    ],
  };
  return { ...described, thresholds: evaluateThresholds(thresholds, described) };
}
