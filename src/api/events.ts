import type { RunConfig } from '../config/schema.js';
import type { Examination } from '../contract/check.js';
import type { Plan } from '../plan/plan.js';
import type { Artifact, RunResult, Warning } from '../result/schema.js';
import type { RunEvent } from '../run/context.js';

/** What happens, in order; enough to draw all progress. */
export type KvbenchEvent =
  /** Is it in the cache? */
  | { type: 'look-up'; target: string }
  | { type: 'build-start'; target: string; tool: string }
  | { type: 'build-end'; target: string; artifact: Artifact | null; built: boolean }
  | { type: 'check-start'; target: string }
  | { type: 'check-end'; examination: Examination }
  | { type: 'warning'; warning: Warning }
  /** The load begins. */
  | { type: 'plan'; plan: Plan; config: RunConfig }
  | RunEvent
  /** All that is known so far: after every stretch of load, and at the end. */
  | { type: 'result'; result: RunResult };

export type OnEvent = (event: KvbenchEvent) => void;
