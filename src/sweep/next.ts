import { ladderLevels, roundLevel } from './ladder.js';
import type { SweepPolicy, SweepStep } from './schema.js';
import { isConfirmed, type Rung, type Standing, standings } from './standing.js';

/** What a curve needs now: another measurement, or nothing, for that reason. */
export type Next =
  | { next: 'measure'; purpose: SweepStep['purpose']; level: number }
  | { next: 'end'; ended: 'saturated' | 'generator-limited' | 'ladder-used-up' };

/** How often the automatic ladder is left downwards, each time to half the level. */
const maxDescents = 6;

/** Steps besides those of the ladder; a machine on which nothing repeats itself must end, too. */
const maxSearchSteps = 40;

/** So many levels in a row that are not kept end the climb: one alone may be the machine's doing. */
const missesAtTop = 2;

/** Connections that do not bring so much more are of no use. */
const usefulGrowth = 1.05;

/**
 * What to measure next on one curve. Pure: the same steps give the same answer, so that a sweep is
 * its steps and nothing else.
 *
 * The ladder is climbed until two levels in a row are not kept, the first of them confirmed (see
 * `isConfirmed`). Then the gap between the highest kept level and the next one is halved
 * (geometrically), on one measurement each. What remains is a pair of levels: both are measured until
 * they are believed, and if one turns out otherwise the search goes on from there. So neither a lucky
 * step nor an unlucky one makes a knee.
 */
export function nextStep(
  policy: SweepPolicy,
  rungs: readonly Rung[],
  capacityPerSecond: number,
): Next {
  const known = standings(rungs);
  const isBudgetSpent =
    rungs.filter(({ purpose }) => purpose === 'search' || purpose === 'confirm').length >=
    maxSearchSteps;
  const ladder = ladderLevels(policy, capacityPerSecond);
  const climbed = isBudgetSpent ? null : climb(policy, known, ladder);
  if (climbed) return climbed;
  const { lo, hi } = bracket(known);
  const narrowed = isBudgetSpent ? null : narrow(policy, known, ladder, { lo, hi });
  if (narrowed) return narrowed;
  const ended = !hi
    ? 'ladder-used-up'
    : hi.status === 'generator-limited'
      ? 'generator-limited'
      : 'saturated';
  const isKnee = ended === 'saturated' && lo && isConfirmed(lo);
  const hasOverload = rungs.some(({ purpose }) => purpose === 'overload');
  if (isKnee && policy.overload && !hasOverload) {
    const level = roundLevel(lo.level * policy.overload.factor, policy.by);
    return { next: 'measure', purpose: 'overload', level };
  }
  return { next: 'end', ended };
}

interface Bracket {
  lo: Standing | undefined;
  hi: Standing | undefined;
}

/**
 * The highest level that is kept, and the lowest above it that is not. Levels below that were not
 * kept say nothing of the server: what it keeps at a higher load it keeps at a lower one, but for
 * what the machine did meanwhile.
 */
export function bracket(known: readonly Standing[]): Bracket {
  const lo = known.findLast(({ status }) => status === 'kept');
  return { lo, hi: known.find(({ level }) => !lo || level > lo.level) };
}

/** The next level of the ladder; null where it ends. */
function climb(
  policy: SweepPolicy,
  known: readonly Standing[],
  ladder: readonly number[],
): Next | null {
  let misses = 0;
  let bestPerSecond = 0;
  for (const level of ladder) {
    const standing = known.find((candidate) => candidate.level === level);
    if (!standing) return { next: 'measure', purpose: 'ladder', level };
    if (standing.status === 'kept') {
      misses = 0;
    } else {
      if (misses === 0 && !isConfirmed(standing)) return confirm(standing);
      misses += 1;
      const isTop =
        policy.by === 'rate'
          ? misses >= missesAtTop
          : // Slower answers are the price of more connections, as long as there are more of them.
            standing.status === 'generator-limited' ||
            standing.requestsPerSecond < bestPerSecond * usefulGrowth;
      if (isTop) return null;
    }
    bestPerSecond = Math.max(bestPerSecond, standing.requestsPerSecond);
  }
  return null;
}

/** The next step between the two, then the steps that prove them; null when both are believed. */
function narrow(
  policy: SweepPolicy,
  known: readonly Standing[],
  ladder: readonly number[],
  { lo, hi }: Bracket,
): Next | null {
  if (hi?.status === 'open') return confirm(hi);
  if (!lo) return hi && policy.search ? descend(policy, known, ladder, hi) : null;
  if (hi && policy.search) {
    const level = roundLevel(Math.sqrt(lo.level * hi.level), policy.by);
    // Of two levels with none between them the mean is rounded to the lower one.
    const isNarrow = hi.level / lo.level <= 1 + policy.tolerance || level === lo.level;
    if (!isNarrow) return { next: 'measure', purpose: 'search', level };
  }
  if (!isConfirmed(lo)) return confirm(lo);
  return hi && !isConfirmed(hi) ? confirm(hi) : null;
}

/** Below a ladder that begins too high. */
function descend(
  policy: SweepPolicy,
  known: readonly Standing[],
  ladder: readonly number[],
  hi: Standing,
): Next | null {
  if (!isConfirmed(hi)) return confirm(hi);
  if (policy.ladder.kind !== 'auto' || hi.status === 'generator-limited') return null;
  const level = roundLevel(hi.level / 2, policy.by);
  const start = Math.min(...ladder);
  const descents = known.filter((standing) => standing.level < start).length;
  const isTooLow = level === hi.level || descents >= maxDescents;
  return isTooLow ? null : { next: 'measure', purpose: 'search', level };
}

function confirm({ level }: Standing): Next {
  return { next: 'measure', purpose: 'confirm', level };
}
