import { resolve } from 'node:path';
import type { Command } from 'commander';
import { contractRequests } from '../../config/requests.js';
import { exitCode, KvbenchError } from '../../errors.js';
import { describeMachine } from '../../observe/machine.js';
import { packageVersion } from '../../package.js';
import { createPlan, targetOf } from '../../plan/plan.js';
import { reportJson } from '../../report/json.js';
import { reportPlan } from '../../report/plan.js';
import { reportText } from '../../report/text.js';
import { type RunResult, schemaVersion } from '../../result/schema.js';
import { checkWritable, saveResult } from '../../result/store.js';
import type { Measured } from '../../run/context.js';
import { compareTargets } from '../../stats/compare.js';
import { errorsOf, summarize } from '../../stats/summary.js';
import { parseThreshold } from '../../stats/threshold-expression.js';
import { checkThresholds, evaluateThresholds, thresholdFailure } from '../../stats/thresholds.js';
import { runWarnings } from '../../stats/warnings.js';
import { findVariant } from '../../targets/targets.js';
import { proveContract } from '../contract.js';
import { chalkFor } from '../io.js';
import { measure } from '../measure.js';
import { resultPath } from '../paths.js';
import type { CommandContext } from '../program.js';
import { addRunFlags, configFrom, type RunFlags } from '../run-flags.js';
import { setUp } from '../setup.js';
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
  const showRuntime = checkShown(flags.show ?? []);
  // As they were given: `go#2` is our own name for a second `go`.
  config.targets.forEach(findVariant);
  const plan = createPlan(config);
  const thresholds = config.failOn.map(parseThreshold);
  checkThresholds(thresholds, { ...config, targets: plan.targets });
  const variants = [...new Set(plan.targets.map(targetOf))].map(findVariant);
  if (flags.dryRun) {
    const rounds = Array.from({ length: plan.maxRounds }, (_, index) => plan.round(index + 1));
    const { round: _, ...outline } = plan;
    io.stdout.write(
      flags.json ? reportJson({ config, plan: { ...outline, rounds } }) : reportPlan(plan, config),
    );
    return;
  }
  const startedAt = new Date();
  const out = flags.out ? resolve(flags.out) : resultPath(io.env, 'run', startedAt);
  await checkWritable(out);

  const status = new StatusLine(io.stderr, io.env);
  const setup = await setUp(plan, config, io, status);
  for (const { target, isNull } of variants) {
    if (!isNull) await proveContract(target.name, setup.startServer, io, status);
  }

  const describe = ({ rate, trials }: Measured, state: RunResult['state']): RunResult => {
    const measured = { config, trials: [...trials] };
    const described: RunResult = {
      schemaVersion,
      kvbenchVersion: packageVersion,
      importedFrom: null,
      targets: plan.targets.map((name) => ({
        name,
        source: 'bundled' as const,
        url: null,
        requests: contractRequests,
      })),
      thresholds: [],
      state,
      startedAt: startedAt.toISOString(),
      updatedAt: new Date().toISOString(),
      config,
      machine,
      placement: setup.placement,
      artifacts: setup.artifacts,
      rate,
      trials: measured.trials,
      summary: summarize(measured),
      comparisons: compareTargets(measured),
      warnings: [...setup.warnings, ...runWarnings(measured)],
    };
    return { ...described, thresholds: evaluateThresholds(thresholds, described) };
  };
  const machine = describeMachine();
  const { measured, error } = await measure(plan, config, io, status, setup, (soFar) =>
    saveResult(out, describe(soFar, 'running')),
  );
  const result = describe(measured, stateAfter(error));
  if (result.trials.length > 0) {
    await saveResult(out, result);
    if (status.live) status.log('');
    const chalk = chalkFor(io.stdout, io.env);
    io.stdout.write(flags.json ? reportJson(result) : reportText(result, { chalk, showRuntime }));
    status.log(`saved to ${out}`);
  }
  if (error) throw error;
  const failure = thresholdFailure(result.thresholds);
  if (failure) throw failure;
  if (result.trials.some((trial) => errorsOf(trial) > 0)) setExitCode(exitCode.untrusted);
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

function stateAfter(error: unknown): RunResult['state'] {
  if (!error) return 'complete';
  const interrupted = error instanceof KvbenchError && error.exitCode === exitCode.interrupted;
  return interrupted ? 'interrupted' : 'failed';
}
