import type { Operation } from '../config/operations.js';
import type { Measure, RunConfig } from '../config/schema.js';
import { withoutWorkers } from '../config/workers.js';
import { deriveSeed } from '../random.js';
import { blockSizes, dealBlocks } from './blocks.js';

/** One stretch of load of one kind, which the targets of a block share: a trial for each of them. */
export interface PlannedStretch {
  measure: Measure;
  operation: Operation;
  seed: number;
}

/** Every target started afresh and put through every trial once. */
export interface PlannedRound {
  /** 1, 2, … */
  number: number;
  /** In which the targets are started and filled. */
  startOrder: string[];
  /**
   * The same, by who is up at the same time: those of a block are started and put through all stretches,
   * and have ended before those of the next are started.
   */
  blocks: string[][];
  stretches: PlannedStretch[];
}

/** What a run is going to do, decided before anything is started. */
export interface Plan {
  /** Names in the run: a target that is named twice is `go` and `go#2`. */
  targets: string[];
  /** How many rounds at most, and whether it may end before. */
  maxRounds: number;
  automatic: boolean;
  /** Time under load of a round, warming included; starting, filling, reading back come on top. */
  roundMs: number;
  /** How many targets are in a block at most: all of them where rounds are not divided. */
  blockSize: number;
  round(number: number): PlannedRound;
}

/** With fewer rounds no interval of the confidence that is asked for exists. */
export const minAutomaticRounds = 8;
const maxAutomaticRounds = 200;

/**
 * Lays out rounds from a config, with so many targets at most at the same time: pure, and the same for the
 * same seed.
 */
export function createPlan(config: RunConfig, mostAtOnce = Number.POSITIVE_INFINITY): Plan {
  const stores = [...new Set(config.targets)].filter((name) => !isNullTarget(name));
  const targets = instanceNames([
    ...config.targets,
    ...(config.calibrate ? stores.map((name) => nullPrefix + name) : []),
  ]);
  const automatic = config.rounds === 'auto';
  const sizes = blockSizes(targets.length, mostAtOnce);
  const turns = config.measures.map((measure) =>
    // Only what is paced can be dealt out request by request: then all of a block are loaded at once.
    config.interleave === 'request' && measure === 'latency' ? sizes.length : targets.length,
  );
  const blocksOf = dealBlocks(targets, mostAtOnce, config.seed);
  const trials = config.operations.length * turns.reduce((sum, count) => sum + count, 0);
  return {
    targets,
    maxRounds: config.rounds === 'auto' ? maxAutomaticRounds : config.rounds,
    automatic,
    roundMs: trials * (config.durationMs + config.warmupMs),
    blockSize: Math.max(...sizes),
    round(number) {
      const blocks = blocksOf(number);
      const kinds = config.measures.flatMap((measure) =>
        config.operations.map((operation) => ({ measure, operation })),
      );
      return {
        number,
        startOrder: blocks.flat(),
        blocks,
        // The seed is the same for all targets of a round: they are asked for the same keys.
        stretches: kinds.map((kind, index) => ({
          ...kind,
          seed: deriveSeed(config.seed, 2, number, index),
        })),
      };
    },
  };
}

/** `go, go` as `go, go#2`. */
function instanceNames(targets: readonly string[]): string[] {
  return targets.map((target, index) => {
    const before = targets.slice(0, index).filter((other) => other === target).length;
    return before === 0 ? target : `${target}#${before + 1}`;
  });
}

const nullPrefix = 'null-';

/** Whether the name is that of a null target: a fixed answer and no store. */
export function isNullTarget(name: string): boolean {
  return name.startsWith(nullPrefix);
}

/** The store of a name in a run: `go` of `go#2` and of `null-go`. */
export function storeOf(instance: string): string {
  const target = targetOf(instance);
  return isNullTarget(target) ? target.slice(nullPrefix.length) : target;
}

/** The target of a name in a run: `go` of `go@2w#2`. */
export function targetOf(instance: string): string {
  return withoutWorkers(askedNameOf(instance));
}

/** What was asked for under a name in a run: `go@2w` of `go@2w#2`. */
export function askedNameOf(instance: string): string {
  return instance.replace(/#\d+$/, '');
}
