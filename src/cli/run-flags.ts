import { type Command, InvalidArgumentError, Option } from 'commander';
import { type PreparedRun, prepareRun, type RunRequest } from '../api/prepare.js';
import { given } from '../config/given.js';
import { variableOf } from '../config/load.js';
import { defaultConfig, presets, quickConfig, type RunConfig } from '../config/schema.js';
import { KvbenchError } from '../errors.js';
import { formatMs } from '../report/format.js';
import {
  autoOrNumberFlag,
  durationFlag,
  fractionFlag,
  listFlag,
  operationsFlag,
  type ReportFile,
  repeatedFlag,
  reportFileFlag,
  sizeRangeFlag,
  switchFlag,
  wholeNumberFlag,
  wholeNumbersFlag,
} from './flags.js';
import type { Io } from './io.js';

/** The flags of `run` as commander gives them: only those that were used. */
export interface RunFlags {
  config?: string;
  scenario?: string;
  allowRemote?: boolean;
  targets?: string[];
  operations?: string[];
  measure?: string[];
  rate?: number | 'auto';
  arrivals?: string;
  connections?: number;
  requestsPerConnection?: number;
  duration?: number;
  warmup?: number;
  rounds?: number | 'auto';
  precision?: number;
  timeBudget?: number;
  interleave?: string;
  slice?: number;
  interval?: number;
  keys?: number;
  valueSize?: RunConfig['valueSize'];
  distribution?: string;
  hitRatio?: number;
  preset?: string;
  timeout?: number;
  workers?: number | number[];
  engine?: string;
  generators?: number;
  calibrate?: boolean;
  seed?: number;
  failOn?: string[];
  quick?: boolean;
  plot?: boolean;
  json?: boolean;
  show?: string[];
  report?: ReportFile<RunForm>[];
  out?: string;
  dryRun?: boolean;
}

/** Adds the flags that decide what a run does, with their defaults in the help. */
export function addRunFlags(command: Command): Command {
  const d = defaultConfig;
  const q = quickConfig;
  command
    .optionsGroup(groups.measured)
    .option('--targets <list>', `servers to compare (default: ${d.targets.join(',')})`, listFlag)
    .option('--calibrate', 'measure null targets too: what is our own floor?')
    .option('--no-calibrate', 'do not, even if the config file says so');
  return addLoadFlags(command)
    .optionsGroup(groups.time)
    .option(
      '--rounds <n>',
      `fresh starts of each, or auto (default: ${d.rounds})`,
      autoOrNumberFlag,
    )
    .option('--precision <share>', 'auto ends at intervals of ± that (default: 5%)', fractionFlag)
    .option('--time-budget <time>', 'auto ends after that (default: 2min)', durationFlag)
    .option('--interleave <how>', 'slice (default), request or none: how targets alternate')
    .option('--slice <time>', `length of a slice (default: ${formatMs(d.sliceMs)})`, durationFlag)
    .option('--interval <time>', 'of the time series (default: by the duration)', durationFlag)
    .option('--quick', `a first look: ${q.rounds} rounds of ${formatMs(q.durationMs ?? 0)} a trial`)
    .optionsGroup('The machine:')
    .option(
      '--workers <list>',
      'actix workers and GOMAXPROCS; 1,2,4 compares (default: CPUs)',
      wholeNumbersFlag,
    )
    .option('--engine <name>', engineHelp)
    .option('--generators <n>', 'processes that send (default: by CPUs)', wholeNumberFlag)
    .optionsGroup('The output:')
    .option('--show <list>', 'more tables: runtime', listFlag)
    .option('--no-plot', 'print no plots after the tables')
    .option(
      '--report <form=file>',
      `also write ${runForms.join(', ')}; repeatable`,
      (text: string, before?: ReportFile<RunForm>[]) => reportFileFlag(runForms, text, before),
    )
    .option('--json', 'print the result as JSON, and nothing else on stdout')
    .option('--out <file>', 'where to save the result (default: the state directory)')
    .option('--dry-run', 'print what would be done, and do nothing')
    .addHelpText(
      'after',
      '\nA variable stands for each setting: KVBENCH_VALUE_SIZE for --value-size. Flags\n' +
        'win over variables, those over --quick, --preset, --scenario and the file.',
    );
}

/** Forms of a run besides those of `kvbench report`: what CI reads. */
const runForms = ['junit', 'markdown'] as const;
export type RunForm = (typeof runForms)[number];

export const engineHelp = 'native, undici, or auto (default): native where it can be built';
const groups = { measured: 'What is measured:', time: 'How long, and in which order:' };

/** Adds the flags that decide what is sent, and what must come of it, whoever sends it. */
export function addLoadFlags(command: Command): Command {
  const d = defaultConfig;
  command
    .optionsGroup(groups.measured)
    .option('--measure <list>', 'latency (open loop), throughput (closed); both', listFlag);
  addProjectFlags(command)
    .optionsGroup('The load:')
    .option(
      '--operations <list>',
      `requests, or a mix as get:95,post:5 (default: ${d.operations.join(',')})`,
      operationsFlag,
    )
    .option('--preset <name>', `a workload of YCSB: ${Object.keys(presets).join(', ')}`)
    .option('--rate <n>', 'requests/s to each, open loop; or auto (default)', autoOrNumberFlag);
  addShapeFlags(command);
  return addTimeFlags(command, { of: 'trial', in: 'run', ...d })
    .optionsGroup('What fails:')
    .option(
      '--fail-on <expression>',
      "as 'get.p99>5ms': exit code 1 if it holds; repeatable",
      repeatedFlag,
    );
}

