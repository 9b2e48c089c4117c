import type { RunConfig } from '../config/schema.js';
import type { Plan } from './plan.js';

/** To start a server, and to end it. */
const freshMs = 100;
const keyMs = 0.03;
/** To read all that is counted before and after a stretch, to read keys back, to save. */
const stretchMs = 100;

/**
 * About how long a round takes on the clock, load included. Until it is known how long all of its targets
 * take to start and to be filled, as long as the bundled ones do on two CPUs that nobody else uses.
 */
export function expectedRoundMs(
  plan: Plan,
  { keys, measures, operations }: Pick<RunConfig, 'keys' | 'measures' | 'operations'>,
  startsMs = plan.targets.length * (freshMs + keys * keyMs),
): number {
  const blocks = Math.ceil(plan.targets.length / plan.blockSize);
  const stretches = measures.length * operations.length * blocks;
  return plan.roundMs + startsMs + stretches * stretchMs;
}
