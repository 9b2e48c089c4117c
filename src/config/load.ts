import { KvbenchError } from '../errors.js';
import {
  defaultConfig,
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
  connections: '--connections',
  durationMs: '--duration',
  warmupMs: '--warmup',
  rounds: '--rounds',
  keys: '--keys',
  valueSizeBytes: '--value-size',
  distribution: '--distribution',
  timeoutMs: '--timeout',
  workers: '--workers',
  seed: '--seed',
};

interface Layers {
  quick: boolean;
  /** Only what was really given; values of the wrong kind are reported here. */
  flags: Record<string, unknown>;
  /** For the seed, where no flag gives one. */
  randomSeed: () => number;
}

/** The complete, checked config: defaults < --quick < flags. Throws a usage error naming the flag. */
export function loadRunConfig({ quick, flags, randomSeed }: Layers): RunConfig {
  const parsed = runConfigSchema.safeParse({
    ...defaultConfig,
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
  if (config.keys * (config.valueSizeBytes + 64) * valueVersions > maxDatasetBytes) {
    throw new KvbenchError(
      'usage',
      `${config.keys} keys with values of ${config.valueSizeBytes} bytes are more than the generator can hold.`,
      'Lower --keys or --value-size: together they may take 256 MiB.',
    );
  }
  return config;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
