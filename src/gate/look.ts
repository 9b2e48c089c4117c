import { holm } from '../stats/holm.js';
import {
  endlessRatio,
  estimateShift,
  pValueAbove,
  toRatio,
  walshAverages,
} from '../stats/signed-rank.js';
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
  const found = keys.map((key) => evidenceOf(rounds, policy, key, { regressionAlpha, safeAlpha }));
  const rejected = holm(
    found.map(({ pValue }) => pValue),
    regressionAlpha,
  );
  return found.map((evidence, index) =>
    rejected[index] ? { ...evidence, status: 'suspect' } : evidence,
  );
}

/** The evidence on one figure by itself, before it is weighed against the others. */
export function evidenceOf(
  rounds: readonly GateRound[],
  policy: GatePolicy,
  key: MetricKey,
  { regressionAlpha, safeAlpha }: Pick<Look, 'regressionAlpha' | 'safeAlpha'>,
): Evidence {
  const pairs = pairsOf(rounds, key);
  if (pairs.length === 0) {
    return { ...key, rounds: 0, ratio: null, pValue: 1, provable: null, status: 'unmeasured' };
  }
  const { ratios, growths } = averagesOf(pairs, key);
  const line = Math.log1p(allowanceOf(policy, key));
  const shift = estimateShift(ratios, safeAlpha);
  const strict = estimateShift(ratios, regressionAlpha / keysOf(policy).length).low;
  const safe = growths
    ? // Memory is safe by either of two tests: half of the level each, or the error would be doubled.
      isBelow(ratios, line, safeAlpha / 2) ||
      isBelow(growths, policy.rssAllowanceBytes, safeAlpha / 2)
    : isBelow(ratios, line, safeAlpha);
  return {
    ...key,
    rounds: pairs.length,
    ratio: toRatio(shift),
    pValue: pValueOf({ ratios, growths }, policy, key),
    provable: strict === null ? null : provableRatio(line + shift.estimate - strict),
    status: safe ? 'safe' : 'undecided',
  };
}

/** Null where both ends are infinite: then there is nothing to be said of it. */
function provableRatio(shift: number): number | null {
  return Number.isNaN(shift) ? null : Math.min(Math.exp(shift), endlessRatio);
}

/** Whether the middle is proven to lie below a bound, at that level. */
function isBelow(averages: Float64Array, bound: number, alpha: number): boolean {
  const { high } = estimateShift(averages, alpha);
  return high !== null && high < bound;
}

/** Walsh averages of ln(head / base) and, for memory, of head - base in bytes. */
export function averagesOf(
  pairs: readonly { base: number; head: number }[],
  { metric }: MetricKey,
) {
  return {
    ratios: walshAverages(pairs.map(({ base, head }) => Math.log(head / base))),
    growths: metric === 'rss' ? walshAverages(pairs.map(({ base, head }) => head - base)) : null,
  };
}

/**
 * The exact p-value of "within the allowance". Memory has two, and is within them while it keeps
 * either: both hypotheses must be rejected, so the larger p-value counts (an intersection-union
 * test: Berger, Technometrics 24, 1982).
 */
export function pValueOf(
  { ratios, growths }: ReturnType<typeof averagesOf>,
  policy: GatePolicy,
  key: MetricKey,
): number {
  const relative = pValueAbove(ratios, Math.log1p(allowanceOf(policy, key)));
  return growths ? Math.max(relative, pValueAbove(growths, policy.rssAllowanceBytes)) : relative;
}
