import * as z from 'zod';
import { engineNames } from '../config/engines.js';
import { operationSchema } from '../config/operations.js';
import { requestSetSchema } from '../config/requests.js';
import { measureSchema, runConfigSchema, savedConfigSchema } from '../config/schema.js';
import { type ErrorKind, errorKinds } from '../load/error-kinds.js';
import { fieldsOf } from '../observe/probes.js';
import { byPercentile, percentileNames, seriesPercentiles } from './percentile-table.js';

/** Raised when a reader of older documents would misread new ones. */
export const schemaVersion = 6;

const count = z.int().min(0);
const amount = z.number().min(0);

const requestsSchema = z
  .strictObject({
    planned: count,
    answered: count.describe('right answers: status and every byte'),
    byName: z.record(z.string(), count).describe('right answers by request, misses included'),
    misses: count.describe('right answers about keys that were never stored'),
    retried: count.describe(
      'that met a connection which the server had closed, and were sent once more; planned once',
    ),
    errors: z.strictObject(
      Object.fromEntries(errorKinds.map((kind) => [kind, count])) as Record<
        ErrorKind,
        typeof count
      >,
    ),
  })
  .describe('planned = answered + the sum of the errors; answered = the sum of byName');

const latencySchema = z.strictObject({
  meanNs: amount.describe('of what was answered'),
  ...byPercentile(percentileNames, () => amount),
  low: z
    .strictObject(byPercentile(percentileNames, () => amount))
    .nullable()
    .describe(
      "what the server surely took: without the generator's lag, of the requests that met no stall of it; null: not told apart",
    ),
  censored: z
    .strictObject({ count: count.min(1), atLeastNs: amount })
    .nullable()
    .describe(
      'requests that timed out or were never sent, longer than all others in every percentile, and the least that one has waited; null: none',
    ),
  atLeast: z
    .array(z.enum(percentileNames))
    .describe('figures that fall on those: the truth is that or more'),
  histogram: z
    .string()
    .nullable()
    .describe('ns; HdrHistogram V2, compressed, base64; null: only percentiles were imported'),
});

const partsSchema = z
  .strictObject({
    stamped: count.describe('answers whose arrival the kernel has told of'),
    heldUp: latencySchema
      .nullable()
      .describe('how late requests left by the doing of the generator; null in a closed loop'),
    waiting: latencySchema
      .nullable()
      .describe('for the server to free a connection; null in a closed loop'),
    server: latencySchema.describe(
      "from the sending to the arrival of the answer's last byte: the server and the kernel",
    ),
    pickedUp: latencySchema.describe('from there until the generator has read it'),
    ours: latencySchema.describe("the generator's parts: heldUp + pickedUp"),
    theirs: latencySchema
      .nullable()
      .describe('response times without ours: waiting + server; null in a closed loop'),
  })
  .describe(
    'what each latency is made of, by the kernel: the parts of a request add up to it, percentiles of them do not',
  );

const share = amount.max(1);

export const seriesSchema = z
  .strictObject({
    intervalMs: amount,
    loadedMs: z
      .array(amount)
      .describe('time under load: less than the interval where targets take turns'),
    answered: z.array(count).describe('right answers that came in it'),
    errors: z.array(count),
    ...byPercentile(seriesPercentiles, () => z.array(amount.nullable())),
    p50Ns: z.array(amount.nullable()).describe('of what was answered in it; null: nothing was'),
    ...fieldsOf('series'),
  })
  .describe(
    'by interval from the start of the trial on, to 1 %: response times, service times in a closed loop',
  );

// Of those of probes, these two stand before what limits a trial and what the generator took.
const { server, runtime, limitedBy, ...probed } = fieldsOf('trial');

