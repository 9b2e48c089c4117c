import type { RequestSet } from '../config/requests.js';
import type { RunConfig } from '../config/schema.js';
import type { Generator } from '../load/generator.js';
import type { PlannedStretch } from '../plan/plan.js';
import type { RunResult, Trial } from '../result/schema.js';
import type { RunningServer } from '../targets/target.js';

/** What happens in a run, in order; enough to draw its progress. */
export type RunEvent =
  | { type: 'calibrate'; target: string }
  | { type: 'started'; target: string; startMs: number }
  | { type: 'rate'; rate: NonNullable<RunResult['rate']> }
  | { type: 'round'; round: number }
  | { type: 'preload'; round: number; target: string }
  | { type: 'stretch-start'; round: number; targets: readonly string[]; stretch: PlannedStretch }
  | { type: 'live'; round: number; stretch: PlannedStretch; figures: LiveSight[] }
  | { type: 'stretch-end'; trials: Trial[] };

/** How a target does at the moment: of about the last second. */
interface LiveSight {
  target: string;
  /** null: it had no turn. */
  requestsPerSecond: number | null;
  /** Response time, service time in a closed loop; null: nothing was answered. */
  p50Ns: number | null;
  p99Ns: number | null;
  errors: number;
}

/** All that a run has measured so far. */
export interface Measured {
  rate: RunResult['rate'];
  trials: readonly Trial[];
}

/** The parts of a run that touch the world; tests give others. */
export interface RunDependencies {
  /** How many CPUs the server of that name can keep busy. */
  serverCpusOf(name: string): number;
  /** What a target is asked, and what it must answer. */
  requestsFor(name: string): RequestSet;
  startServer(name: string): Promise<RunningServer>;
  startGenerator(): Generator;
  now(): Date;
  onEvent(event: RunEvent): void;
  /** Called after every stretch with all so far; nothing goes on until it is done. */
  save(measured: Measured): Promise<void>;
  /** Asked after a round, of automatic ones not before there can be an interval: is it enough? */
  isEnough(trials: readonly Trial[]): boolean;
}

/** What the steps of a run are given. */
export interface RunContext extends RunDependencies {
  config: RunConfig;
  generator: Generator;
  signal: AbortSignal;
}
