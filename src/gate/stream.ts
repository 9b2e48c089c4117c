import type { GatePolicy } from './policy.js';
import { faultOf, type GateRound, hasOperations, isUnfit } from './rounds.js';

/** What comes next when a round with certain operations is asked for. */
export type Drawn =
  | { kind: 'round'; round: GateRound }
  | { kind: 'end' }
  | { kind: 'too-noisy' }
  | { kind: 'fault'; detail: string };

/**
 * The measured rounds, in their order, each handed out at most once. The walk never looks ahead, so
 * that a session that is replayed takes the way of the one that was measured.
 */
export class RoundStream {
  readonly #rounds: readonly GateRound[];
  readonly #policy: GatePolicy;
  #next = 0;
  #kept = 0;
  /** Time that all rounds so far have taken, the dropped ones too, ms. */
  usedMs = 0;
  readonly dropped: number[] = [];

  constructor(rounds: readonly GateRound[], policy: GatePolicy) {
    this.#rounds = rounds;
    this.#policy = policy;
  }

  /** The next round that is fit to be used and has these operations; others are passed by. */
  draw(operations: readonly string[]): Drawn {
    for (;;) {
      const round = this.#rounds[this.#next];
      if (!round) return { kind: 'end' };
      this.#next++;
      this.usedMs += round.elapsedMs;
      const detail = faultOf(round);
      if (detail !== null) return { kind: 'fault', detail };
      if (isUnfit(round, this.#policy)) {
        this.dropped.push(round.number);
        // Without an end to it, a confirmation, which has no limit of time, could go on for ever.
        if (this.dropped.length > Math.max(this.#kept, this.#policy.confirmationRounds)) {
          return { kind: 'too-noisy' };
        }
      } else if (hasOperations(round, operations)) {
        this.#kept++;
        return { kind: 'round', round };
      }
    }
  }

  /** Whether so many further rounds fit the budget, if they take as long as those so far. */
  hasTimeFor(rounds: number): boolean {
    const meanMs = this.#next === 0 ? 0 : this.usedMs / this.#next;
    return this.usedMs + rounds * meanMs <= this.#policy.timeBudgetMs;
  }
}
