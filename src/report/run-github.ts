import type { RunResult } from '../result/schema.js';
import { annotation } from './github.js';
import { thresholdSentence } from './thresholds.js';

/** GitHub's workflow commands: an error for each threshold that fails the step. */
export function runAnnotations({ thresholds }: RunResult): string {
  return thresholds
    .filter(({ outcome }) => outcome !== 'kept')
    .map((threshold) => {
      const title = `kvbench run: threshold ${threshold.outcome}`;
      return `${annotation('error', title, thresholdSentence(threshold))}\n`;
    })
    .join('');
}
