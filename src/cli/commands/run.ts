import type { Command } from 'commander';
import { exitCode, KvbenchError } from '../../errors.js';
import { reportJson } from '../../report/json.js';
import { known } from '../../report/kinds/kind.js';
import { runKind } from '../../report/kinds/run.js';
import { summaryMarkdown } from '../../report/markdown.js';
import { describeTargets, describeTime, reportPlan } from '../../report/plan.js';
import { runAnnotations } from '../../report/run-github.js';
import { reportRunJunit } from '../../report/run-junit.js';
import { runtimeFigures } from '../../report/runtime.js';
import { documentText } from '../../report/text.js';
import type { RunResult } from '../../result/schema.js';
import { errorsOf } from '../../stats/summary.js';
import { thresholdFailure } from '../../stats/thresholds.js';
import type { CommandContext } from '../context.js';
import { measureCommand, type Telling } from '../measure-command.js';
import { addRunFlags, loadRun, type RunFlags, type RunForm } from '../run-flags.js';

/** `kvbench run`: build, prove, load, report. */
export function defineRun(command: Command, context: CommandContext): void {
  addRunFlags(command).action(() => run(command, context));
}

async function run(command: Command, context: CommandContext): Promise<void> {
  const { io } = context;
  const flags = command.opts<RunFlags>();
  const { config, targets, fitKeys } = await loadRun(command, context);
  const { execute, planRun } = await import('../../api/run.js');
  const { expectedMs } = await import('../../api/expected-time.js');
  const planned = planRun(config, targets);
  const { plan } = planned;
  const timeMs = expectedMs(plan, config);
  const showRuntime = checkShown(flags.show ?? []);
  if (flags.dryRun) {
    const rounds = Array.from({ length: plan.maxRounds }, (_, index) => plan.round(index + 1));
    const { round: _, ...outline } = plan;
    io.stdout.write(
      flags.json
        ? reportJson({ config, plan: { ...outline, expectedMs: timeMs, rounds } })
        : reportPlan(plan, config, timeMs),
    );
    return;
  }
  const telling: Telling<RunResult, RunForm> = {
    kind: 'run',
    text: ([result], options) =>
      documentText(known(runKind, result), {
        ...options,
        besides: showRuntime ? runtimeFigures(result) : [],
      }),
    report: (form, [result]) => runReporters[form](result),
    github: ([result]) => ({ annotations: runAnnotations(result), summary: summary(result) }),
    conclude: ([result]) => conclude(result),
  };
  await measureCommand(context, flags, telling, async ({ status, measure }) => {
    status.log(
      `${describeTargets(plan)}: ${describeTime(plan, config, timeMs)}; builds come on top`,
    );
    await measure((call) => execute(config, { ...call, targets, planned, fitKeys, examine: true }));
  });
}

const runReporters: Record<RunForm, (result: RunResult) => string> = {
  junit: reportRunJunit,
  markdown: summary,
};

function summary(result: RunResult): string {
  return summaryMarkdown(known(runKind, result));
}

/** The exit code; throws what says which thresholds are broken. */
function conclude({ thresholds, trials }: RunResult): number {
  const failure = thresholdFailure(thresholds);
  if (failure) throw failure;
  return trials.some((trial) => errorsOf(trial) > 0) ? exitCode.untrusted : exitCode.ok;
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
