import { KvbenchError } from '../errors.js';
import {
  defaultConfig,
  type Preset,
  presetRecords,
  presets,
  quickConfig,
  type RunConfig,
  runConfigSchema,
  valueVersions,
} from './schema.js';

/** How much memory keys, values and expected answers may take; beyond it the generator suffers. */
const maxDatasetBytes = 2 ** 30;

/** Flag by config key, for messages that name what the user typed. */
const flagOf: Record<keyof RunConfig, string> = {
  targets: '--targets',
  operations: '--operations',
  measures: '--measure',
  rate: '--rate',
  arrivals: '--arrivals',
  connections: '--connections',
  requestsPerConnection: '--requests-per-connection',
  durationMs: '--duration',
  warmupMs: '--warmup',
  rounds: '--rounds',
  precision: '--precision',
  timeBudgetMs: '--time-budget',
  interleave: '--interleave',
  sliceMs: '--slice',
  keys: '--keys',
  valueSize: '--value-size',
  distribution: '--distribution',
  hitRatio: '--hit-ratio',
  timeoutMs: '--timeout',
  workers: '--workers',
  generators: '--generators',
  calibrate: '--calibrate',
  seed: '--seed',
  failOn: '--fail-on',
};

interface Layers {
  quick: boolean;
  preset: string | null;
  /** Only what was really given; values of the wrong kind are reported here. */
  flags: Record<string, unknown>;
  /** For the seed, where no flag gives one. */
  randomSeed: () => number;
}

/**
 * The complete, checked config: defaults < --preset < --quick < flags. Throws a usage error naming
 * the flag.
 */
export function loadRunConfig({ quick, preset, flags, randomSeed }: Layers): RunConfig {
  const parsed = runConfigSchema.safeParse({
    ...defaultConfig,
    ...(preset !== null && { ...presetRecords, ...findPreset(preset) }),
    ...(quick && quickConfig),
    seed: randomSeed(),
    ...flags,
  });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const key = String(issue?.path[0]) as keyof RunConfig;
    throw new KvbenchError(
      'usage',
      `${flagOf[key] ?? key} is not valid: ${lowerFirst(issue?.message ?? 'unknown reason')}.`,
      'Run `kvbench run --help` for what it takes.',
    );
  }
  const config = parsed.data;
  const { keys, valueSize, connections, generators } = config;
  if (keys * (valueSize.maxBytes + 64) * valueVersions > maxDatasetBytes) {
    throw new KvbenchError(
      'usage',
      `${keys} keys with values of ${valueSize.maxBytes} bytes are more than the generator can hold.`,
      'Lower --keys or --value-size: together they may take 256 MiB.',
    );
  }
  if (generators !== null && generators > Math.min(connections, keys)) {
    throw new KvbenchError(
      'usage',
      `${generators} generators are more than there are connections or keys to share.`,
      'Lower --generators.',
    );
  }
  return config;
}

function findPreset(name: string): Partial<RunConfig> {
  if (Object.hasOwn(presets, name)) return presets[name as Preset];
  throw new KvbenchError(
    'usage',
    `There is no preset named ${JSON.stringify(name)}.`,
    `Presets: ${Object.keys(presets).join(', ')}.`,
  );
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
