import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { RunConfig } from '../../config/schema.js';
import { exitCode, KvbenchError } from '../../errors.js';
import { startGenerator } from '../../load/generator.js';
import { allowedCpus, describeMachine, openFileLimit } from '../../observe/machine.js';
import { sampleRss } from '../../observe/rss.js';
import { packageVersion } from '../../package.js';
import { createPlan, type Plan } from '../../plan/plan.js';
import { reportJson } from '../../report/json.js';
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
import { chalkFor, type Io } from '../io.js';
import { userPaths } from '../paths.js';
import type { CommandContext } from '../program.js';
import { drawProgress } from '../progress.js';
import { addRunFlags, configFrom, type RunFlags } from '../run-flags.js';
import { StatusLine } from '../status.js';

/** `kvbench run`: build, prove, load, report. */
export function addRunCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('run')
    .description('build servers, prove that they answer alike, load them, print the figures');
  addRunFlags(command).action((flags: RunFlags) => run(flags, context));
}

async function run(flags: RunFlags, { io, setExitCode }: CommandContext): Promise<void> {
  const config = configFrom(flags);
  const targets = config.targets.map(findTarget);
  const plan = createPlan(config);
  if (flags.dryRun) {
    io.stdout.write(flags.json ? reportJson({ config, plan }) : reportPlan(plan, config));
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
    if (status.live) status.log('');
    io.stdout.write(
      flags.json ? reportJson(result) : reportText(result, chalkFor(io.stdout, io.env)),
    );
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
