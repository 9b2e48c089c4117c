import type { RunConfig } from '../config/schema.js';
import type { Plan } from '../plan/plan.js';
import type { Measured } from '../run/context.js';
import { executePlan } from '../run/run.js';
import { compareTargets, isPrecise } from '../stats/compare.js';
import type { Io } from './io.js';
import { drawProgress } from './progress.js';
import type { Setup } from './setup.js';
import type { StatusLine } from './status.js';

/** Carries the plan out; an error comes back beside what was measured before it. */
export async function measure(
  plan: Plan,
  config: RunConfig,
  io: Io,
  status: StatusLine,
  setup: Setup,
  save: (measured: Measured) => Promise<void>,
): Promise<{ measured: Measured; error: unknown }> {
  let measured: Measured = { rate: null, trials: [] };
  const progress = drawProgress(plan, config, status);
  try {
    await executePlan(
      plan,
      config,
      {
        ...setup,
        now: () => new Date(),
        onEvent: progress.onEvent,
        isEnough: (trials) =>
          isPrecise(compareTargets({ config, trials: [...trials] }), config.precision),
        save: (soFar) => {
          measured = soFar;
          return save(soFar);
        },
      },
      io.signal,
    );
    return { measured, error: null };
  } catch (error) {
    return { measured, error };
  } finally {
    progress.stop();
  }
}
