import * as z from 'zod';
import { KvbenchError } from '../errors.js';
import type { ErrorKind } from '../load/error-kinds.js';
import { byPercentile, type PercentileName, percentileNames } from '../result/percentile-table.js';
import type { Latency } from '../result/schema.js';
import {
  foreignRequest,
  type K6Figures,
  type K6Outcome,
  longestRequestMs,
  type Tally,
} from './outcome.js';
import { scriptErrorKinds, trendColumn } from './thresholds.js';
import { originFrom, warmupName } from './workload.js';

const valuesSchema = z.record(z.string(), z.unknown());
type Values = z.infer<typeof valuesSchema>;

/** `--summary-export`: values stand in the metric itself. */
const exportedSchema = z.object({
  metrics: z.record(z.string(), valuesSchema),
  setup_data: z.unknown().optional(),
});
/** What handleSummary is given: values stand one level deeper. */
const handledSchema = z.object({
  metrics: z.record(z.string(), z.object({ type: z.string(), values: valuesSchema })),
  state: z.object({ testRunDurationMs: z.number().min(0) }),
  setup_data: z.unknown().optional(),
});
/** k6's machine-readable summary: a list, and the script itself. */
const machineSchema = z.object({
  config: z.object({ duration: z.number().min(0), script: z.string().optional() }),
  metadata: z.object({ k6_version: z.string() }),
  results: z.object({
    checks: z.object({ metrics: z.array(z.unknown()) }).optional(),
    metrics: z.array(z.object({ name: z.string(), values: valuesSchema })),
  }),
});

/** A summary of k6, in any of its three forms; throws a usage error for other text. */
export function readSummary(text: string, file: string): K6Outcome {
  const json = parseJson(text, file);
  const machine = machineSchema.safeParse(json).data;
  if (machine) {
    const { config, metadata, results } = machine;
    return outcomeOf({
      metrics: new Map(results.metrics.map(({ name, values }) => [name, values])),
      origin: originInScript(config.script ?? ''),
      version: metadata.k6_version,
      durationMs: config.duration * 1000,
    });
  }
  const handled = handledSchema.safeParse(json).data;
  if (handled) {
    return outcomeOf({
      metrics: new Map(Object.entries(handled.metrics).map(([name, { values }]) => [name, values])),
      origin: handled.setup_data,
      version: null,
      durationMs: handled.state.testRunDurationMs,
    });
  }
  const exported = exportedSchema.safeParse(json).data;
  if (exported) {
    const requests = exported.metrics['http_reqs'];
    const count = numberIn(requests, 'count');
    const rate = numberIn(requests, 'rate');
    return outcomeOf({
      metrics: new Map(Object.entries(exported.metrics)),
      origin: exported.setup_data,
      version: null,
      durationMs: count && rate ? (count / rate) * 1000 : null,
    });
  }
  throw new KvbenchError(
    'usage',
    `${file} is JSON, but no summary of k6.`,
    'Make one with k6 run --summary-export FILE, or give what --out json=FILE has written.',
  );
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new KvbenchError(
      'usage',
      `${file} is neither a summary of k6 nor its JSON stream: ${(error as Error).message}.`,
      'It may be cut off, or be something else; k6 run --summary-export FILE makes one.',
      { cause: error },
    );
  }
}

/** The machine-readable summary has no data of the setup, but it has the script. */
function originInScript(script: string): unknown {
  const [, json] = /^const origin = (\{.*\});$/m.exec(script) ?? [];
  try {
    return JSON.parse(json ?? 'null');
  } catch {
    return null;
  }
}

interface Source {
  metrics: ReadonlyMap<string, Values>;
  origin: unknown;
  version: string | null;
  durationMs: number | null;
}

function outcomeOf({ metrics, origin, version, durationMs }: Source): K6Outcome {
  const count = (metric: string) => Math.round(numberIn(metrics.get(metric), 'count') ?? 0);
  const tally = (tags: string): Tally => ({
    sent: count(`http_reqs{${tags}}`),
    failed: count(`kv_errors{${tags}}`),
  });
  const known = originFrom(origin);
  const figuresOf = (trial: string): K6Figures => {
    const tag = `kv_trial:${trial}`;
    const names = known?.requests.requests.map(({ name }) => name) ?? [];
    const kinds: [ErrorKind, number][] = scriptErrorKinds.map((kind) => [
      kind,
      count(`kv_errors{${tag},kv_error:${kind}}`),
    ]);
    const worst = kinds.find(([, errors]) => errors > 0);
    return {
      byRequest: new Map(names.map((name) => [name, tally(`${tag},kv_request:${name}`)])),
      misses: tally(`${tag},kv_miss:yes`),
      errors: Object.fromEntries(kinds),
      dropped: count(`dropped_iterations{scenario:${trial}}`),
      warmup: warmupOf(count(`kv_errors{kv_trial:${warmupName(trial)}}`)),
      serviceTime: latencyOf(metrics.get(`http_req_duration{${tag}}`)),
      firstError: worst ? `${worst[0]} (a summary of k6 says no more)` : null,
    };
  };
  const failed = failedOf(metrics.get('http_req_failed'));
  return {
    origin: known,
    version,
    startedAt: known?.startedAt ?? null,
    durationMs,
    gapMs: null,
    connections: numberIn(metrics.get('vus_max'), 'max', 'value'),
    failedChecks: numberIn(metrics.get('checks'), 'fails') ?? 0,
    figuresOf,
    total: {
      byRequest: new Map([[foreignRequest, { sent: count('http_reqs'), failed }]]),
      misses: { sent: 0, failed: 0 },
      errors: { status: failed },
      dropped: count('dropped_iterations'),
      warmup: warmupOf(0),
      serviceTime: latencyOf(metrics.get('http_req_duration')),
      firstError: failed > 0 ? 'what k6 counts in http_req_failed' : null,
    },
  };
}

/** k6 counts what is true: in `http_req_failed` those that failed. */
function failedOf(values: Values | undefined): number {
  return Math.round(numberIn(values, 'passes', 'matches') ?? 0);
}

/** A summary tells what failed before the measured requests, and not of how many. */
function warmupOf(errors: number): K6Figures['warmup'] {
  return { planned: errors, errors };
}

/** What its forms call the same in other ways. */
const otherColumns: Partial<Record<PercentileName, string>> = { p50Ns: 'med', p90Ns: 'p90' };

/** Milliseconds of k6 as our figures; null if a percentile is missing. */
function latencyOf(values: Values | undefined): Latency | null {
  const ms = {
    meanNs: numberIn(values, 'avg'),
    ...byPercentile(percentileNames, (name) =>
      numberIn(values, trendColumn(name), otherColumns[name] ?? trendColumn(name)),
    ),
  };
  const all = Object.values(ms);
  if (all.includes(null) || ms.maxNs === 0 || Math.max(...all.map(Number)) > longestRequestMs)
    return null;
  const nsOf = (name: keyof typeof ms) => Math.round(Number(ms[name]) * 1e6);
  return {
    meanNs: nsOf('meanNs'),
    ...byPercentile(percentileNames, nsOf),
    low: null,
    censored: null,
    atLeast: [],
    histogram: null,
  };
}

/** The first of those values that is there. */
function numberIn(values: Values | undefined, ...names: string[]): number | null {
  for (const name of names) {
    const value = values?.[name];
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  }
  return null;
}
