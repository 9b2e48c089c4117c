import { resolve } from 'node:path';
import type { Command } from 'commander';
import { resultPath, userPaths } from '../../api/paths.js';
import { execute, planRun } from '../../api/run.js';
import { exitCode, KvbenchError } from '../../errors.js';
import { plural } from '../../plural.js';
import { reportJson } from '../../report/json.js';
import { describeTime, reportPlan } from '../../report/plan.js';
import { runAnnotations, runMarkdown } from '../../report/run-github.js';
import { reportRunJunit } from '../../report/run-junit.js';
import { reportText } from '../../report/text.js';
import type { RunResult } from '../../result/schema.js';
import { errorsOf } from '../../stats/summary.js';
import { thresholdFailure } from '../../stats/thresholds.js';
import type { CommandContext } from '../context.js';
import { drawEvents } from '../drawing.js';
import { tellGithub } from '../github.js';
import { type Io, mediumFor, plotFor } from '../io.js';
import { checkReports, writeReports } from '../report-files.js';
import { addRunFlags, loadRun, type RunFlags, type RunForm } from '../run-flags.js';
import { StatusLine } from '../status.js';

/** `kvbench run`: build, prove, load, report. */
export function addRunCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('run')
    .description('build servers, prove that they answer alike, load them, print the figures');
  addRunFlags(command).action(() => run(command, context));
}

async function run(command: Command, { io, setExitCode }: CommandContext): Promise<void> {
  const flags = command.opts<RunFlags>();
  const { config, targets, fitKeys } = await loadRun(command, io);
  const { plan } = planRun(config, targets);
  const showRuntime = checkShown(flags.show ?? []);
  if (flags.dryRun) {
    const rounds = Array.from({ length: plan.maxRounds }, (_, index) => plan.round(index + 1));
    const { round: _, ...outline } = plan;
    io.stdout.write(
      flags.json ? reportJson({ config, plan: { ...outline, rounds } }) : reportPlan(plan, config),
    );
    return;
  }
  await checkReports(flags.report, io);
  const out = flags.out ? resolve(io.cwd, flags.out) : resultPath(io.env, 'run', new Date());
  const status = new StatusLine(io.stderr, io.env);
  status.log(
    `${plural(plan.targets.length, 'target')}: ${describeTime(plan, config)}; builds, starts and filling come on top`,
  );
  const drawing = drawEvents(status);
  let last: RunResult | null = null;
  try {
    last = await execute(config, {
      targets,
      cacheDir: userPaths(io.env).cache,
      out,
      fitKeys,
      signal: io.signal,
      examine: true,
      onEvent: (event) => {
        if (event.type === 'result') last = event.result;
        drawing.onEvent(event);
      },
    });
  } finally {
    drawing.stop();
    if (last) await print(last, out, { ...flags, showRuntime }, io, status);
  }
  const failure = thresholdFailure(last?.thresholds ?? []);
  if (failure) throw failure;
  if (last && untrusted(last)) setExitCode(exitCode.untrusted);
}

const runReporters: Record<RunForm, (result: RunResult) => string> = {
  junit: reportRunJunit,
  markdown: runMarkdown,
};

/** Whatever was measured is worth printing, however the run ended. */
async function print(
  result: RunResult,
  out: string,
  flags: Pick<RunFlags, 'json' | 'plot' | 'report'> & { showRuntime: boolean },
  io: Io,
  status: StatusLine,
): Promise<void> {
  if (result.trials.length === 0) return;
  if (status.live) status.log('');
  const { json, showRuntime } = flags;
  const options = { ...mediumFor(io.stdout, io.env), showRuntime, plot: plotFor(io, flags) };
  io.stdout.write(json ? reportJson(result) : reportText(result, options));
  await writeReports(flags.report, io, (form) => runReporters[form](result));
  const texts = { annotations: runAnnotations(result), summary: runMarkdown(result) };
  await tellGithub(texts, { io, status, isJson: json ?? false });
  status.log(`saved to ${out}`);
}

function untrusted({ trials }: RunResult): boolean {
  return trials.some((trial) => errorsOf(trial) > 0);
}

/** Whether the runtime table is wanted; a usage error for any other. */
function checkShown(tables: readonly string[]): boolean {
  const unknown = tables.find((table) => table !== 'runtime');
  if (unknown === undefined) return tables.length > 0;
  throw new KvbenchError(
    'usage',
    `--show knows no table named ${JSON.stringify(unknown)}.`,
    'There is: runtime.',
  );
}
