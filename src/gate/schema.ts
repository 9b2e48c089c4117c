import * as z from 'zod';
import {
  artifactSchema,
  loadEngineSchema,
  machineSchema,
  warningSchema,
} from '../result/schema.js';
import { acceptedSchema } from './accepted.js';
import { gateMetricSchema, gatePolicySchema } from './policy.js';
import { armSchema, gateRoundSchema } from './rounds.js';

/** Raised when a reader of older documents would misread new ones. */
export const gateSchemaVersion = 1;

const count = z.int().min(0);
const amount = z.number().min(0);

const key = {
  metric: gateMetricSchema,
  operation: z.string().nullable().describe('null: of the whole server'),
};

const ratioSchema = z
  .strictObject({
    estimate: amount.describe(
      'head / base: Hodges-Lehmann over rounds; 1e9: head was not answered in time, 0: base was not',
    ),
    low: amount.nullable().describe('exact, for safeAlpha of the look; null: too few rounds'),
    high: amount.nullable(),
  })
  .nullable()
  .describe('null: not measured');

const evidenceSchema = z.strictObject({
  ...key,
  rounds: count.describe('that have the figure'),
  ratio: ratioSchema,
  pValue: amount
    .max(1)
    .describe('exact and one-sided, of "within the allowance"; 1 without any round'),
  provable: amount
    .nullable()
    .describe('the smallest ratio that would have been proven beyond the allowance'),
  status: z.enum(['suspect', 'safe', 'undecided', 'unmeasured']),
});

const confirmationSchema = z.strictObject({
  rounds: z.array(count).describe('numbers of the fresh rounds'),
  suspects: z.array(
    z.strictObject({
      ...key,
      ratio: ratioSchema.describe(
        'its bounds are for confirmationAlpha, shared by its looks and the suspects',
      ),
      pValue: amount.max(1),
      proven: z.boolean(),
    }),
  ),
});

const lookRecordSchema = z.strictObject({
  rounds: z.array(count).describe('numbers of the rounds that it is at'),
  evidence: z.array(evidenceSchema),
  confirmation: confirmationSchema.nullable().describe('null: nothing was suspected'),
});

const metricSchema = z.strictObject({
  name: z.string().describe('as get.p50, rss, binarySize'),
  operation: z.string().nullable(),
  metric: z.union([gateMetricSchema, z.enum(['binarySize', 'buildTime'])]),
  unit: z.enum(['ns', 'bytes']),
  rounds: count,
  base: amount.nullable().describe('median over rounds; null: not measured'),
  head: amount.nullable(),
  unanswered: z
    .array(armSchema)
    .optional()
    .describe('arms whose median falls on requests that were never answered, and so is null'),
  ratio: ratioSchema,
  allowance: amount.nullable().describe('0.05: 5 % more are allowed; null: any'),
  provable: amount.nullable(),
  verdict: z
    .enum(['pass', 'regression', 'inconclusive', 'unmeasured', 'reported'])
    .describe('reported: it decides nothing'),
});

const verdictSchema = z.strictObject({
  outcome: z.enum(['pass', 'regression', 'inconclusive', 'untrusted']),
  reason: z.enum([
    'identical',
    'all-safe',
    'proven-twice',
    'binary-size',
    'rounds-used-up',
    'time-used-up',
    'wait-used-up',
    'too-noisy',
    'rounds-missing',
    'wrong-answers',
    'base-failed',
    'nothing-in-common',
  ]),
  detail: z.string().nullable().describe('what was wrong, in words'),
});

const judgementSchema = z.strictObject({
  dropped: z.array(count).describe('numbers of the rounds that were left out for noise'),
  looks: z.array(lookRecordSchema),
  metrics: z.array(metricSchema),
  verdict: verdictSchema.nullable().describe('null: still under way'),
});

const buildSchema = z.strictObject({
  label: z.string().describe('as it was asked for: a ref, a directory, a file'),
  commit: z.string().nullable().describe('of the working tree: that it was made of'),
  clean: z.boolean().optional().describe('of the working tree: whether it is what its commit has'),
  artifact: artifactSchema
    .nullable()
    .describe('null: no single file comes of a build, or it was not built yet'),
  sourceHash: z.string().nullable().describe('of its directory, by git; null: unknown'),
});

const differencesSchema = z
  .strictObject({
    settings: z.array(z.string()).describe('of the target, as start.command'),
    files: z.array(z.string()).describe('paths from the top of the repository, 100 at most'),
    moreFiles: count.describe('besides these'),
  })
  .describe('what may reach the running server and is not the same on both sides');

const uncomparedSchema = z.strictObject({
  operation: z.string(),
  reason: z.string().describe('why base can not be asked it, in words'),
});

/** One session of the gate, whole or under way: enough to judge it again. */
export const gateResultSchema = z.strictObject({
  gateSchemaVersion: z.literal(gateSchemaVersion),
  kvbenchVersion: z.string(),
  note: z.string().optional().describe('what a reader must know of where this comes from'),
  state: z.enum(['running', 'complete', 'interrupted', 'failed']),
  failure: z.string().optional().describe('why it failed, in words'),
  waitedMs: amount
    .optional()
    .describe('after so long, builds included, nothing more was measured, as was asked for'),
  startedAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  target: z.string(),
  base: buildSchema,
  head: buildSchema,
  differences: differencesSchema.optional(),
  uncompared: z
    .array(uncomparedSchema)
    .optional()
    .describe('operations that head answers as described, and base does not'),
  accepted: z
    .array(acceptedSchema)
    .optional()
    .describe('slowdowns that commits of the change allow on purpose; part of the allowances'),
  baseFailure: z
    .string()
    .optional()
    .describe('why there is no base to compare with, where that is only a warning'),
  machine: machineSchema.nullable(),
  load: z
    .strictObject({
      ratePerSecond: amount.describe('to each build'),
      connections: count.describe('to each build'),
      durationMs: amount.describe('of one operation in a round'),
      keys: count,
      valueSize: z.strictObject({ minBytes: count, maxBytes: count }),
      workers: count,
      serverCpus: count.optional().describe('that a server can keep busy'),
      engine: loadEngineSchema.optional(),
    })
    .nullable()
    .describe('null: nothing was measured'),
  seed: z.int().min(0).max(0xffffffff),
  policy: gatePolicySchema,
  rounds: z.array(gateRoundSchema).describe('raw, in the order in which they were measured'),
  judgement: judgementSchema,
  warnings: z.array(warningSchema),
});

export type GateResult = z.infer<typeof gateResultSchema>;
export type Uncompared = z.infer<typeof uncomparedSchema>;
export type Judgement = z.infer<typeof judgementSchema>;
export type GateVerdict = z.infer<typeof verdictSchema>;
export type MetricRow = z.infer<typeof metricSchema>;
export type LookRecord = z.infer<typeof lookRecordSchema>;
export type Confirmation = z.infer<typeof confirmationSchema>;
/** What the rounds of a look say about one figure; ratios are head / base. */
export type Evidence = z.infer<typeof evidenceSchema>;