export const trialSchema = z.strictObject({
  round: count.min(1),
  target: z.string(),
  measure: measureSchema.describe('latency: open loop; throughput: closed loop'),
  operation: operationSchema,
  startedAt: z.iso.datetime(),
  windowMs: amount.describe(
    'time under load, without the wait for the last answers; 0: imported, and not known',
  ),
  requests: requestsSchema,
  warmup: z
    .strictObject({ planned: count, errors: count })
    .describe('before the window; in no other count'),
  fresh: z
    .strictObject({
      startNs: amount
        .nullable()
        .describe('from the start of its process until it was ready; null: it ran already'),
      firstKeysNs: amount
        .nullable()
        .describe('then, to have every key stored, by their number; null: nothing is stored'),
    })
    .optional()
    .describe('of the server of this round, before its first trial'),
  firstError: z.string().nullable().describe('the first failure, in words'),
  requestsPerSecond: amount
    .nullable()
    .describe(
      'right answers by the time they took: of the counted cycles of each connection in a closed loop, of the time in which requests left in an open one; null: imported, and not known',
    ),
  offered: z
    .strictObject({
      ratePerSecond: amount,
      sentShare: share.describe('of the planned requests, those that left within the window'),
      scheduleLag: z
        .strictObject({ p50Ns: amount, p99Ns: amount, maxNs: amount })
        .nullable()
        .describe(
          "how late requests left by the generator's doing; null: not told by what was imported",
        ),
    })
    .nullable()
    .describe('the open loop; null in a closed one'),
  serviceTime: latencySchema
    .nullable()
    .describe('from the real sending to the last byte of a right answer; null without any'),
  responseTime: latencySchema
    .nullable()
    .describe(
      'from the moment in the schedule to the last byte; null in a closed loop, and where what was imported has none',
    ),
  parts: partsSchema
    .nullable()
    .describe('null: the engine, or the kernel, does not tell; then latencies hold them all'),
  bytes: z
    .strictObject({ sent: amount, received: amount })
    .nullable()
    .describe('through the sockets of the generator, HTTP headers included; null: imported'),
  connectionsOpened: count.nullable().describe('null: imported'),
  server,
  runtime,
  limitedBy,
  generator: z
    .strictObject({
      cpuNs: amount,
      cpuPerRequestNs: amount.nullable(),
      utilization: share.describe('of its event loop; of the busiest process'),
      stalls: z
        .strictObject({
          timeMs: amount,
          longestMs: amount.optional().describe('at once; documents of before have none'),
          requests: count,
        })
        .nullable()
        .describe(
          'time in which it stood still in an open loop, and the answers that met that; null: not told',
        ),
    })
    .nullable()
    .describe('null: imported'),
  ...probed,
  series: seriesSchema.nullable().describe('null: imported'),
  readBack: z
    .strictObject({ checked: count, lost: count, unreadable: count })
    .nullable()
    .describe('keys read again after a trial that wrote; null for one that did not'),
});

export const loadEngineSchema = z
  .strictObject({ name: z.enum(engineNames), version: z.string() })
  .describe('what sent the load');

const trainingSchema = z
  .strictObject({
    ...runConfigSchema.pick({
      operations: true,
      connections: true,
      keys: true,
      valueSize: true,
      distribution: true,
      durationMs: true,
    }).shape,
    requests: count.describe('answered while it was recorded'),
    engine: loadEngineSchema,
  })
  .describe('the load under which the profile was recorded that the build is tuned by');

export const artifactSchema = z.strictObject({
  target: z.string(),
  path: z.string(),
  sizeBytes: amount,
  sha256: z.string(),
  toolchain: z.string(),
  flags: z.array(z.string()),
  buildMs: amount.describe('from empty compiler caches, downloads not included'),
  isWarm: z
    .boolean()
    .optional()
    .describe(
      'whether the compiler may have had something from before, so that its time tells little',
    ),
  training: trainingSchema.optional(),
  builtAt: z.iso.datetime(),
});

const spreadSchema = z
  .strictObject({ median: amount, min: amount, max: amount })
  .describe('over rounds');

const summarySchema = z.strictObject({
  target: z.string(),
  measure: measureSchema,
  operation: operationSchema,
  rounds: count,
  planned: count,
  errors: count.describe('of every kind, lost writes included'),
  retried: count.describe('requests that were sent once more, as their connection was closed'),
  generatorLimitedRounds: count.describe('in which the server could have done more'),
  rateKept: z
    .boolean()
    .nullable()
    .describe('whether the open loop was on time; null for a closed one'),
  metrics: z.record(z.string(), spreadSchema.nullable()),
  bounds: z
    .record(z.string(), z.enum(['least', 'most']))
    .describe(
      'figures that are bounds; least: requests were not answered, most: a tenth or more may be the generator',
    ),
  pooled: z
    .array(z.string())
    .describe('percentiles of all rounds together: a single one has too few requests for them'),
});

const comparisonSchema = z.strictObject({
  measure: measureSchema,
  operation: operationSchema,
  metric: z.string(),
  target: z.string(),
  reference: z.string(),
  rounds: count.describe('in which both sides were right'),
  ratio: z
    .strictObject({
      estimate: amount.describe(
        'target / reference: Hodges-Lehmann over rounds; 1e9 and 0 stand for requests without an answer',
      ),
      low: amount.nullable().describe('null: too few rounds for the confidence'),
      high: amount.nullable(),
      confidence: share.describe('that was asked for; the exact one is not lower'),
    })
    .describe('of ratios within a round'),
  verdict: z
    .enum(['higher', 'lower', 'same', 'unclear', 'too-few-rounds', 'generator-limited'])
    .describe(
      'what may be said: the interval lies above 1, or below it; else same: within the precision around 1, or unclear',
    ),
});

