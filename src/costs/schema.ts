import * as z from 'zod';
import { valueSizeSchema } from '../config/schema.js';
import {
  artifactSchema,
  machineSchema,
  placementSchema,
  seriesSchema,
  targetSchema,
  warningSchema,
} from '../result/schema.js';
import {
  type CostFigureName,
  type CostRowName,
  costFigures,
  costParts,
  costRowNames,
  costUnits,
} from './figures.js';

/** Raised when a reader of older documents would misread new ones. */
export const costsSchemaVersion = 2;

const count = z.int().min(0);
const keyCount = count.min(1000).max(100_000_000);

const heapSchema = z.union([keyCount, z.literal('max')]);

export const costSettingsSchema = z.strictObject({
  parts: z.array(z.enum(costParts)).min(1).describe('what is measured'),
  rounds: count.min(2).max(100).describe('of everything but cold builds'),
  builds: count.min(2).max(100).describe('cold builds of each, and as many with a change'),
  keys: keyCount.describe('the most that are stored, but for the collector'),
  heaps: z
    .array(heapSchema)
    .min(1)
    .max(8)
    .refine((heaps) => new Set(heaps).size === heaps.length, 'names one twice')
    .describe('keys that servers hold beside their collector; max: as many as fit'),
  valueSize: valueSizeSchema,
  connections: count.min(10).max(100_000).describe('the most idle ones'),
  jobs: z
    .array(count.min(1).max(1024))
    .min(1)
    .max(16)
    .refine((jobs) => new Set(jobs).size === jobs.length, 'names a number twice')
    .optional()
    .describe('numbers of jobs at once, with each of which cold builds are timed besides'),
  seed: count,
});

const eachNames = costRowNames.filter((name) => 'each' in costFigures[name]);
const otherNames = costRowNames.filter((name) => !eachNames.includes(name));

const figureSchema = z.union([
  z.enum(otherNames as [CostRowName, ...CostRowName[]]),
  z.string().regex(new RegExp(`^(${eachNames.join('|').replaceAll('.', '\\.')})-[1-9]\\d*$`)),
]) as z.ZodType<CostFigureName>;

const measuredSchema = z.strictObject({
  target: z.string(),
  figure: figureSchema,
  heap: heapSchema.nullable().describe('of which of the heaps it is; null: of none'),
  unit: z.enum(costUnits),
  values: z
    .array(z.number().nullable())
    .describe('one a round, in their order; null: that round has none'),
  value: z.number().nullable().describe('the middle of them; null: there is none'),
  low: z.number().nullable().describe('of its 99 % interval; null: there is none'),
  high: z.number().nullable(),
  reason: z.string().nullable().describe('why there is no value, in words'),
  detail: z.string().nullable().describe('what it is made of, as names of libraries'),
});

const costSeriesSchema = z.strictObject({
  target: z.string(),
  keys: count.describe('that it held'),
  ratePerSecond: z.number().min(0),
  series: seriesSchema,
  faults: z
    .array(z.number().min(0).nullable())
    .optional()
    .describe('minor page faults of the server, by tenth of a second'),
});

/** One measurement of costs, whole or under way. */
export const costsResultSchema = z.strictObject({
  costsSchemaVersion: z.literal(costsSchemaVersion),
  kvbenchVersion: z.string(),
  note: z.string().optional().describe('what a reader must know of where this comes from'),
  state: z.enum(['running', 'complete', 'interrupted', 'failed']),
  startedAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  settings: costSettingsSchema,
  targets: z.array(targetSchema),
  machine: machineSchema.nullable(),
  placement: placementSchema.nullable(),
  artifacts: z.array(artifactSchema),
  figures: z.array(measuredSchema),
  series: z
    .array(costSeriesSchema)
    .optional()
    .describe('requests beside collections and page faults in the last round'),
  warnings: z.array(warningSchema),
});

export type CostsResult = z.infer<typeof costsResultSchema>;
/** So many keys, or as many as fit. */
export type Heap = z.infer<typeof heapSchema>;
export type CostSettings = z.infer<typeof costSettingsSchema>;
export type CostSeries = z.infer<typeof costSeriesSchema>;
export type MeasuredCost = z.infer<typeof measuredSchema>;

/** The settings of a `costs` without flags. */
export const defaultCostSettings: Omit<CostSettings, 'seed'> = {
  parts: [...costParts],
  rounds: 5,
  builds: 3,
  keys: 100_000,
  heaps: [10_000, 100_000],
  valueSize: { minBytes: 128, maxBytes: 128 },
  connections: 10_000,
};
