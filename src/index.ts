/** For programs that read kvbench's results. */
export { exitCode, KvbenchError } from './errors.js';
export { replay as replayGate } from './gate/judge.js';
export { type GateResult, gateResultSchema } from './gate/schema.js';
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
