import { createRandom } from '../random.js';
import type { Pace } from './protocol.js';

interface ScheduleOptions extends Pace {
  durationMs: number;
  seed: number;
  /** How many servers share the schedule request by request, and which of them this is. */
  arms: number;
  arm: number;
}

/** A schedule that is used up slice by slice. */
export interface SlicedSchedule {
  /**
   * The moments of the next slice of that length: each call gives one as ms from the slice's start,
   * or Infinity after the last.
   */
  slice(durationMs: number): () => number;
}

/**
 * The moments at which one arm's requests should leave. Slices continue the schedule where the one
 * before has ended, so that cutting it changes neither the rate nor the distances. Pure: the same
 * options give the same moments everywhere.
 *
 * With several arms one schedule of `arms` times the rate is dealt in blocks, a slot for each arm in
 * random order, so that whatever disturbs the machine at a moment disturbs all of them.
 */
export function createSchedule(options: ScheduleOptions): SlicedSchedule {
  const { durationMs } = options;
  const nextMs = options.arms === 1 ? createSlots(options) : dealSlots(options);
  let pendingMs = nextMs();
  let fromMs = 0;
  return {
    slice(sliceMs) {
      const startMs = fromMs;
      // The last slice ends with the schedule, however its length was rounded.
      const untilMs = startMs + sliceMs > durationMs - 1e-6 ? durationMs : startMs + sliceMs;
      fromMs = untilMs;
      return () => {
        if (pendingMs >= untilMs) return Number.POSITIVE_INFINITY;
        const atMs = pendingMs - startMs;
        pendingMs = nextMs();
        return atMs;
      };
    },
  };
}

/** The slots of one arm among several. */
function dealSlots(options: ScheduleOptions): () => number {
  const { arms, arm } = options;
  const nextSlot = createSlots(options);
  const random = createRandom(options.seed ^ 0x5bd1e995);
  const order = Array.from({ length: arms }, (_, index) => index);
  return () => {
    // Fisher–Yates in place: as random as on a fresh array, and nothing is allocated.
    for (let i = arms - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      const moved = order[i] as number;
      order[i] = order[j] as number;
      order[j] = moved;
    }
    let own = 0;
    for (let i = 0; i < arms; i++) {
      const slot = nextSlot();
      if (order[i] === arm) own = slot;
    }
    return own;
  };
}

function createSlots(options: ScheduleOptions): () => number {
  const before = slotsOf(options);
  const { later } = options;
  if (!later) return before;
  const after = slotsOf({ ...options, ratePerSecond: later.ratePerSecond });
  let isAfter = false;
  return () => {
    const atMs = isAfter ? Number.POSITIVE_INFINITY : before();
    if (atMs < later.atMs) return atMs;
    isAfter = true;
    return later.atMs + after();
  };
}

function slotsOf({ ratePerSecond, arrivals, arms, seed }: ScheduleOptions): () => number {
  const meanMs = 1000 / (ratePerSecond * arms);
  if (arrivals === 'constant') {
    let index = 0;
    // A product, not a running sum, which would drift.
    return () => index++ * meanMs;
  }
  const random = createRandom(seed);
  let atMs = 0;
  return () => {
    atMs -= Math.log(1 - random()) * meanMs;
    return atMs;
  };
}
