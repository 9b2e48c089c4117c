import type { ErrorKind } from '../load/error-kinds.js';
import type { Latency, Trial } from '../result/schema.js';
import type { K6Origin } from './workload.js';

/** No request takes longer: k6's own limit is a minute, and such a figure is a mistake, or somebody's joke; ms. */
export const longestRequestMs = 3_600_000;

/** How many requests of a kind k6 sent, and how many of them had no right answer. */
export interface Tally {
  sent: number;
  failed: number;
}

/** What k6 says of one trial, in whatever form it said it. */
export interface K6Figures {
  byRequest: ReadonlyMap<string, Tally>;
  misses: Tally;
  errors: Partial<Record<ErrorKind, number>>;
  /** Due in the schedule, and never sent: no VU was free. */
  dropped: number;
  /** Requests before the measured ones, and those of them that failed. */
  warmup: Trial['warmup'];
  serviceTime: Latency | null;
  firstError: string | null;
}

/** A whole test of k6. */
export interface K6Outcome {
  /** What a script of `kvbench export k6` tells of itself; null: another script. */
  origin: K6Origin | null;
  version: string | null;
  startedAt: string | null;
  /** Null where none can be known: of a single moment, or of stretches that do not belong together. */
  durationMs: number | null;
  /** The longest time without any request, where it is so long that there were several tests; ms. */
  gapMs: number | null;
  /** Of the test as a whole, for a script that is not ours. */
  connections: number | null;
  failedChecks: number;
  figuresOf(trial: string): K6Figures;
  /** Of all requests, for a script that is not ours. */
  total: K6Figures;
}

/** The one request that stands for all of a foreign script. */
export const foreignRequest = 'http';
