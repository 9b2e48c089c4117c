import { z } from 'zod';

/** Requests that carry more than this are refused by the contract (413). */
const maxBodyBytes = 1024 * 1024;

/**
 * How many values a key takes in turn, write by write. A lost write shows as the value before it,
 * so two would be enough but for two lost in a row.
 */
export const valueVersions = 4;

export const operationSchema = z.enum(['get', 'post']);
const distributionSchema = z.enum(['uniform', 'zipfian']);

export type Operation = z.infer<typeof operationSchema>;
export type Distribution = z.infer<typeof distributionSchema>;

const noRepeats = <T>(items: T[]) => new Set(items).size === items.length;

/** Everything that decides what a run does. Parsed once; nothing later checks it again. */
export const runConfigSchema = z.strictObject({
  targets: z
    .array(z.string().min(1))
    .min(1)
    .refine(noRepeats, 'names a target twice')
    .describe('targets to compare'),
  operations: z
    .array(operationSchema)
    .min(1)
    .refine(noRepeats, 'names an operation twice')
    .describe('operations, each measured in trials of its own'),
  connections: z.int().min(1).max(10_000).describe('connections, each with one request under way'),
  durationMs: z.int().min(50).max(86_400_000).describe('measured time of a trial'),
  warmupMs: z.int().min(0).max(3_600_000).describe('unrecorded load before each trial'),
  rounds: z.int().min(1).max(1000).describe('times that every target is started afresh'),
  keys: z.int().min(1).max(10_000_000).describe('distinct keys, all stored beforehand'),
  valueSizeBytes: z
    .int()
    .min(1)
    .max(maxBodyBytes - 64)
    .describe('size of every value'),
  distribution: distributionSchema.describe('how requests choose their keys'),
  timeoutMs: z.int().min(10).max(600_000).describe('an answer later than this is an error'),
  workers: z
    .int()
    .min(1)
    .max(1024)
    .nullable()
    .describe('actix workers and GOMAXPROCS; null: as many as the servers have cores'),
  seed: z.int().min(0).max(0xffffffff).describe('decides keys, values and order'),
});

export type RunConfig = z.infer<typeof runConfigSchema>;

/** A `run` without flags. */
export const defaultConfig: Omit<RunConfig, 'seed'> = {
  targets: ['rust', 'go'],
  operations: ['get', 'post'],
  connections: 16,
  durationMs: 2000,
  warmupMs: 500,
  rounds: 5,
  keys: 10_000,
  valueSizeBytes: 128,
  distribution: 'uniform',
  timeoutMs: 5000,
  workers: null,
};

/** What `--quick` changes: everything measured within 15 s, with less to conclude from. */
export const quickConfig: Partial<RunConfig> = { durationMs: 600, warmupMs: 200, rounds: 3 };
