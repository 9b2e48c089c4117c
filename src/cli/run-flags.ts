import { randomInt } from 'node:crypto';
import { type Command, Option } from 'commander';
import { loadRunConfig } from '../config/load.js';
import { defaultConfig, type RunConfig } from '../config/schema.js';
import { durationFlag, listFlag, sizeFlag, wholeNumberFlag } from './flags.js';

/** The flags of `run` as commander gives them: only those that were used. */
export interface RunFlags {
  targets?: string[];
  operations?: string[];
  connections?: number;
  duration?: number;
  warmup?: number;
  rounds?: number;
  keys?: number;
  valueSize?: number;
  distribution?: string;
  timeout?: number;
  workers?: number;
  seed?: number;
  quick?: boolean;
  json?: boolean;
  out?: string;
  dryRun?: boolean;
}

/** Adds the flags that decide what a run does, with their defaults in the help. */
export function addRunFlags(command: Command): Command {
  const d = defaultConfig;
  const list = (values: readonly string[]) => values.join(',');
  return command
    .option('--targets <list>', `servers to compare (default: ${list(d.targets)})`, listFlag)
    .option('--operations <list>', `of get, post (default: ${list(d.operations)})`, listFlag)
    .option('--connections <n>', `connections (default: ${d.connections})`, wholeNumberFlag)
    .option('--duration <time>', 'measured time of a trial (default: 2s)', durationFlag)
    .option('--warmup <time>', 'load before it, not recorded (default: 500ms)', durationFlag)
    .option('--rounds <n>', `fresh starts of each server (default: ${d.rounds})`, wholeNumberFlag)
    .option('--keys <n>', `distinct keys (default: ${d.keys})`, wholeNumberFlag)
    .option('--value-size <bytes>', `as 128 or 4KiB (default: ${d.valueSizeBytes})`, sizeFlag)
    .addOption(new Option('--distribution <name>', 'uniform (default) or zipfian'))
    .option('--timeout <time>', 'an answer later than this is an error (default: 5s)', durationFlag)
    .option('--workers <n>', 'actix workers and GOMAXPROCS (default: server CPUs)', wholeNumberFlag)
    .option('--seed <n>', 'repeat the keys, values and order of another run', wholeNumberFlag)
    .option('--quick', 'a first look: 3 rounds of 0.6 s a trial')
    .option('--json', 'print the result as JSON, and nothing else on stdout')
    .option('--out <file>', 'where to save the result (default: the state directory)')
    .option('--dry-run', 'print what would be done, and do nothing');
}

/** The run that the flags ask for; throws a usage error that names the flag. */
export function configFrom(flags: RunFlags): RunConfig {
  const given = {
    targets: flags.targets,
    operations: flags.operations,
    connections: flags.connections,
    durationMs: flags.duration,
    warmupMs: flags.warmup,
    rounds: flags.rounds,
    keys: flags.keys,
    valueSizeBytes: flags.valueSize,
    distribution: flags.distribution,
    timeoutMs: flags.timeout,
    workers: flags.workers,
    seed: flags.seed,
  };
  return loadRunConfig({
    quick: flags.quick ?? false,
    flags: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    randomSeed: () => randomInt(2 ** 32),
  });
}
