import { plural } from '../plural.js';
import type { Warning } from '../result/schema.js';
import { requestsFor } from '../stats/resolution.js';
import { type GatePolicy, keysOf, nameOf } from './policy.js';
import { type GateRound, percentileOf, requestsIn } from './rounds.js';

/** What a reader of a gate must know of its rounds: percentiles that these requests cannot tell. */
export function gateWarnings(
  rounds: readonly GateRound[],
  policy: GatePolicy,
  { durationMs, ratePerSecond }: { durationMs: number; ratePerSecond: number },
): Warning[] {
  const [round] = rounds;
  if (!round) return [];
  const blind = keysOf(policy).flatMap((key) => {
    const percentile = percentileOf(key.metric);
    if (percentile === null || key.operation === null) return [];
    const requests = requestsIn(round, key.operation);
    const needed = requestsFor(percentile);
    return requests < needed ? [{ name: nameOf(key), requests, needed }] : [];
  });
  const [worst] = blind.toSorted((a, b) => b.needed - a.needed);
  if (!worst) return [];
  const seconds = Math.ceil(Math.max(worst.needed / ratePerSecond, durationMs / 1000));
  return [
    {
      code: 'unresolved',
      message: `${blind.map(({ name }) => name).join(', ')}: not measured, because a round has ${plural(worst.requests, 'request')}, and ${worst.name} needs ${worst.needed}.`,
      advice: `Give --duration ${seconds}s or more, a higher --rate, or leave it out of the metrics of the gate.`,
    },
  ];
}
