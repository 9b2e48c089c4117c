import type { RunConfig } from '../config/schema.js';
import type { TargetSpec } from '../config/target-spec.js';
import type { Workload } from '../load/protocol.js';
import type { Random } from '../random.js';
import type { Artifact } from '../result/schema.js';
import type { RunContext } from '../run/context.js';
import { sideBySide } from '../side-by-side.js';
import type { Recipe } from '../targets/recipe.js';
import type { RunningServer, StartOptions, Target } from '../targets/target.js';
import { type CostFigureName, type CostPartName, costFigures, costRowNames } from './figures.js';
import type { CostSeries, CostSettings, Heap } from './schema.js';

/** A server whose costs are measured. */
export interface CostSubject {
  /** Its name in the result, as `go#2`. */
  name: string;
  target: Target;
  /** How a bundled one is built. */
  recipe: Recipe | null;
  /** How the config describes one of the user's. */
  spec: TargetSpec | null;
  artifact: Artifact | null;
}

/** What a part is given besides the server. */
export interface CostContext {
  settings: CostSettings;
  config: RunConfig;
  signal: AbortSignal;
  /** Notes what requests were like from moment to moment; of a target with as many keys the last is kept. */
  keep(series: Omit<CostSeries, 'target'>): void;
  /** A directory for a part of one server, which is there and removed afterwards. */
  work: string;
  start(
    subject: CostSubject,
    changes?: Pick<StartOptions, 'wrap' | 'pollMs'>,
  ): Promise<RunningServer>;
  /** Gives a generator for that workload to `use`, and ends it. */
  withLoad<T>(changes: Partial<Workload>, use: (context: RunContext) => Promise<T>): Promise<T>;
}

/** A value, with what it is made of where that has names; or why there is none. */
export type Sample = number | { value: number; detail: string } | { reason: string };
export type Samples = Partial<Record<CostFigureName, Sample>>;
/** Those of figures that are taken once for each heap. */
export type SamplesByHeap = ReadonlyMap<Heap, Samples>;

/** A part of one server's costs, under way. */
export interface PartSession {
  /** How often `round` is called. */
  rounds: number;
  /** Whether its rounds but wait, so that other parts can be measured meanwhile. */
  waits?: boolean;
  /** All figures of a part once; what a round leaves out has no value in it. */
  round(random: Random): Promise<Samples | SamplesByHeap>;
  /** Ends and removes all that was begun. */
  close(): Promise<void>;
}

/** What all parts have in common. */
export interface CostBench extends Omit<CostContext, 'work' | 'keep'> {
  /** Where a part of one server may write; not made yet. */
  workOf(subject: CostSubject, part: CostPartName): string;
}

export type OpenPart = (subject: CostSubject, context: CostContext) => Promise<PartSession>;

/** The same reason for every figure of a part. */
export function noneOf(part: CostPartName, reason: string): Samples {
  const own = costRowNames.filter((name) => costFigures[name].part === part);
  return Object.fromEntries(own.map((name) => [name, { reason }]));
}

/** A session that keeps nothing between its rounds. */
export function eachRound(rounds: number, round: PartSession['round']): PartSession {
  return { rounds, round, close: async () => {} };
}

/**
 * Does what needs a server each: side by side where several may run at once, which of a user's own nobody
 * knows. All of it has ended when it fails for one.
 */
export async function withServersOf<T>(
  { target }: CostSubject,
  work: readonly (() => Promise<T>)[],
): Promise<T[]> {
  const most = target.source === 'bundled' ? work.length : 1;
  return sideBySide(work, most, (one) => one());
}

/** Starts a server, has it used, and ends it. */
export async function withServer<T>(
  start: () => Promise<RunningServer>,
  use: (server: RunningServer) => Promise<T>,
): Promise<T> {
  const server = await start();
  try {
    return await Promise.race([use(server), server.died]);
  } finally {
    await server.stop();
  }
}
