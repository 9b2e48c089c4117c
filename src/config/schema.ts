import * as z from 'zod';
import { settings, severalWorkersSchema } from './settings/table.js';

/**
 * How many values a key takes in turn, write by write. A lost write shows as the value before it,
 * so two would be enough but for two lost in a row.
 */
export const valueVersions = 4;

type Settings = typeof settings;

const schemas = Object.fromEntries(
  Object.entries(settings).map(([key, { schema }]) => [key, schema]),
) as { [Key in keyof Settings]: Settings[Key]['schema'] };

/** Everything that decides what a run does. Parsed once; nothing later checks it again. */
export const runConfigSchema = z.strictObject(schemas);

export type RunConfig = z.infer<typeof runConfigSchema>;

const before = Object.fromEntries(
  Object.entries(settings).flatMap(([key, row]) => ('before' in row ? [[key, row.before]] : [])),
);

/** A config in a document, which may have been saved before there were all of the settings. */
export const savedConfigSchema = z.preprocess(
  (config) => (typeof config === 'object' && config !== null ? { ...before, ...config } : config),
  runConfigSchema,
);
export type Measure = RunConfig['measures'][number];
export type Distribution = RunConfig['distribution'];

export const { valueSize: valueSizeSchema } = runConfigSchema.shape;
export const measureSchema = runConfigSchema.shape.measures.element;

/** A config as somebody says it: with several numbers of workers every target is measured with each. */
export const runSettingsSchema = runConfigSchema.extend({ workers: severalWorkersSchema });

export type RunSettings = z.infer<typeof runSettingsSchema>;

/** A `run` without flags and without a config file. */
export const defaultConfig = Object.fromEntries(
  Object.entries(settings).flatMap(([key, row]) => ('default' in row ? [[key, row.default]] : [])),
) as Omit<RunConfig, 'seed'>;

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
