import * as z from 'zod';
import { engineNames } from '../engines.js';
import { maxBodyBytes, maxTargets, maxWorkers } from '../limits.js';
import { bundledNames } from '../names.js';
import { operationSchema } from '../operations.js';
import { type Setting, setting } from './setting.js';
import {
  autoOrNumber,
  duration,
  fraction,
  list,
  onOrOff,
  operations,
  plain,
  repeated,
  sizeRange,
  wholeNumber,
  wholeNumbers,
} from './texts.js';

const noRepeats = <T>(items: T[]) => new Set(items).size === items.length;

const workerCount = z.int().min(1).max(maxWorkers);

const valueBytes = z
  .int()
  .min(1)
  .max(maxBodyBytes - 64);

/**
 * Every setting of a run, in the order of documents. A new one is a row here, and the code that heeds it:
 * the schema, the flag with its variable and its help, the config file, the line that repeats a run, and
 * what makes two runs comparable follow.
 */
export const settings = {
  targets: setting({
    schema: z
      .array(z.string().min(1))
      .min(1)
      .max(maxTargets)
      .describe(
        'targets to compare; one that is named twice runs twice, rust@2w has two workers of its own',
      ),
    default: [...bundledNames],
    flag: '--targets <list>',
    text: list,
    help: (names) => `servers to compare (default: ${names.join(',')})`,
    part: 'targets',
  }),
  operations: setting({
    schema: z
      .array(operationSchema)
      .min(1)
      .refine(noRepeats, 'names an operation twice')
      .describe('requests, or mixes of them, each measured in trials of its own'),
    default: ['get', 'post'],
    flag: '--operations <list>',
    text: operations,
    help: (names) => `requests, or a mix as get:95,post:5 (default: ${names.join(',')})`,
    part: 'operations',
  }),
  measures: setting({
    schema: z
      .array(z.enum(['latency', 'throughput']))
      .min(1)
      .refine(noRepeats, 'names a measure twice')
      .describe('latency: open loop at a fixed rate; throughput: closed loop'),
    default: ['latency', 'throughput'],
    flag: '--measure <list>',
    text: list,
    help: 'latency (open loop), throughput (closed); both',
    part: 'measures',
  }),
  // Which rate it came to is a part of the fingerprint, not what was asked for.
  rate: setting({
    schema: z
      .union([z.literal('auto'), z.number().min(1).max(1_000_000)])
      .describe('requests per second to each target in the open loop; auto: by calibration'),
    default: 'auto',
    flag: '--rate <n>',
    text: autoOrNumber,
    help: 'requests/s to each, open loop; or auto (default)',
    part: 'load',
  }),
  arrivals: setting({
    schema: z
      .enum(['constant', 'poisson'])
      .describe('how the requests of the open loop are spread over time'),
    default: 'constant',
    flag: '--arrivals <name>',
    text: plain,
    help: 'constant (default) or poisson',
    part: 'load',
    fingerprint: 'latency',
  }),
  connections: setting({
    schema: z.int().min(1).max(10_000).describe('connections, each with one request under way'),
    default: 16,
    flag: '--connections <n>',
    text: wholeNumber,
    help: (count) => `connections (default: ${count})`,
    part: 'load',
    fingerprint: 'all',
  }),
  requestsPerConnection: setting({
    schema: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .nullable()
      .describe('after so many a connection is closed and another opened; null: never'),
    default: null,
    flag: '--requests-per-connection <n>',
    text: wholeNumber,
    help: 'reconnect after so many',
    part: 'load',
    fingerprint: 'all',
    told: (count, figures) => (count === null ? '' : `${figures.count(count, 'request')} each`),
  }),
  durationMs: setting({
    schema: z.int().min(50).max(86_400_000).describe('measured time of a trial'),
    default: 800,
    flag: '--duration <time>',
    text: duration,
    help: (ms) => `measured time of a trial (default: ${ms} ms)`,
    part: 'trial',
    fingerprint: 'all',
  }),
  warmupMs: setting({
    schema: z.int().min(0).max(3_600_000).describe('unrecorded load before each trial'),
    default: 200,
    flag: '--warmup <time>',
    text: duration,
    help: (ms) => `load before it, not recorded (default: ${ms} ms)`,
    part: 'trial',
    fingerprint: 'all',
  }),
  rounds: setting({
    schema: z
      .union([z.literal('auto'), z.int().min(1).max(1000)])
      .describe('times that every target is started afresh; auto: until precise enough'),
    default: 10,
    flag: '--rounds <n>',
    text: autoOrNumber,
    help: (count) => `fresh starts of each, or auto (default: ${count})`,
    part: 'rounds',
  }),
  precision: setting({
    schema: z
      .number()
      .min(0.001)
      .max(1)
      .describe('half-width of the intervals at which automatic rounds end, as a fraction'),
    default: 0.05,
    flag: '--precision <share>',
    text: fraction,
    help: (share) => `auto ends at intervals of ± that (default: ${share * 100}%)`,
    part: 'rounds',
  }),
  timeBudgetMs: setting({
    schema: z.int().min(1000).max(86_400_000).describe('limit of automatic rounds'),
    default: 120_000,
    flag: '--time-budget <time>',
    text: duration,
    help: (ms) => `auto ends after that (default: ${ms / 60_000}min)`,
    part: 'rounds',
  }),
  interleave: setting({
    schema: z
      .enum(['slice', 'request', 'none'])
      .describe('how targets share a trial: in turns, request by request, or one after the other'),
    default: 'slice',
    flag: '--interleave <how>',
    text: plain,
    help: 'slice (default), request or none: how targets alternate',
    part: 'rounds',
    fingerprint: 'all',
  }),
  sliceMs: setting({
    schema: z.int().min(10).max(60_000).describe('length of a turn, about'),
    default: 200,
    flag: '--slice <time>',
    text: duration,
    help: (ms) => `length of a slice (default: ${ms} ms)`,
    part: 'rounds',
  }),
  intervalMs: setting({
    schema: z
      .union([z.literal('auto'), z.int().min(10).max(3_600_000)])
      .describe('length of the intervals of the time series; auto: by the length of a trial'),
    default: 'auto',
    flag: '--interval <time>',
    text: duration,
    help: 'of the time series (default: by the duration)',
    part: 'rounds',
  }),
  keys: setting({
    schema: z.int().min(1).max(10_000_000).describe('distinct keys, all stored beforehand'),
    default: 10_000,
    flag: '--keys <n>',
    text: wholeNumber,
    help: (count) => `distinct keys (default: ${count})`,
    part: 'load',
    fingerprint: 'all',
  }),
  valueSize: setting({
    schema: z
      .strictObject({ minBytes: valueBytes, maxBytes: valueBytes })
      .refine((size) => size.minBytes <= size.maxBytes, 'begins above its end')
      .describe('sizes of values, each equally likely'),
    default: { minBytes: 128, maxBytes: 128 },
    flag: '--value-size <bytes>',
    text: sizeRange,
    help: ({ minBytes }) => `as ${minBytes} (default), 4KiB, or 64-1KiB`,
    part: 'load',
    fingerprint: 'all',
  }),
  distribution: setting({
    schema: z
      .enum(['uniform', 'zipfian', 'hotspot', 'latest'])
      .describe('how requests choose their keys'),
    default: 'uniform',
    flag: '--distribution <name>',
    text: plain,
    help: 'uniform (default), zipfian, hotspot or latest',
    part: 'load',
    fingerprint: 'all',
  }),
  hitRatio: setting({
    schema: z.number().min(0).max(1).describe('share of the reads that ask for a stored key'),
    default: 1,
    flag: '--hit-ratio <share>',
    text: fraction,
    help: (share) => `reads that ask for a stored key (default: ${share})`,
    part: 'load',
    fingerprint: 'all',
    told: (share, figures) => `${figures.share(share)} hits`,
  }),
  timeoutMs: setting({
    schema: z.int().min(10).max(600_000).describe('an answer later than this is an error'),
    default: 5000,
    flag: '--timeout <time>',
    text: duration,
    help: (ms) => `an answer later than this is an error (default: ${ms / 1000}s)`,
    part: 'load',
  }),
  workers: setting({
    schema: workerCount
      .nullable()
      .describe('actix workers and GOMAXPROCS; null: as many as the servers have cores'),
    default: null,
    flag: '--workers <list>',
    text: wholeNumbers,
    help: 'actix workers and GOMAXPROCS; 1,2,4 compares (default: CPUs)',
    part: 'machine',
  }),
  engine: setting({
    schema: z
      .enum(['auto', ...engineNames])
      .describe('what sends the load; auto: native where it can be built, else undici'),
    default: 'auto',
    before: 'undici',
    flag: '--engine <name>',
    text: plain,
    help: 'native, undici, or auto (default): native where it can be built',
    part: 'machine',
  }),
  generators: setting({
    schema: z
      .int()
      .min(1)
      .max(64)
      .nullable()
      .describe('processes that send the load; null: by the number of CPUs'),
    default: null,
    flag: '--generators <n>',
    text: wholeNumber,
    help: 'processes that send (default: by CPUs)',
    part: 'machine',
  }),
  calibrate: setting({
    schema: z.boolean().describe('measures the null targets too'),
    default: false,
    flag: '--calibrate',
    text: onOrOff,
    help: 'measure null targets too: what is our own floor?',
    part: 'targets',
  }),
  // Drawn anew where nobody gives one.
  seed: {
    schema: z.int().min(0).max(0xffffffff).describe('decides keys, values and order'),
    flag: '--seed <n>',
    text: wholeNumber,
    help: 'repeat the keys, values and order of another run',
    part: 'trial',
  },
  failOn: setting({
    schema: z
      .array(z.string().min(1).max(200))
      .max(50)
      .describe('thresholds, as get.p99>5ms: one that is broken ends with exit code 1'),
    default: [],
    flag: '--fail-on <expression>',
    text: repeated,
    help: "as 'get.p99>5ms': exit code 1 if it holds; repeatable",
    part: 'fails',
  }),
} satisfies Record<string, Setting>;

/** The numbers of workers that somebody asks for: of several, every target is measured with each. */
export const severalWorkersSchema = z
  .union([workerCount, z.array(workerCount).min(1).refine(noRepeats, 'names a number twice')])
  .nullable()
  .describe(
    'actix workers and GOMAXPROCS, or a list of several to compare; null: as many as the servers have cores',
  );
