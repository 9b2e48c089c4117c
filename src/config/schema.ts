import { z } from 'zod';
import { engineNames } from '../load/engines.js';

/** Requests that carry more than this are refused by the contract (413). */
const maxBodyBytes = 1024 * 1024;

/**
 * How many values a key takes in turn, write by write. A lost write shows as the value before it,
 * so two would be enough but for two lost in a row.
 */
export const valueVersions = 4;

/** As many workers as actix can have. */
export const maxWorkers = 512;

const part = '[a-z][a-z0-9_-]{0,31}';
const noRepeats = <T>(items: T[]) => new Set(items).size === items.length;

/** So many servers can run side by side: each holds every key. */
export const maxTargets = 64;

const workerCount = z.int().min(1).max(maxWorkers);

/** The name of a request, as `get`, or a mix of several by weight: `get:95,post:5`. */
export const operationSchema: z.ZodType<Operation, Operation> = z
  .string()
  .regex(
    new RegExp(`^(${part}|${part}:\\d{1,6}(,${part}:\\d{1,6})+)$`),
    'takes the name of a request, as get, or a mix as get:95,post:5',
  )
  .refine((text) => requestsOf(text).length > 0, 'is a mix of nothing')
  .refine((text) => noRepeats(requestsOf(text).map(({ name }) => name)), 'names a request twice');
export const measureSchema = z.enum(['latency', 'throughput']);
const distributionSchema = z.enum(['uniform', 'zipfian', 'hotspot', 'latest']);

export type Operation = string;
export type Measure = z.infer<typeof measureSchema>;
export type Distribution = z.infer<typeof distributionSchema>;

const valueBytes = z
  .int()
  .min(1)
  .max(maxBodyBytes - 64);

export const valueSizeSchema = z
  .strictObject({ minBytes: valueBytes, maxBytes: valueBytes })
  .refine((size) => size.minBytes <= size.maxBytes, 'begins above its end')
  .describe('sizes of values, each equally likely');

/** Everything that decides what a run does. Parsed once; nothing later checks it again. */
export const runConfigSchema = z.strictObject({
  targets: z
    .array(z.string().min(1))
    .min(1)
    .max(maxTargets)
    .describe(
      'targets to compare; one that is named twice runs twice, rust@2w has two workers of its own',
    ),
  operations: z
    .array(operationSchema)
    .min(1)
    .refine(noRepeats, 'names an operation twice')
    .describe('requests, or mixes of them, each measured in trials of its own'),
  measures: z
    .array(measureSchema)
    .min(1)
    .refine(noRepeats, 'names a measure twice')
    .describe('latency: open loop at a fixed rate; throughput: closed loop'),
  rate: z
    .union([z.literal('auto'), z.number().min(1).max(1_000_000)])
    .describe('requests per second to each target in the open loop; auto: by calibration'),
  arrivals: z
    .enum(['constant', 'poisson'])
    .describe('how the requests of the open loop are spread over time'),
  connections: z.int().min(1).max(10_000).describe('connections, each with one request under way'),
  requestsPerConnection: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .nullable()
    .describe('after so many a connection is closed and another opened; null: never'),
  durationMs: z.int().min(50).max(86_400_000).describe('measured time of a trial'),
  warmupMs: z.int().min(0).max(3_600_000).describe('unrecorded load before each trial'),
  rounds: z
    .union([z.literal('auto'), z.int().min(1).max(1000)])
    .describe('times that every target is started afresh; auto: until precise enough'),
  precision: z
    .number()
    .min(0.001)
    .max(1)
    .describe('half-width of the intervals at which automatic rounds end, as a fraction'),
  timeBudgetMs: z.int().min(1000).max(86_400_000).describe('limit of automatic rounds'),
  interleave: z
    .enum(['slice', 'request', 'none'])
    .describe('how targets share a trial: in turns, request by request, or one after the other'),
  sliceMs: z.int().min(10).max(60_000).describe('length of a turn, about'),
  intervalMs: z
    .union([z.literal('auto'), z.int().min(10).max(3_600_000)])
    .describe('length of the intervals of the time series; auto: by the length of a trial'),
  keys: z.int().min(1).max(10_000_000).describe('distinct keys, all stored beforehand'),
  valueSize: valueSizeSchema,
  distribution: distributionSchema.describe('how requests choose their keys'),
  hitRatio: z.number().min(0).max(1).describe('share of the reads that ask for a stored key'),
  timeoutMs: z.int().min(10).max(600_000).describe('an answer later than this is an error'),
  workers: workerCount
    .nullable()
    .describe('actix workers and GOMAXPROCS; null: as many as the servers have cores'),
  engine: z
    .enum(['auto', ...engineNames])
    .describe('what sends the load; auto: native where it can be built, else undici'),
  generators: z
    .int()
    .min(1)
    .max(64)
    .nullable()
    .describe('processes that send the load; null: by the number of CPUs'),
  calibrate: z.boolean().describe('measures the null targets too'),
  seed: z.int().min(0).max(0xffffffff).describe('decides keys, values and order'),
  failOn: z
    .array(z.string().min(1).max(200))
    .max(50)
    .describe('thresholds, as get.p99>5ms: one that is broken ends with exit code 1'),
});

