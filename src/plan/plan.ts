import type { Operation, RunConfig } from '../config/schema.js';
import { createRandom, deriveSeed, shuffled } from '../random.js';

/** One measured stretch of one operation against one target. */
export interface PlannedTrial {
  target: string;
  operation: Operation;
  seed: number;
}

/** Every target started afresh and put through every trial once. */
export interface PlannedRound {
  /** 1, 2, … */
  number: number;
  /** In which the targets are started and filled. */
  startOrder: string[];
  trials: PlannedTrial[];
}

/** What a run is going to do, decided before anything is started. */
export interface Plan {
  rounds: PlannedRound[];
  /** Time under load, warming included; starting, filling and reading back come on top. */
  loadMs: number;
}

/**
 * Lays out rounds from a config: pure, and the same for the same seed. Within a round the targets
 * take turns operation by operation, in random order, so that a drift of the machine favours none.
 */
export function createPlan(config: RunConfig): Plan {
  const rounds = Array.from({ length: config.rounds }, (_, index) => {
    const random = createRandom(deriveSeed(config.seed, 1, index));
    const startOrder = shuffled(config.targets, random);
    const trials = config.operations.flatMap((operation, operationIndex) =>
      shuffled(config.targets, random).map((target) => ({
        target,
        operation,
        // The same for all targets of a round: they are asked for the same keys.
        seed: deriveSeed(config.seed, 2, index, operationIndex),
      })),
    );
    return { number: index + 1, startOrder, trials };
  });
  const trialCount = config.rounds * config.targets.length * config.operations.length;
  return { rounds, loadMs: trialCount * (config.durationMs + config.warmupMs) };
}
