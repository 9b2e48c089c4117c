import { estimateShift, toRatio } from '../stats/signed-rank.js';
import { averagesOf, examine, pValueOf } from './look.js';
import { confirmationsOf, type GatePolicy, type MetricKey, nameOf } from './policy.js';
import { type GateRound, isStalled, pairsOf } from './rounds.js';
import type { Confirmation, Evidence, GateVerdict, LookRecord } from './schema.js';
import { type Drawn, RoundStream } from './stream.js';

/** What to do after the rounds so far: measure more of them, or stop with a verdict. */
export type Decision = Walk &
  (
    | {
        next: 'measure';
        /** How many are missing until the next look, or until a suspicion is confirmed or not. */
        rounds: number;
        operations: string[];
        /** Names of the figures that are under suspicion; none: the rounds are for a look. */
        suspects: string[];
      }
    | { next: 'stop'; verdict: GateVerdict }
  );

/** How far the rounds so far have been used. */
interface Walk {
  looks: LookRecord[];
  dropped: number[];
  /** The rounds that looks are at, those after the last look included. */
  seen: GateRound[];
}

/**
 * The gate's rule, from the first round on: looks at fixed numbers of rounds, and for a suspicion a
 * confirmation from fresh rounds, which no look uses. It depends on nothing but the rounds and the
 * policy, time included, which rounds bring along: replayed, it comes to the same verdict.
 */
export function decide(rounds: readonly GateRound[], policy: GatePolicy): Decision {
  const stream = new RoundStream(rounds, policy);
  const walk: Walk = { looks: [], dropped: stream.dropped, seen: [] };
  const stop = (
    outcome: GateVerdict['outcome'],
    reason: GateVerdict['reason'],
    detail: string | null = null,
  ): Decision => ({ ...walk, next: 'stop', verdict: { outcome, reason, detail } });
  const unfit = (drawn: Exclude<Drawn, { kind: 'round' | 'end' }>) =>
    drawn.kind === 'fault'
      ? stop('untrusted', 'wrong-answers', drawn.detail)
      : stop('inconclusive', 'too-noisy', stalledDetail(rounds, walk.dropped));

  /** Draws rounds until there are so many; otherwise what to do instead. */
  const fill = (
    into: GateRound[],
    count: number,
    operations: readonly string[],
    suspects: string[],
  ): Decision | null => {
    while (into.length < count) {
      // A confirmation is finished: without it a slowdown seen at the end could never be proven.
      const isLate = suspects.length === 0 && stream.usedMs >= policy.timeBudgetMs;
      if (isLate) return stop('inconclusive', 'time-used-up');
      const drawn = stream.draw(operations);
      if (drawn.kind === 'end') {
        const missing = count - into.length;
        return { ...walk, next: 'measure', rounds: missing, operations: [...operations], suspects };
      }
      if (drawn.kind !== 'round') return unfit(drawn);
      into.push(drawn.round);
    }
    return null;
  };

  for (const look of policy.looks.filter((candidate) => candidate.rounds <= policy.rounds)) {
    // Rounds that cannot be finished in time would be measured for nothing.
    const hasTime = stream.hasTimeFor(look.rounds - walk.seen.length);
    if (!hasTime) return stop('inconclusive', 'time-used-up');
    const instead = fill(walk.seen, look.rounds, policy.operations, []);
    if (instead) return instead;
    const evidence = examine(walk.seen, policy, look);
    const record: LookRecord = { rounds: numbersOf(walk.seen), evidence, confirmation: null };
    walk.looks.push(record);
    if (evidence.every(({ status }) => status === 'safe')) return stop('pass', 'all-safe');
    const suspects = evidence.filter(({ status }) => status === 'suspect');
    if (suspects.length === 0) continue;

    const operations = operationsFor(suspects, policy);
    const fresh: GateRound[] = [];
    const counts = confirmationsOf(policy, look);
    for (const count of counts) {
      const instead = fill(fresh, count, operations, suspects.map(nameOf));
      if (instead) return instead;
      record.confirmation = confirm(fresh, suspects, policy, counts.length);
      if (record.confirmation.suspects.some(({ proven }) => proven)) {
        return stop('regression', 'proven-twice');
      }
    }
  }
  return stop('inconclusive', 'rounds-used-up');
}

/** What the dropped rounds have in common, where it is not noise. */
function stalledDetail(rounds: readonly GateRound[], dropped: readonly number[]): string | null {
  const stalled = rounds.filter((round) => dropped.includes(round.number) && isStalled(round));
  return stalled.length * 2 > dropped.length
    ? 'neither base nor head answered everything in time: ask for a lower --rate'
    : null;
}

/** Memory is that of a server that was asked everything. */
function operationsFor(suspects: readonly MetricKey[], { operations }: GatePolicy): string[] {
  return suspects.some(({ operation }) => operation === null)
    ? operations
    : operations.filter((name) => suspects.some(({ operation }) => operation === name));
}

/**
 * Tests each suspect again, by itself, on rounds that had no part in the suspicion; of so many times that
 * this may happen (Bonferroni: the tests share rounds).
 */
function confirm(
  fresh: readonly GateRound[],
  suspects: readonly Evidence[],
  policy: GatePolicy,
  times: number,
): Confirmation {
  const alpha = policy.confirmationAlpha / times / suspects.length;
  return {
    rounds: numbersOf(fresh),
    suspects: suspects.map(({ metric, operation }) => {
      const key = { metric, operation };
      const pairs = pairsOf(fresh, key);
      if (pairs.length === 0) return { ...key, ratio: null, pValue: 1, proven: false };
      const averages = averagesOf(pairs, key);
      const ratio = toRatio(estimateShift(averages.ratios, alpha));
      const pValue = pValueOf(averages, policy, key);
      return { ...key, ratio, pValue, proven: pValue <= alpha };
    }),
  };
}

function numbersOf(rounds: readonly GateRound[]): number[] {
  return rounds.map(({ number }) => number);
}
