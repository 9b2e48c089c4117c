import { ladderLevels, roundLevel } from './ladder.js';
import type { SweepPolicy, SweepStep } from './schema.js';
import { isBelieved, type Standing, standings } from './standing.js';

/** One step as far as the way on depends on it. */
export interface Rung {
  purpose: SweepStep['purpose'];
  level: number;
  outcome: SweepStep['outcome'];
  /** One measurement is enough to believe it. */
  decisive: boolean;
  requestsPerSecond: number;
}

/** What a curve needs now: another measurement, or nothing, for that reason. */
export type Next =
  | { next: 'measure'; purpose: SweepStep['purpose']; level: number }
  | { next: 'end'; ended: 'saturated' | 'generator-limited' | 'ladder-used-up' };

/** How often the automatic ladder is left downwards, each time to half the level. */
const maxDescents = 6;

/** Steps besides those of the ladder; a machine on which nothing repeats itself must end, too. */
const maxSearchSteps = 40;

/** Connections that do not bring so much more are of no use. */
const usefulGrowth = 1.05;

/**
 * What to measure next on one curve. Pure: the same steps give the same answer, so that a sweep is
 * its steps and nothing else.
 *
 * The ladder is climbed until a level is not kept; then the gap between the last kept level and the
 * first one that is not is halved (geometrically), on one measurement each. What remains is a pair of
 * levels: both are measured until they are believed (see `standings`), and if one turns out otherwise
 * the search goes on from there. So neither a lucky step nor an unlucky one makes a knee.
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
  const climbed = isBudgetSpent ? null : climb(policy, known, capacityPerSecond);
  if (climbed) return climbed;
  const { lo, hi } = bracket(known);
  const narrowed = isBudgetSpent ? null : narrow(policy, known, lo, hi);
  if (narrowed) return narrowed;
  const ended = !hi
    ? 'ladder-used-up'
    : hi.status === 'generator-limited'
      ? 'generator-limited'
      : 'saturated';
  const isKnee = ended === 'saturated' && lo && isBelieved(lo);
  const hasOverload = rungs.some(({ purpose }) => purpose === 'overload');
  if (isKnee && policy.by === 'rate' && policy.overload && !hasOverload) {
    const level = roundLevel(lo.level * policy.overload.factor, policy.by);
    return { next: 'measure', purpose: 'overload', level };
  }
  return { next: 'end', ended };
}

/** The lowest level that is not kept, and the highest below it that is. */
export function bracket(known: readonly Standing[]): {
  lo: Standing | undefined;
  hi: Standing | undefined;
} {
  const hi = known.find(({ status }) => status !== 'kept');
  const lo = known.findLast(({ level, status }) => status === 'kept' && !(hi && level >= hi.level));
  return { lo, hi };
}

/** The next level of the ladder; null where it ends. */
function climb(
  policy: SweepPolicy,
  known: readonly Standing[],
  capacityPerSecond: number,
): Next | null {
  const notKept: Standing[] = [];
  let bestPerSecond = 0;
  for (const level of ladderLevels(policy, capacityPerSecond)) {
    const standing = known.find((candidate) => candidate.level === level);
    if (!standing) return { next: 'measure', purpose: 'ladder', level };
    if (standing.status !== 'kept') {
      // The first that is not kept may have been bad luck, and would end the climb.
      if (notKept.length === 0 && !isBelieved(standing)) return confirm(standing);
      notKept.push(standing);
      const grew = standing.requestsPerSecond >= bestPerSecond * usefulGrowth;
      if (isTop(policy, notKept, grew)) return null;
    }
    bestPerSecond = Math.max(bestPerSecond, standing.requestsPerSecond);
  }
  return null;
}

/** Whether nothing above the last of these levels is worth a step. */
function isTop(policy: SweepPolicy, notKept: readonly Standing[], grew: boolean): boolean {
  const last = notKept.at(-1) as Standing;
  if (last.status === 'generator-limited') return true;
  if (policy.by === 'connections') return !grew;
  // Somebody who names levels wants to see them, and still not those far past saturation.
  return policy.ladder.kind === 'auto' || last.decisive || notKept.length > 1;
}

/** The next step between the two, then the steps that prove them; null when both are believed. */
function narrow(
  policy: SweepPolicy,
  known: readonly Standing[],
  lo: Standing | undefined,
  hi: Standing | undefined,
): Next | null {
  if (hi?.status === 'open') return confirm(hi);
  if (!lo) return hi && policy.search ? descend(policy, known, hi) : null;
  if (hi && policy.search) {
    const isLimited = hi.status === 'generator-limited';
    if (isLimited && !isBelieved(hi)) return confirm(hi);
    const level = roundLevel(Math.sqrt(lo.level * hi.level), policy.by);
    const isNarrow =
      hi.level / lo.level <= 1 + policy.tolerance || level === lo.level || level === hi.level;
    if (!isLimited && !isNarrow) return { next: 'measure', purpose: 'search', level };
  }
  if (!isBelieved(lo)) return confirm(lo);
  return hi && !isBelieved(hi) ? confirm(hi) : null;
}

/** Below a ladder that begins too high. */
function descend(policy: SweepPolicy, known: readonly Standing[], hi: Standing): Next | null {
  if (!isBelieved(hi)) return confirm(hi);
  if (policy.ladder.kind !== 'auto' || hi.status === 'generator-limited') return null;
  const level = roundLevel(hi.level / 2, policy.by);
  const highest = known.find(({ purpose }) => purpose === 'ladder')?.level ?? hi.level;
  const isTooLow = level === hi.level || highest / level > 2 ** maxDescents;
  return isTooLow ? null : { next: 'measure', purpose: 'search', level };
}

function confirm({ level }: Standing): Next {
  return { next: 'measure', purpose: 'confirm', level };
}
