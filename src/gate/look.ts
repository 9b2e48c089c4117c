import { holm } from '../stats/holm.js';
import { estimateShift, pValueAbove } from '../stats/signed-rank.js';
import { allowanceOf, type GatePolicy, keysOf, type Look, type MetricKey } from './policy.js';
import { type GateRound, pairsOf } from './rounds.js';
import type { Evidence } from './schema.js';

/** Every gated figure of the policy, judged by the rounds of one look. */
export function examine(
  rounds: readonly GateRound[],
  policy: GatePolicy,
  { regressionAlpha, safeAlpha }: Look,
): Evidence[] {
  const keys = keysOf(policy);
  const found = keys.map((key) => weigh(rounds, policy, key, { regressionAlpha, safeAlpha }));
  const rejected = holm(
    found.map(({ pValue }) => pValue),
    regressionAlpha,
  );
  return found.map((evidence, index) =>
    rejected[index] ? { ...evidence, status: 'suspect' } : evidence,
  );
}

/** The evidence on one figure by itself, before it is weighed against the others. */
export function weigh(
  rounds: readonly GateRound[],
  policy: GatePolicy,
  key: MetricKey,
  { regressionAlpha, safeAlpha }: Pick<Look, 'regressionAlpha' | 'safeAlpha'>,
): Evidence {
  const pairs = pairsOf(rounds, key);
  if (pairs.length === 0) {
    return { ...key, rounds: 0, ratio: null, pValue: 1, provable: null, status: 'unmeasured' };
  }
  const line = Math.log1p(allowanceOf(policy, key));
  const differences = pairs.map(({ base, head }) => Math.log(head / base));
  const { estimate, low, high } = estimateShift(differences, safeAlpha);
  const strict = estimateShift(differences, regressionAlpha / keysOf(policy).length).low;
  const growth = key.metric === 'rss' ? pairs.map(({ base, head }) => head - base) : null;
  const growthHigh = growth && estimateShift(growth, safeAlpha).high;
  const safe =
    (high !== null && high < line) ||
    (growthHigh !== null && growthHigh < policy.rssAllowanceBytes);
  return {
    ...key,
    rounds: pairs.length,
    ratio: {
      estimate: Math.exp(estimate),
      low: low === null ? null : Math.exp(low),
      high: high === null ? null : Math.exp(high),
    },
    pValue: pValueOf(pairs, policy, key),
    provable: strict === null ? null : Math.exp(line + estimate - strict),
    status: safe ? 'safe' : 'undecided',
  };
}

/**
 * The exact p-value of "within the allowance". Memory has two, and is within them while it keeps
 * either: both hypotheses must be rejected, so the larger p-value counts (an intersection-union
 * test: Berger, Technometrics 24, 1982).
 */
export function pValueOf(
  pairs: readonly { base: number; head: number }[],
  policy: GatePolicy,
  key: MetricKey,
): number {
  const relative = pValueAbove(
    pairs.map(({ base, head }) => Math.log(head / base)),
    Math.log1p(allowanceOf(policy, key)),
  );
  if (key.metric !== 'rss') return relative;
  const growth = pairs.map(({ base, head }) => head - base);
  return Math.max(relative, pValueAbove(growth, policy.rssAllowanceBytes));
}
