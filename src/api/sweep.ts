import type { RunConfig } from '../config/schema.js';
import { createPlan } from '../plan/plan.js';
import { deriveSeed } from '../random.js';
import { capacityOf, kneeOf, rungOf } from '../sweep/curve.js';
import { wrongAnswers } from '../sweep/outcome.js';
import {
  type SweepCurve,
  type SweepPolicy,
  type SweepResult,
  sweepSchemaVersion,
} from '../sweep/schema.js';
import { curveWarnings } from '../sweep/warnings.js';
import { mostAtOnce } from './at-once.js';
import { setUpExamined } from './examined.js';
import { type Heading, openSession } from './session.js';
import type { Workbench } from './setup.js';
import { type Climb, OperationSweep } from './sweep-operation.js';

export interface SweepOptions extends Workbench {
  policy: SweepPolicy;
  /** Where the result is written after every step; null: nowhere. */
  out: string | null;
}

/**
 * Loads every target step by step, as the policy and what was measured ask for, and gives the
 * result. Targets take turns at each step. When it fails, the last `sweep-result` event has what was
 * measured until then. Whatever ends it, all that it has started has ended then.
 */
export async function executeSweep(config: RunConfig, options: SweepOptions): Promise<SweepResult> {
  const { policy, out, signal, onEvent } = options;
  const onResult = (result: SweepResult) => onEvent({ type: 'sweep-result', result });
  const session = await openSession({ out, signal, onResult });
  const names = createPlan(config).targets;
  const plan = createPlan(config, mostAtOnce(names, config, options.targets));
  const { setup, surroundings } = await setUpExamined(plan, config, { ...options, examine: true });
  const climbs: Climb[] = [];
  const describe = (heading: Heading): SweepResult => {
    const curves = climbs.map((climb) => toCurve(climb, heading.state));
    const found = curves.flatMap((curve) => curveWarnings(curve, policy.slo));
    return {
      sweepSchemaVersion,
      ...heading,
      config,
      policy,
      ...surroundings,
      curves,
      warnings: [...setup.warnings, ...found],
    };
  };
  const isWorthKeeping = () => climbs.some(({ steps }) => steps.length > 0);
  return session.measure({ describe, isWorthKeeping }, async (save) => {
    for (const [index, operation] of config.operations.entries()) {
      signal.throwIfAborted();
      const seed = deriveSeed(config.seed, 5, index);
      const sweep = new OperationSweep({ operation, seed, setup, config, options }, climbs);
      // More servers than memory holds climb block by block: curves are not paired as the rounds of a run are.
      for (const block of plan.round(1).blocks) {
        const together = plan.targets.filter((name) => block.includes(name));
        await sweep.run(together, save);
      }
    }
  });
}

function toCurve(climb: Climb, state: SweepResult['state']): SweepCurve {
  const { target, operation, steps, overload } = climb;
  const trials = steps.filter(({ purpose }) => purpose !== 'overload').map(({ trial }) => trial);
  const isCut = climb.ended === 'running' && state !== 'running';
  return {
    target,
    operation,
    steps,
    overload,
    capacity: capacityOf(trials),
    knee: kneeOf(steps.map(rungOf)),
    ended: isCut ? 'failed' : climb.ended,
  };
}

/** Whether some answer was wrong, so that nothing is to be trusted. */
export function isUntrusted({ curves }: SweepResult): boolean {
  return curves.some(({ steps }) => steps.some(({ trial }) => wrongAnswers(trial) > 0));
}
