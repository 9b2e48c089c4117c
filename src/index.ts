/**
 * kvbench for programs, and for config files that are programs. What is where, from the bottom up; CONTRIBUTING.md
 * has which room imports from which, and where a change goes:
 *
 *   contract, config        what servers must answer; what is asked for, and what it means
 *   plan                    which trials, in which order
 *   processes, targets      nothing outlives kvbench; servers are built, started and ended
 *   load, observe           requests leave and answers are checked; what the machine does meanwhile
 *   result, stats           what is kept of a trial; figures, intervals and verdicts
 *   run, gate, sweep, costs a way to measure each
 *   k6, init, doctor        other tools' scripts and results; a first config; what figures from here are worth
 *   report                  tells any result: text, Markdown, pages, files for other tools
 *   api, cli                put the rooms together, for programs and for people
 */

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
export { decodeHistogram } from './histogram.js';
export type { SavedDocument } from './report/kinds/index.js';
export { type ReportOptions, report } from './report/report.js';
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
