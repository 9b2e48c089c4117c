import type { RunConfig } from '../config/schema.js';
import { createRandom, shuffled } from '../random.js';

/** A stretch of time in which these arms, by number, are under load. */
export interface Slice {
  arms: number[];
  durationMs: number;
}

interface SliceOptions {
  arms: number;
  interleave: RunConfig['interleave'];
  /** Measured time of each arm, in all. */
  durationMs: number;
  /** About how long a slice is. */
  sliceMs: number;
  seed: number;
}

/**
 * Deals a trial's time out to the arms. All have a slice in one order, and then in its reverse (ABBA or
 * BAAB by a fair coin for two), so that a drift of the machine that is steady over a few slices hits
 * every arm alike.
 */
export function dealSlices({ arms, interleave, durationMs, sliceMs, seed }: SliceOptions): Slice[] {
  const all = Array.from({ length: arms }, (_, arm) => arm);
  if (interleave === 'request' || arms === 1) return [{ arms: all, durationMs }];
  const random = createRandom(seed);
  if (interleave === 'none') return single(shuffled(all, random), durationMs);
  const pairs = Math.max(1, Math.round(durationMs / sliceMs / 2));
  const each = durationMs / (pairs * 2);
  return Array.from({ length: pairs }, () => {
    const order = shuffled(all, random);
    return single([...order, ...order.toReversed()], each);
  }).flat();
}

function single(order: readonly number[], durationMs: number): Slice[] {
  return order.map((arm) => ({ arms: [arm], durationMs }));
}
