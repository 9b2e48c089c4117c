import type { RunConfig } from '../config/schema.js';
import { expectedRoundMs } from '../plan/estimate.js';
import { isNullTarget, type Plan } from '../plan/plan.js';
import { findingMs } from '../run/rate.js';
import { examinedAtOnce } from './examined.js';
import { nodeClientPlan } from './node-client.js';

/** To start a server once and hold all that it answers against the contract, beside others. */
const checkMs = 1000;

/**
 * About how long a run takes besides builds: checks, finding a rate, rounds, and what a Node client gets.
 * Null for automatic rounds, of which nobody knows how many there will be.
 */
export function expectedMs(plan: Plan, config: RunConfig): number | null {
  if (plan.automatic) return null;
  const roundMs = expectedRoundMs(plan, config);
  const stores = plan.targets.filter((name) => !isNullTarget(name)).length;
  const isFound = config.rate === 'auto' && config.measures.includes('latency');
  // Of a round's start and filling each has one more.
  const startMs = (roundMs - plan.roundMs) / plan.targets.length;
  const findMs = isFound ? stores * (startMs + config.operations.length * findingMs(config)) : 0;
  const checksMs = Math.ceil(stores / examinedAtOnce(plan)) * checkMs;
  return checksMs + findMs + plan.maxRounds * roundMs + nodeClientMs(plan, config);
}

/** Another engine than the native one measures it in its own rounds. */
function nodeClientMs({ blockSize }: Plan, config: RunConfig): number {
  if (config.engine !== 'auto') return 0;
  const own = nodeClientPlan(config, blockSize);
  return own.plan.maxRounds * expectedRoundMs(own.plan, own.config);
}
