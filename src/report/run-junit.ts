import type { RunResult, Threshold } from '../result/schema.js';
import { comparisonSentences } from './comparison.js';
import { oneLine } from './format.js';
import { type JunitOutcome, junitText } from './junit.js';
import { thresholdSentence } from './thresholds.js';

/** A run as JUnit: a test a threshold and figure, and one for whether it came to its end. */
export function reportRunJunit(result: RunResult): string {
  const { thresholds, state, trials, config } = result;
  const seconds = trials.reduce((sum, { windowMs }) => sum + windowMs, 0) / 1000;
  return junitText([
    {
      name: 'kvbench.run',
      startedAt: result.startedAt,
      seconds,
      properties: { targets: config.targets.join(','), seed: String(config.seed) },
      cases: [
        ...thresholds.map((threshold) => ({
          name: oneLine(`${threshold.expression}: ${threshold.figure}`),
          outcome: outcomeOf(threshold),
        })),
        { name: 'run', outcome: endOf(state) },
      ],
      told: comparisonSentences(result).map(oneLine),
    },
  ]);
}

function outcomeOf(threshold: Threshold): JunitOutcome {
  const kinds = { kept: 'passed', broken: 'failure', untrusted: 'error' } as const;
  return { kind: kinds[threshold.outcome], message: oneLine(thresholdSentence(threshold)) };
}

function endOf(state: RunResult['state']): JunitOutcome {
  if (state === 'complete') return { kind: 'passed', message: '' };
  return { kind: 'error', message: `the run did not come to its end: ${state}` };
}
