import type { Trial, Warning } from '../result/schema.js';
import type { K6Outcome } from './outcome.js';

/** What a reader must know of figures that k6 measured; `cut` are trials that are not whole. */
export function importWarnings(
  { origin, failedChecks, gapMs, durationMs }: K6Outcome,
  trials: readonly Trial[],
  cut: readonly Trial[],
): Warning[] {
  const warnings: Warning[] = [
    {
      code: 'service-time',
      message:
        'k6 measures from the moment a request was really sent: how long a user waits is more than these latencies where the schedule was not kept.',
      advice: "Compare them with other results of k6, not with kvbench's response times.",
    },
  ];
  if (trials.some(({ measure }) => measure === 'throughput')) {
    warnings.push({
      code: 'limit-unknown',
      message: 'k6 does not tell whether the server or k6 itself held the throughput back.',
      advice: 'Watch the CPU of both sides; the server may be able to do more.',
    });
  }
  if (trials.some(({ serviceTime, requests }) => serviceTime === null && requests.answered > 0)) {
    warnings.push({
      code: 'no-percentiles',
      message: 'k6 left P99 or P99.9 out of its summary, so there are no latencies here.',
      advice:
        "Import its stream (k6 run --out json=FILE), or a summary with p(99) and p(99.9) in --summary-trend-stats that is not k6's machine-readable one.",
    });
  }
  if (gapMs !== null) {
    warnings.push({
      code: 'several-tests',
      message: `For ${Math.round(gapMs / 1000)} s in its midst there is no request: these are several tests, so no rate is given, and latencies are those of all of them.`,
      advice: 'Import the stream of each test by itself.',
    });
  } else if (!origin && durationMs === null) {
    warnings.push({
      code: 'no-duration',
      message:
        'All requests are of one moment, so nobody knows how long the test took, and no rate is given.',
      advice: 'Let k6 run longer, or import a summary of it, which tells its duration.',
    });
  }
  if (!origin) {
    warnings.push({
      code: 'foreign-script',
      message: `The script is none of kvbench export k6: its requests are taken together, as one closed loop${failedChecks > 0 ? `, and ${failedChecks} failed checks are in no count` : ''}.`,
      advice: 'Write one with kvbench export k6 to have operations, rates and checks told apart.',
    });
  }
  if (cut.length > 0) {
    warnings.push({
      code: 'incomplete',
      message: `k6 ended early, or part of its output is missing: ${cut.map(({ operation }) => operation).join(', ')} has fewer requests than the rate asks for.`,
      advice: 'Let k6 run to its end; of several runners import all streams together.',
    });
  }
  return warnings;
}
