import * as z from 'zod';
import { operationSchema } from '../config/operations.js';
import { savedConfigSchema } from '../config/schema.js';
import { percentileNames } from '../result/percentile-table.js';
import {
  artifactSchema,
  machineSchema,
  placementSchema,
  targetSchema,
  trialSchema,
  warningSchema,
} from '../result/schema.js';

/** Raised when a reader of older documents would misread new ones. */
export const sweepSchemaVersion = 3;

const count = z.int().min(0);
const amount = z.number().min(0);

const bySchema = z.enum(['rate', 'connections']);
const spacingSchema = z.enum(['geometric', 'linear']);

const level = amount.describe('requests per second, or connections, as the policy says');

/** The figure of the latency that must be kept, and its limit. */
const sloSchema = z.strictObject({
  expression: z.string().describe('as it was given, as p99<5ms'),
  metric: z.enum(percentileNames),
  limitNs: amount,
});

const ladderSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('auto') }).describe('from a fraction of the capacity on'),
  z.strictObject({
    kind: spacingSchema,
    from: amount,
    to: amount,
    steps: count.min(2),
  }),
]);

export const sweepPolicySchema = z.strictObject({
  by: bySchema,
  ladder: ladderSchema,
  slo: sloSchema,
  search: z.boolean().describe('whether the knee is searched between two steps of the ladder'),
  tolerance: amount.max(1).describe('the search ends when its bounds are so near, as a fraction'),
  overload: z
    .strictObject({ factor: amount, overloadMs: amount, recoveryMs: amount })
    .nullable()
    .describe('the load past the knee, as a multiple of it, and how long recovery is watched'),
});

/** How the load rises, and what must be kept, as far as somebody has said. */
export const sweepSettingsSchema = z
  .strictObject({
    by: bySchema.describe('default: rate'),
    slo: z.string().min(1).describe('an objective, as p99<5ms'),
    auto: z.boolean().describe('an automatic ladder, whatever else is said of one'),
    from: amount.describe('the first level of a ladder'),
    to: amount.describe('the last one'),
    steps: count.describe('how many levels'),
    spacing: spacingSchema,
    search: z.boolean().describe('whether the knee is searched between the levels'),
    overload: z.boolean().describe('whether every server is overloaded once, past its knee'),
  })
  .partial();

const stepSchema = z.strictObject({
  number: count.min(1).describe('in the order in which they were measured'),
  purpose: z.enum(['ladder', 'search', 'confirm', 'overload']),
  level,
  outcome: z
    .enum(['kept', 'broken', 'generator-limited'])
    .describe('whether the objective was kept; generator-limited: nobody can tell'),
  reason: z.string().nullable().describe('why it was not kept, in words'),
  trial: trialSchema,
});

const curveSchema = z.strictObject({
  target: z.string(),
  operation: operationSchema,
  steps: z.array(stepSchema),
  capacity: z
    .strictObject({
      requestsPerSecond: amount,
      limitedBy: z.enum(['server', 'generator', 'neither']).nullable(),
    })
    .nullable()
    .describe('the most that was answered in a second; null: nothing was measured'),
  knee: z
    .strictObject({
      level,
      brokenAt: amount.nullable().describe('the lowest level above it that was broken; null: none'),
      confirmed: z.boolean().describe('kept in a second measurement too'),
      limitedBy: z
        .enum(['server', 'generator', 'ladder'])
        .describe('what ended the climb: of server alone it is the knee, else the knee is higher'),
    })
    .nullable()
    .describe('the highest level that keeps the objective; null: none does'),
  overload: z
    .strictObject({
      ratePerSecond: amount,
      goodputPerSecond: amount.describe('right answers within the objective, by the time'),
      answeredPerSecond: amount,
      recoveryMs: amount
        .nullable()
        .describe('from the end of the overload until the objective is kept again; null: not seen'),
    })
    .nullable(),
  ended: z.enum(['saturated', 'generator-limited', 'ladder-used-up', 'failed', 'running']),
});

/** One sweep, whole or under way. */
export const sweepResultSchema = z.strictObject({
  sweepSchemaVersion: z.literal(sweepSchemaVersion),
  kvbenchVersion: z.string(),
  note: z.string().optional().describe('what a reader must know of where this comes from'),
  state: z.enum(['running', 'complete', 'interrupted', 'failed']),
  startedAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  config: savedConfigSchema,
  policy: sweepPolicySchema,
  targets: z.array(targetSchema),
  machine: machineSchema.nullable(),
  placement: placementSchema.nullable(),
  artifacts: z.array(artifactSchema),
  curves: z.array(curveSchema),
  warnings: z.array(warningSchema),
});

export type SweepResult = z.infer<typeof sweepResultSchema>;
export type SweepSettings = z.infer<typeof sweepSettingsSchema>;
export type SweepPolicy = z.infer<typeof sweepPolicySchema>;
export type SweepCurve = z.infer<typeof curveSchema>;
export type SweepStep = z.infer<typeof stepSchema>;
export type Slo = z.infer<typeof sloSchema>;