export type RunConfig = z.infer<typeof runConfigSchema>;

/** A config as somebody says it: with several numbers of workers every target is measured with each. */
export const runSettingsSchema = runConfigSchema.extend({
  workers: z
    .union([workerCount, z.array(workerCount).min(1).refine(noRepeats, 'names a number twice')])
    .nullable()
    .describe(
      'actix workers and GOMAXPROCS, or a list of several to compare; null: as many as the servers have cores',
    ),
});

export type RunSettings = z.infer<typeof runSettingsSchema>;

/** The servers that come with kvbench, in the order in which they are shown. */
const bundledNames: readonly string[] = ['rust', 'go'];

/** Names that stand for several bundled servers. */
export const targetGroups = ['stacks', 'stores', 'builds', 'article', 'all'] as const;
export type TargetGroup = (typeof targetGroups)[number];

/** Whether only kvbench itself may call a target so. */
export function isReservedName(name: string): boolean {
  const ours: readonly string[] = [...bundledNames, ...targetGroups];
  return ours.includes(name) || name.startsWith('null-');
}

/** A `run` without flags and without a config file. */
export const defaultConfig: Omit<RunConfig, 'seed'> = {
  targets: [...bundledNames],
  operations: ['get', 'post'],
  measures: ['latency', 'throughput'],
  rate: 'auto',
  arrivals: 'constant',
  connections: 16,
  requestsPerConnection: null,
  durationMs: 800,
  warmupMs: 200,
  rounds: 10,
  precision: 0.05,
  timeBudgetMs: 120_000,
  interleave: 'slice',
  sliceMs: 200,
  intervalMs: 'auto',
  keys: 10_000,
  valueSize: { minBytes: 128, maxBytes: 128 },
  distribution: 'uniform',
  hitRatio: 1,
  timeoutMs: 5000,
  workers: null,
  engine: 'auto',
  generators: null,
  calibrate: false,
  failOn: [],
};

/** What `--quick` changes: a first look, with the fewest rounds that give an interval. */
export const quickConfig: Partial<RunConfig> = {
  durationMs: 120,
  warmupMs: 40,
  rounds: 8,
  sliceMs: 60,
};

/** The core workloads of YCSB whose operations are reads, updates and inserts alone. */
export const presets = {
  'ycsb-a': { operations: ['get:50,post:50'], distribution: 'zipfian' },
  'ycsb-b': { operations: ['get:95,post:5'], distribution: 'zipfian' },
  'ycsb-c': { operations: ['get'], distribution: 'zipfian' },
  'ycsb-d': { operations: ['get:95,post:5'], distribution: 'latest' },
} satisfies Record<string, Partial<RunConfig>>;

export type Preset = keyof typeof presets;

/** What YCSB stores: a thousand records of ten fields of 100 bytes, here as one value. */
export const presetRecords: Partial<RunConfig> = {
  keys: 1000,
  valueSize: { minBytes: 1000, maxBytes: 1000 },
};

/** A mix with its parts in the order of their names, so that equal mixes are written alike. */
export function canonicalOperation(operation: Operation): Operation {
  return operation
    .split(',')
    .map((part) => part.trim())
    .sort()
    .join(',');
}

/** The requests that an operation stands for, with their shares, which add up to 1. */
export function requestsOf(operation: Operation): { name: string; share: number }[] {
  const parts = operation.split(',').map((text) => {
    const [name = '', weight = '1'] = text.split(':');
    return { name, weight: Number(weight) };
  });
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  return parts
    .filter(({ weight }) => weight > 0)
    .map(({ name, weight }) => ({ name, share: weight / total }));
}
