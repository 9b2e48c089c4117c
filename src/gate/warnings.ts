import { grouped, plural } from '../plural.js';
import type { Warning } from '../result/schema.js';
import { requestsTaken } from './metrics.js';
import { confirmationsOf, type GatePolicy, keysOf, nameOf } from './policy.js';
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
  const reaches = (rounds: number, level: number) => 2 ** -rounds <= level;
  const suspecting = looks.filter((look) => reaches(look.rounds, look.regressionAlpha / figures));
  const confirmations = suspecting.map((look) => confirmationsOf(policy, look));
  const canConfirm = (counts: number[]) =>
    counts.some((count) => reaches(count, policy.confirmationAlpha / counts.length));
  if (confirmations.some(canConfirm)) return [];
  const measured = suspecting.length > 0 ? confirmations.flat() : looks.map(({ rounds }) => rounds);
  const tooFew = Math.max(...measured);
  return [
    {
      code: 'powerless',
      message: `No slowdown can be proven by this policy: ${plural(tooFew, 'round')} can't reach its levels for ${plural(figures, 'figure')}.`,
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
    if (key.operation === null) return [];
    const requests = requestsIn(round, key.operation);
    const needed = requestsTaken(key.metric);
    return requests < needed ? [{ name: nameOf(key), requests, needed }] : [];
  });
  if (blind.length === 0) return [];
  const fewest = Math.min(...blind.map(({ requests }) => requests));
  const needs = [...new Set(blind.map(({ needed }) => needed))].sort((a, b) => a - b);
  const described = needs.map((needed) => {
    const names = blind.filter((one) => one.needed === needed).map(({ name }) => name);
    return `${names.join(', ')} ${names.length === 1 ? 'takes' : 'take'} ${grouped(needed)}`;
  });
  const seconds = needs.map(
    (needed) => `${Math.ceil(Math.max(needed / ratePerSecond, durationMs / 1000))}s`,
  );
  const [first, last] = [seconds[0], seconds.at(-1)];
  const duration = first === last ? `${last} or more` : `${first} for the first, ${last} for all`;
  return [
    {
      code: 'unresolved',
      message: `A round has ${plural(fewest, 'request')}, too few for some figures, which are not measured: ${described.join('; ')}.`,
      advice: `Give --duration ${duration}; or a higher --rate; or leave them out of the metrics of the gate.`,
    },
  ];
}
