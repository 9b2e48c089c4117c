import { requestsOf } from '../config/operations.js';
import type { RequestSet } from '../config/requests.js';
import type { RunConfig } from '../config/schema.js';
import { KvbenchError } from '../errors.js';
import { plural } from '../plural.js';
import { percentileNames } from '../result/percentile-table.js';
import type { ThresholdExpression } from '../stats/threshold-expression.js';
import { scriptFlow, scriptImports } from './script.js';
import { scriptAnswers, scriptKeys } from './script-data.js';
import { observed, translated, trendColumn } from './thresholds.js';
import { type K6Origin, type K6Trial, scriptWorkload, trialsOf } from './workload.js';

export interface ExportOptions {
  config: RunConfig;
  /** Name of the target in results. */
  target: string;
  requests: RequestSet;
  /** Where the script sends its load unless KVBENCH_URL says otherwise. */
  baseUrl: string;
  thresholds: readonly ThresholdExpression[];
  /** k6 processes that will share the load. */
  parallelism: number;
  kvbenchVersion: string;
}

/** k6 takes no shorter scenario. */
const minScenarioMs = 1000;

/**
 * The workload of one target as a script for k6, and a sentence for everything that k6 does
 * otherwise. Throws a usage error for what it can't do at all.
 */
export function exportK6(options: ExportOptions): { script: string; warnings: string[] } {
  const { config, requests, target, baseUrl } = options;
  checkPossible(options);
  const durationMs = Math.max(config.durationMs, minScenarioMs - config.warmupMs);
  const trials = trialsOf(config);
  const { thresholds, warnings } = translated(options.thresholds, {
    config,
    target,
    trials,
    durationMs,
    parallelism: options.parallelism,
  });
  const origin: K6Origin = {
    kvbench: options.kvbenchVersion,
    target,
    url: baseUrl,
    config: { ...config, targets: [target], durationMs, rounds: 1, calibrate: false },
    requests,
    trials,
  };
  const named = (trial: K6Trial) => requestsOf(trial.operation).map(({ name }) => name);
  const kept = observed(trials, named);
  const k6Options = {
    scenarios: scenarios(config, trials, durationMs),
    thresholds: { ...kept, ...thresholds },
    summaryTrendStats: ['avg', 'min', ...percentileNames.map(trendColumn)],
    discardResponseBodies: false,
    noConnectionReuse: config.requestsPerConnection === 1,
    noVUConnectionReuse: false,
    batch: 100,
    batchPerHost: 100,
    // A thousand keys a second is slow.
    setupTimeout: `${60 + Math.ceil(config.keys / 1000)}s`,
  };
  const script = `// A workload of kvbench for k6: https://k6.io
//
//   k6 run -e KVBENCH_URL=http://HOST:PORT --summary-export summary.json THIS_FILE
//   kvbench import k6 summary.json
//
// Open loops are scenarios of constant-arrival-rate, closed ones of constant-vus, one after the other.
// A VU is a connection. Every answer is checked, against any value that its key may have had.
${scriptImports}

// For kvbench import k6.
const origin = ${scriptJson(origin)};

const workload = ${scriptJson(scriptWorkload(origin), 2)};

export const options = ${scriptJson(k6Options, 2)};

${scriptFlow}
${scriptKeys}
${scriptAnswers}`;
  return { script, warnings: [...differences(config, durationMs), ...warnings] };
}

function checkPossible({ config, parallelism }: ExportOptions): void {
  if (config.measures.includes('latency') && config.rate === 'auto') {
    throw new KvbenchError(
      'usage',
      'k6 needs a rate for the open loop, and only a run can find one by calibration.',
      'Give it as --rate 5000, or leave the open loop out with --measure throughput.',
    );
  }
  if (config.connections < parallelism) {
    throw new KvbenchError(
      'usage',
      `${plural(config.connections, 'connection')} can't be shared by ${parallelism} runners.`,
      'Raise --connections, or lower --parallelism.',
    );
  }
}

/** How k6's load differs from ours, in sentences. */
function differences(config: RunConfig, durationMs: number): string[] {
  const { arrivals, measures, requestsPerConnection, distribution } = config;
  return [
    ...(arrivals === 'poisson' && measures.includes('latency')
      ? ["k6 can't send at random moments: the open loop's requests are evenly spaced."]
      : []),
    ...(requestsPerConnection !== null && requestsPerConnection > 1
      ? ['k6 keeps a connection for one request or for all: it keeps them for all.']
      : []),
    ...(durationMs > config.durationMs
      ? [`k6 takes no scenario below a second: ${durationMs} ms are measured. Give --duration.`]
      : []),
    ...(distribution === 'latest'
      ? ['A key that was added may be read before it is there: both answers count as right.']
      : []),
  ];
}

function scenarios(config: RunConfig, trials: readonly K6Trial[], durationMs: number) {
  const { connections, warmupMs, timeoutMs } = config;
  const lengthMs = warmupMs + durationMs;
  return Object.fromEntries(
    trials.map(({ name, measure }, index) => [
      name,
      {
        ...(measure === 'latency'
          ? {
              executor: 'constant-arrival-rate',
              ...arrivalRate(Number(config.rate)),
              preAllocatedVUs: connections,
              maxVUs: connections,
            }
          : { executor: 'constant-vus', vus: connections }),
        // The last answers of a scenario are waited for before the next begins.
        startTime: `${index * (lengthMs + timeoutMs)}ms`,
        duration: `${lengthMs}ms`,
        gracefulStop: `${timeoutMs}ms`,
      },
    ]),
  );
}

/** k6 takes whole numbers of requests. */
function arrivalRate(ratePerSecond: number) {
  return Number.isInteger(ratePerSecond)
    ? { rate: ratePerSecond, timeUnit: '1s' }
    : { rate: Math.round(ratePerSecond * 1000), timeUnit: '1000s' };
}

/**
 * JSON that is the same value as an expression of JavaScript, wherever the script is put: nothing in
 * it ends a script element, a line or a template.
 */
function scriptJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[<\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
