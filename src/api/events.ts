import type { RunConfig } from '../config/schema.js';
import type { Examination } from '../contract/check.js';
import type { CostEvent } from '../costs/measure.js';
import type { Plan } from '../plan/plan.js';
import type { SavedDocument } from '../report/kinds/index.js';
import type { Artifact, Trial, Warning } from '../result/schema.js';
import type { RunEvent } from '../run/context.js';
import type { SweepPolicy, SweepStep } from '../sweep/schema.js';

/** What happens, in order; enough to draw all progress. */
export type KvbenchEvent =
  /** Is it in the cache? */
  | { type: 'look-up'; target: string }
  /** A checkout is brought what git does not have. */
  | { type: 'setup-start'; target: string }
  | { type: 'build-start'; target: string; tool: string }
  /** What a build is to be tuned by is recorded. */
  | { type: 'train-start'; target: string }
  | { type: 'build-end'; target: string; artifact: Artifact | null; built: boolean }
  | { type: 'check-start'; target: string }
  | { type: 'check-end'; examination: Examination }
  | { type: 'warning'; warning: Warning }
  /** The load begins. */
  | { type: 'plan'; plan: Plan; config: RunConfig }
  | RunEvent
  | CostEvent
  /** The gate goes on to measure: for a look, or to confirm a suspicion. */
  | {
      type: 'gate-rounds';
      measured: number;
      rounds: number;
      suspects: readonly string[];
      expectedMs: number;
    }
  /** A sweep measures a target at a level, and what came of it. */
  | {
      type: 'sweep-step';
      target: string;
      operation: string;
      by: SweepPolicy['by'];
      purpose: SweepStep['purpose'];
      level: number;
    }
  | {
      type: 'sweep-step-end';
      target: string;
      operation: string;
      by: SweepPolicy['by'];
      outcome: SweepStep['outcome'];
      reason: string | null;
      trial: Trial;
    }
  | ResultEvent;

/**
 * All that is known so far, of a kind of result: after every round, step or stretch of load, and at the end. Of
 * what ended before anything was known there is none.
 */
type ResultEvent<Saved extends SavedDocument = SavedDocument> = Saved extends SavedDocument
  ? {
      type: Saved['kind'] extends 'run' ? 'result' : `${Saved['kind']}-result`;
      result: Saved['result'];
    }
  : never;

export type OnEvent = (event: KvbenchEvent) => void;
