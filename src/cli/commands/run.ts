import { randomInt } from 'node:crypto';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { loadRunConfig } from '../../config/load.js';
import { defaultConfig, type RunConfig } from '../../config/schema.js';
import { exitCode, KvbenchError } from '../../errors.js';
import { startGenerator } from '../../load/generator.js';
import { allowedCpus, describeMachine, openFileLimit } from '../../observe/machine.js';
import { sampleRss } from '../../observe/rss.js';
import { packageVersion } from '../../package.js';
import { createPlan, type Plan } from '../../plan/plan.js';
import { reportPlan } from '../../report/plan.js';
import { reportText } from '../../report/text.js';
import { type Placement, type RunResult, schemaVersion, type Trial } from '../../result/schema.js';
import { checkWritable, saveResult } from '../../result/store.js';
import { executePlan } from '../../run/run.js';
import { compareTargets, errorsOf, summarize } from '../../stats/summary.js';
import { runWarnings } from '../../stats/warnings.js';
import { canPinProcesses, pinCommand, placeOn } from '../../targets/placement.js';
import { startServer } from '../../targets/server.js';
import { findTarget } from '../../targets/targets.js';
import { buildAll } from '../build.js';
import { proveContract } from '../contract.js';
import { durationFlag, listFlag, sizeFlag, wholeNumberFlag } from '../flags.js';
import { chalkFor, type Io } from '../io.js';
import { userPaths } from '../paths.js';
import type { CommandContext } from '../program.js';
import { drawProgress } from '../progress.js';
import { StatusLine } from '../status.js';

interface RunFlags {
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

/** `kvbench run`: build, prove, load, report. */
export function addRunCommand(program: Command, context: CommandContext): void {
  const d = defaultConfig;
  const list = (values: readonly string[]) => values.join(',');
  program
    .command('run')
    .description('build servers, prove that they answer alike, load them, print the figures')
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
    .option('--dry-run', 'print what would be done, and do nothing')
    .action((flags: RunFlags) => run(flags, context));
}

async function run(flags: RunFlags, { io, setExitCode }: CommandContext): Promise<void> {
  const config = configFrom(flags);
  const targets = config.targets.map(findTarget);
  const plan = createPlan(config);
  if (flags.dryRun) {
    io.stdout.write(flags.json ? json({ config, plan }) : reportPlan(plan, config));
    return;
  }
  checkOpenFiles(config);
  const startedAt = new Date();
  const out = flags.out ? resolve(flags.out) : defaultOut(io, startedAt);
  await checkWritable(out);

  const status = new StatusLine(io.stderr, io.env);
  const { placement, warnings } = placeOn(allowedCpus(), await canPinProcesses(), config.workers);
  const artifacts = await buildAll(targets, io, status);
  const start = (target: string) =>
    startServer({
      target,
      command: [
        artifacts.find((artifact) => artifact.target === target)?.path ?? '',
        `--workers=${placement.workers}`,
      ],
      cpus: placement.serverCpus,
      signal: io.signal,
    });
  for (const { name } of targets) await proveContract(name, start, io, status);

  const describe = (trials: readonly Trial[], state: RunResult['state']): RunResult => {
    const measured = { config, trials: [...trials] };
    return {
      schemaVersion,
      kvbenchVersion: packageVersion,
      state,
      startedAt: startedAt.toISOString(),
      updatedAt: new Date().toISOString(),
      config,
      machine,
      placement,
      artifacts,
      trials: measured.trials,
      summary: summarize(measured),
      comparisons: compareTargets(measured),
      warnings: [...warnings, ...runWarnings(measured)],
    };
  };
  const machine = describeMachine();
  const { trials, error } = await measure(plan, config, io, status, {
    start,
    placement,
    save: (soFar) => saveResult(out, describe(soFar, 'running')),
  });
  const result = describe(trials, stateAfter(error));
  if (trials.length > 0) {
    await saveResult(out, result);
    io.stdout.write(flags.json ? json(result) : reportText(result, chalkFor(io.stdout, io.env)));
    status.log(`saved to ${out}`);
  }
  if (error) throw error;
  if (trials.some((trial) => errorsOf(trial) > 0)) setExitCode(exitCode.untrusted);
}

interface MeasureOptions {
  start: Parameters<typeof executePlan>[2]['startServer'];
  placement: Placement;
  save: (trials: readonly Trial[]) => Promise<void>;
}

/** Carries the plan out; an error comes back beside the trials that were measured before it. */
async function measure(
  plan: Plan,
  config: RunConfig,
  io: Io,
  status: StatusLine,
  { start, placement, save }: MeasureOptions,
): Promise<{ trials: readonly Trial[]; error: unknown }> {
  let measured: readonly Trial[] = [];
  const progress = drawProgress(plan, config, status);
  const { keys, valueSizeBytes, distribution, connections, timeoutMs, seed } = config;
  const workload = { keys, valueSizeBytes, distribution, connections, timeoutMs, seed };
  try {
    await executePlan(
      plan,
      config,
      {
        serverCpus: Math.min(placement.workers, placement.serverCpus?.length ?? placement.workers),
        startServer: start,
        startGenerator: () =>
          startGenerator(workload, (c) => pinCommand(placement.generatorCpus, c)),
        sampleRss,
        now: () => new Date(),
        onEvent: progress.onEvent,
        save: (trials) => {
          measured = trials;
          return save(trials);
        },
      },
      io.signal,
    );
    return { trials: measured, error: null };
  } catch (error) {
    return { trials: measured, error };
  } finally {
    progress.stop();
  }
}

function stateAfter(error: unknown): RunResult['state'] {
  if (!error) return 'complete';
  const interrupted = error instanceof KvbenchError && error.exitCode === exitCode.interrupted;
  return interrupted ? 'interrupted' : 'failed';
}

function configFrom(flags: RunFlags): RunConfig {
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

/** Sockets of the generator or of one server, and what either process needs besides. */
function checkOpenFiles({ connections }: RunConfig): void {
  const needed = connections + 64;
  const limit = openFileLimit();
  if (limit !== null && limit < needed) {
    throw new KvbenchError(
      'usage',
      `${connections} connections need ${needed} open files, and this shell allows ${limit}.`,
      `Raise the limit with \`ulimit -n ${needed}\`, or lower --connections.`,
    );
  }
}

function defaultOut(io: Io, startedAt: Date): string {
  const stamp = startedAt
    .toISOString()
    .replaceAll(':', '-')
    .replace(/\.\d+Z$/, 'Z');
  return join(userPaths(io.env).results, `run-${stamp}-${process.pid}.json`);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
