/** kvbench for programs, and for config files that are programs. */

export { readResult, readSaved } from './api/documents.js';
export type { KvbenchEvent, OnEvent } from './api/events.js';
export { replayGate } from './api/gate-replay.js';
export {
  type CallOptions,
  type CheckOptions,
  type CostsOptions,
  check,
  costs,
  type GateOptions,
  gate,
  type RunOptions,
  run,
  type SweepOptions,
  sweep,
} from './api/kvbench.js';
export { type ConfigFile, defineConfig } from './api/project.js';
export type { RunConfig } from './config/schema.js';
export type { Examination } from './contract/check.js';
export {
  type CostSettings,
  type CostsResult,
  costsResultSchema,
} from './costs/schema.js';
export { exitCode, KvbenchError } from './errors.js';
export { gateExitCode } from './gate/judge.js';
export type { GatePolicy, GateSettings } from './gate/policy.js';
export { type GateResult, gateResultSchema } from './gate/schema.js';
export type { SavedDocument } from './report/kinds/index.js';
export { type ReportOptions, report } from './report/report.js';
export { decodeHistogram } from './result/histogram.js';
export {
  type Artifact,
  type Comparison,
  type RunResult,
  resultSchema,
  type Summary,
  type Trial,
  type Warning,
} from './result/schema.js';
export { compareResults as compare, type ResultComparison } from './stats/compare-results.js';
export {
  type SweepPolicy,
  type SweepResult,
  sweepResultSchema,
} from './sweep/schema.js';
