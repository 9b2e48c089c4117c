import type { CostsResult } from '../costs/schema.js';
import type { GateResult } from '../gate/schema.js';
import type { RunResult } from '../result/schema.js';
import type { SweepResult } from '../sweep/schema.js';

/** Whatever kvbench saves. */
export type SavedDocument =
  | { kind: 'run'; result: RunResult }
  | { kind: 'gate'; result: GateResult }
  | { kind: 'sweep'; result: SweepResult }
  | { kind: 'costs'; result: CostsResult };
