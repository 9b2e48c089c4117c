import { z } from 'zod';
import { operationSchema, runConfigSchema } from '../config/schema.js';

/** Raised when a reader of older documents would misread new ones. */
export const schemaVersion = 1;

/**
 * How a request can fail. `connect`: no connection; `reset`: the connection broke; `timeout`: no
 * answer in time; `protocol`: not HTTP; `status`: not 200; `mismatch`: 200 with a wrong body.
 */
const errorKinds = ['connect', 'reset', 'timeout', 'protocol', 'status', 'mismatch'] as const;
export type ErrorKind = (typeof errorKinds)[number];

/** A zero for each kind of error. */
export function noErrors(): Record<ErrorKind, number> {
  return Object.fromEntries(errorKinds.map((kind) => [kind, 0])) as Record<ErrorKind, number>;
}

const count = z.int().min(0);
const amount = z.number().min(0);

const requestsSchema = z
  .strictObject({
    planned: count,
    answered: count.describe('right answers: status and every byte'),
    errors: z.strictObject(
      Object.fromEntries(errorKinds.map((kind) => [kind, count])) as Record<
        ErrorKind,
        typeof count
      >,
    ),
  })
  .describe('planned = answered + the sum of the errors');

const trialSchema = z.strictObject({
  round: count.min(1),
  target: z.string(),
  operation: operationSchema,
  startedAt: z.iso.datetime(),
  windowMs: amount.describe('length of the measured window'),
  requests: requestsSchema,
  warmupErrors: count.describe('before the window; in no other count'),
  firstError: z.string().nullable().describe('the first failure, in words'),
  requestsPerSecond: amount.describe('right answers within the window, by its length'),
  serviceTime: z
    .strictObject({
      meanNs: amount,
      p50Ns: amount,
      p90Ns: amount,
      p99Ns: amount,
      p999Ns: amount,
      maxNs: amount,
      histogram: z.string().describe('ns; HdrHistogram V2, compressed, base64'),
    })
    .nullable()
    .describe('from the real sending to the last byte of a right answer; null without any'),
  bytes: z
    .strictObject({ sent: amount, received: amount })
    .describe('through the sockets of the generator, HTTP headers included'),
  server: z
    .strictObject({
      cpuNs: amount,
      cpuPerRequestNs: amount.nullable(),
      requestsPerCpuSecond: amount.nullable(),
      rssSteadyBytes: amount.describe('median of samples during the trial'),
      rssPeakBytes: amount,
      threads: count,
      contextSwitches: count,
    })
    .nullable()
    .describe('null where there is no /proc'),
  limitedBy: z
    .enum(['server', 'generator', 'neither'])
    .nullable()
    .describe('what held the throughput back; null where there is no /proc'),
  generator: z.strictObject({
    cpuNs: amount,
    cpuPerRequestNs: amount.nullable(),
    eventLoopUtilization: amount.max(1),
  }),
  readBack: z
    .strictObject({ checked: count, lost: count, unreadable: count })
    .nullable()
    .describe('keys read again after a trial that wrote; null for one that did not'),
});

const artifactSchema = z.strictObject({
  target: z.string(),
  path: z.string(),
  sizeBytes: amount,
  sha256: z.string(),
  toolchain: z.string(),
  flags: z.array(z.string()),
  buildMs: amount.describe('from empty compiler caches, downloads not included'),
  builtAt: z.iso.datetime(),
});

const spreadSchema = z
  .strictObject({ median: amount, min: amount, max: amount })
  .describe('over rounds');

const summarySchema = z.strictObject({
  target: z.string(),
  operation: operationSchema,
  rounds: count,
  planned: count,
  errors: count.describe('of every kind, lost writes included'),
  generatorLimitedRounds: count.describe('in which the server could have done more'),
  metrics: z.record(z.string(), spreadSchema.nullable()),
});

const comparisonSchema = z.strictObject({
  operation: operationSchema,
  metric: z.string(),
  target: z.string(),
  reference: z.string(),
  ratio: spreadSchema.describe('target / reference, round by round'),
});

const warningSchema = z.strictObject({
  code: z.string(),
  message: z.string(),
  advice: z.string(),
});

/** One run, whole or under way. */
export const resultSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  kvbenchVersion: z.string(),
  state: z
    .enum(['running', 'complete', 'interrupted', 'failed'])
    .describe('anything but complete holds only the trials up to then'),
  startedAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  config: runConfigSchema,
  machine: z.strictObject({
    platform: z.string(),
    arch: z.string(),
    kernel: z.string(),
    cpuModel: z.string(),
    cpus: count.describe('that this process may run on'),
    memoryBytes: amount,
    nodeVersion: z.string(),
    undiciVersion: z.string(),
  }),
  placement: z.strictObject({
    workers: count,
    serverCpus: z.array(count).nullable().describe('null: not pinned'),
    generatorCpus: z.array(count).nullable(),
  }),
  artifacts: z.array(artifactSchema),
  trials: z.array(trialSchema),
  summary: z.array(summarySchema),
  comparisons: z.array(comparisonSchema),
  warnings: z.array(warningSchema),
});

export type RunResult = z.infer<typeof resultSchema>;
export type Trial = z.infer<typeof trialSchema>;
export type Artifact = z.infer<typeof artifactSchema>;
export type Machine = RunResult['machine'];
export type Placement = RunResult['placement'];
export type Warning = z.infer<typeof warningSchema>;
export type Spread = z.infer<typeof spreadSchema>;
export type Summary = z.infer<typeof summarySchema>;
export type Comparison = z.infer<typeof comparisonSchema>;
