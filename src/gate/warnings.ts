import { plural } from '../plural.js';
import type { Warning } from '../result/schema.js';
import { requestsFor } from '../stats/resolution.js';
import { aboutFigure } from './metrics.js';
import { type GatePolicy, keysOf, nameOf } from './policy.js';
import { type GateRound, requestsIn } from './rounds.js';

/**
 * What a reader of a gate must know of its rounds: that they can prove nothing, and percentiles that
 * these requests cannot tell.
 */
export function gateWarnings(
  rounds: readonly GateRound[],
  policy: GatePolicy,
  { durationMs, ratePerSecond }: { durationMs: number; ratePerSecond: number },
): Warning[] {
  const [round] = rounds;
  if (!round) return [];
  return [...powerless(policy), ...blindTo(round, policy, { durationMs, ratePerSecond })];
}

/** Of policies by which nothing can ever be proven, whatever is measured. */
function powerless(policy: GatePolicy): Warning[] {
  const looks = policy.looks.filter(({ rounds }) => rounds <= policy.rounds);
  const figures = keysOf(policy).length;
  // The smallest p-value of so many rounds is that of all differences having one sign.
  const canSuspect = looks.some(
    ({ rounds, regressionAlpha }) => 2 ** -rounds <= regressionAlpha / figures,
  );
  const canConfirm = 2 ** -policy.confirmationRounds <= policy.confirmationAlpha;
  if (canSuspect && canConfirm) return [];
  return [
    {
      code: 'powerless',
      message: `No slowdown can be proven by this policy: ${canSuspect ? plural(policy.confirmationRounds, 'round') : plural(Math.max(...looks.map(({ rounds }) => rounds)), 'round')} are too few for its levels and ${plural(figures, 'figure')}.`,
      advice: 'Give the gate more rounds, or fewer operations and metrics; or leave its looks out.',
    },
  ];
}

function blindTo(
  round: GateRound,
  policy: GatePolicy,
  { durationMs, ratePerSecond }: { durationMs: number; ratePerSecond: number },
): Warning[] {
  const blind = keysOf(policy).flatMap((key) => {
    const { percent } = aboutFigure(key.metric);
    if (percent === undefined || key.operation === null) return [];
    const requests = requestsIn(round, key.operation);
    const needed = requestsFor(percent);
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