/** Adds the flags that say which config file counts, and what of it. */
export function addProjectFlags(command: Command): Command {
  return command
    .option('--config <file>', 'config file (default: the nearest kvbench.config.*)')
    .option('--allow-remote', 'targets of the config file may be on another machine')
    .option('--scenario <name>', 'settings that the config file has under that name');
}

/** Adds the flags for the time of a trial or the like, with their defaults. */
export function addTimeFlags(
  command: Command,
  about: { of: string; in: string } & Pick<RunConfig, 'durationMs' | 'warmupMs'>,
): Command {
  const { durationMs, warmupMs } = about;
  return command
    .optionsGroup(groups.time)
    .option(
      '--duration <time>',
      `measured time of a ${about.of} (default: ${formatMs(durationMs)})`,
      durationFlag,
    )
    .option(
      '--warmup <time>',
      `load before it, not recorded (default: ${formatMs(warmupMs)})`,
      durationFlag,
    )
    .option(
      '--seed <n>',
      `repeat the keys, values and order of another ${about.in}`,
      wholeNumberFlag,
    );
}

/** Adds the flags for who gets how much of the machine. */
export function addMachineFlags(command: Command): Command {
  return command
    .optionsGroup('The machine:')
    .option('--workers <n>', 'actix workers and GOMAXPROCS (default: server CPUs)', wholeNumberFlag)
    .option('--engine <name>', engineHelp)
    .option('--generators <n>', 'processes that send (default: by CPUs)', wholeNumberFlag);
}

/** Adds the flags that say what requests are like, whatever their rate. */
export function addShapeFlags(command: Command): Command {
  const d = defaultConfig;
  return command
    .addOption(new Option('--arrivals <name>', 'constant (default) or poisson'))
    .option('--connections <n>', `connections (default: ${d.connections})`, wholeNumberFlag)
    .option('--requests-per-connection <n>', 'reconnect after so many', wholeNumberFlag)
    .option('--keys <n>', `distinct keys (default: ${d.keys})`, wholeNumberFlag)
    .option('--value-size <bytes>', 'as 128 (default), 4KiB, or 64-1KiB', sizeRangeFlag)
    .option('--distribution <name>', 'uniform (default), zipfian, hotspot or latest')
    .option('--hit-ratio <share>', 'reads that ask for a stored key (default: 1)', fractionFlag)
    .option(
      '--timeout <time>',
      'an answer later than this is an error (default: 5s)',
      durationFlag,
    );
}

/**
 * Reads the config file and puts flags and variables over it, and over those what a command itself
 * decides; throws a usage error that names the place of a mistake.
 */
export async function loadRun(
  command: Command,
  io: Io,
  settings: RunRequest['settings'] = {},
): Promise<PreparedRun> {
  const request = runRequest(command, io);
  return prepareRun({ ...request, settings: { ...request.settings, ...settings } });
}

/** What the flags and variables of a command ask for. */
export function runRequest(command: Command, io: Io): RunRequest {
  const flags = command.opts<RunFlags>();
  const variables: RunFlags = readVariables(command, io.env);
  const { config, scenario, preset, quick, allowRemote } = { ...variables, ...flags };
  return {
    ...(config !== undefined && { config }),
    ...(scenario !== undefined && { scenario }),
    ...(preset !== undefined && { preset }),
    ...(quick !== undefined && { quick }),
    ...(allowRemote !== undefined && { allowRemote }),
    cwd: io.cwd,
    signal: io.signal,
    variables: settingsOf(variables),
    settings: settingsOf(flags),
  };
}

/** Flags about one invocation and not about the run: no variable stands for them. */
const ofOneInvocation = [
  'json',
  'show',
  'out',
  'report',
  'replay',
  'force',
  'dryRun',
  'allowRemote',
];

/** The flags that variables stand for, parsed alike; a flag that was given hides its variable. */
export function readVariables(command: Command, env: Io['env']): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const option of command.options) {
    const key = option.attributeName();
    const name = variableOf(option.long ?? '');
    const text = env[name];
    const given = command.getOptionValueSource(key) === 'cli';
    if (!text || given || option.negate || ofOneInvocation.includes(key)) continue;
    values[key] = parseVariable(option, name, text);
  }
  return values;
}

function parseVariable(option: Option, name: string, text: string): unknown {
  try {
    if (option.isBoolean()) return switchFlag(text);
    return option.parseArg ? option.parseArg(text, undefined) : text;
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new KvbenchError(
      'usage',
      `The variable ${name} is ${JSON.stringify(text)}, which can't be used.`,
      error.message,
    );
  }
}

function settingsOf(flags: RunFlags): Record<string, unknown> {
  const settings: { [K in keyof RunConfig]: unknown } = {
    targets: flags.targets,
    operations: flags.operations,
    measures: flags.measure,
    rate: flags.rate,
    arrivals: flags.arrivals,
    connections: flags.connections,
    requestsPerConnection: flags.requestsPerConnection,
    durationMs: flags.duration,
    warmupMs: flags.warmup,
    rounds: flags.rounds,
    precision: flags.precision,
    timeBudgetMs: flags.timeBudget,
    interleave: flags.interleave,
    sliceMs: flags.slice,
    intervalMs: flags.interval,
    keys: flags.keys,
    valueSize: flags.valueSize,
    distribution: flags.distribution,
    hitRatio: flags.hitRatio,
    timeoutMs: flags.timeout,
    workers: flags.workers,
    engine: flags.engine,
    generators: flags.generators,
    calibrate: flags.calibrate,
    seed: flags.seed,
    failOn: flags.failOn,
  };
  return given(settings);
}
