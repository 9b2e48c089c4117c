/** For programs that read kvbench's results. */
export { exitCode, KvbenchError } from './errors.js';
export { decodeHistogram } from './result/histogram.js';
export { readResult } from './result/read.js';
export {
  type Artifact,
  type Comparison,
  type RunResult,
  resultSchema,
  type Summary,
  type Trial,
  type Warning,
} from './result/schema.js';
export { compareResults, type ResultComparison } from './stats/compare-results.js';