export const warningSchema = z.strictObject({
  code: z.string(),
  message: z.string(),
  advice: z.string(),
});

export const targetSchema = z
  .strictObject({
    name: z.string(),
    source: z
      .enum(['bundled', 'command', 'url'])
      .describe('command: started as a config file says; url: it ran already'),
    url: z.string().nullable().describe('of one that ran already'),
    requests: requestSetSchema,
  })
  .describe('what was sent to a target, and what it had to answer');

const thresholdSchema = z.strictObject({
  expression: z.string().describe('as it was given'),
  figure: z.string().describe('what it was applied to, as go get P99'),
  value: z.number().nullable().describe('in the units of the metric; null: not measured'),
  outcome: z.enum(['kept', 'broken', 'untrusted']),
  reason: z.string().nullable().describe('why it is untrusted'),
});

export const machineSchema = z.strictObject({
  platform: z.string(),
  arch: z.string(),
  kernel: z.string(),
  cpuModel: z.string(),
  cpus: count.describe('that this process may run on'),
  memoryBytes: amount,
  cpuQuota: amount.nullable().describe("CPUs' worth of time that the cgroup may use; null: all"),
  governor: z.string().nullable().describe('of CPU frequency; null: none to be seen'),
  virtualization: z.string().nullable().describe('null: none to be seen'),
  nodeVersion: z.string(),
  undiciVersion: z.string(),
});

export const placementSchema = z.strictObject({
  engine: loadEngineSchema,
  workers: count.describe('GOMAXPROCS and actix workers'),
  generators: count.describe('processes that send the load'),
  serverCpus: z.array(count).nullable().describe('null: not pinned'),
  generatorCpus: z.array(count).nullable(),
});

/** One run, whole or under way. */
export const resultSchema = z.strictObject({
  schemaVersion: z.literal(schemaVersion),
  kvbenchVersion: z.string(),
  importedFrom: z
    .strictObject({ tool: z.string(), version: z.string().nullable() })
    .nullable()
    .describe('the load generator whose outcome this is; null: ours'),
  state: z
    .enum(['running', 'complete', 'interrupted', 'failed'])
    .describe('anything but complete holds only the trials up to then'),
  startedAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  config: savedConfigSchema,
  targets: z.array(targetSchema),
  blockSize: count
    .min(1)
    .optional()
    .describe(
      'how many targets were up at the same time at most: rounds were divided into blocks, drawn anew for each; missing: all',
    ),
  machine: machineSchema.nullable().describe('null: unknown, for what was imported'),
  placement: placementSchema.nullable(),
  artifacts: z.array(artifactSchema),
  rate: z
    .strictObject({
      ratePerSecond: amount,
      chosenBy: z.enum(['user', 'calibration']),
      capacities: z
        .array(
          z.strictObject({
            target: z.string(),
            operation: operationSchema,
            requestsPerSecond: amount,
          }),
        )
        .describe('of a short closed loop each'),
    })
    .nullable()
    .describe('of the open loop, to each target; null until known, or without one'),
  trials: z.array(trialSchema),
  summary: z.array(summarySchema),
  comparisons: z.array(comparisonSchema),
  nodeClient: z
    .strictObject({
      engine: loadEngineSchema,
      rounds: count,
      durationMs: amount.describe('of a trial'),
      trials: z.array(trialSchema),
      summary: z.array(summarySchema),
    })
    .nullable()
    .describe('what one Node client gets from each target, in a closed loop; null: not measured'),
  thresholds: z.array(thresholdSchema).describe('what failOn came to'),
  warnings: z.array(warningSchema),
});

export type RunResult = z.infer<typeof resultSchema>;
export type Trial = z.infer<typeof trialSchema>;
export type Artifact = z.infer<typeof artifactSchema>;
export type Machine = NonNullable<RunResult['machine']>;
export type Placement = NonNullable<RunResult['placement']>;
export type Training = z.infer<typeof trainingSchema>;
export type LoadEngine = z.infer<typeof loadEngineSchema>;
export type Threshold = z.infer<typeof thresholdSchema>;
export type Warning = z.infer<typeof warningSchema>;
export type Spread = z.infer<typeof spreadSchema>;
export type Summary = z.infer<typeof summarySchema>;
export type Comparison = z.infer<typeof comparisonSchema>;
export type Latency = z.infer<typeof latencySchema>;
export type TimeSeries = z.infer<typeof seriesSchema>;
