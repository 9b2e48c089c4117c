import type { RunConfig } from '../config/schema.js';
import type { Examination } from '../contract/check.js';
import type { CostEvent } from '../costs/measure.js';
import type { CostsResult } from '../costs/schema.js';
import type { GateResult } from '../gate/schema.js';
import type { Plan } from '../plan/plan.js';
import type { Artifact, RunResult, Trial, Warning } from '../result/schema.js';
import type { RunEvent } from '../run/context.js';
import type { SweepPolicy, SweepResult, SweepStep } from '../sweep/schema.js';

/** What happens, in order; enough to draw all progress. */
export type KvbenchEvent =
  /** Is it in the cache? */
  | { type: 'look-up'; target: string }
  /** A checkout is brought what git does not have. */
  | { type: 'setup-start'; target: string }
  | { type: 'build-start'; target: string; tool: string }
  | { type: 'build-end'; target: string; artifact: Artifact | null; built: boolean }
  | { type: 'check-start'; target: string }
  | { type: 'check-end'; examination: Examination }
  | { type: 'warning'; warning: Warning }
  /** The load begins. */
  | { type: 'plan'; plan: Plan; config: RunConfig }
  | RunEvent
  | CostEvent
  /** What is known of costs so far: after every round, and at the end. */
  | { type: 'costs-result'; result: CostsResult }
  /** All that is known so far: after every stretch of load, and at the end. */
  | { type: 'result'; result: RunResult }
  /** The gate goes on to measure: for a look, or to confirm a suspicion. */
  | {
      type: 'gate-stretch';
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
  /** What a sweep knows so far: after every step, and at the end. */
  | { type: 'sweep-result'; result: SweepResult }
  /** What the gate knows so far: after every round, and at the end. */
  | { type: 'gate-result'; result: GateResult };

export type OnEvent = (event: KvbenchEvent) => void;
