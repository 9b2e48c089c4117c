import { type Command, Option } from 'commander';
import { executeSweep, isUntrusted } from '../../api/sweep.js';
import { prepareSweep, sweepDefaults } from '../../api/sweep-request.js';
import { exitCode, KvbenchError } from '../../errors.js';
import { formatMs } from '../../report/format.js';
import { reportJson } from '../../report/json.js';
import { known } from '../../report/kinds/kind.js';
import { sweepKind } from '../../report/kinds/sweep.js';
import { summaryMarkdown } from '../../report/markdown.js';
import { reportSweepPlan } from '../../report/sweep-plan.js';
import { documentText } from '../../report/text.js';
import type { SweepResult, SweepSettings } from '../../sweep/schema.js';
import type { CommandContext } from '../context.js';
import { wholeNumberFlag } from '../flags.js';
import { measureCommand, type Telling } from '../measure-command.js';
import {
  addProjectFlags,
  groups,
  oneNumberOfWorkers,
  readVariables,
  runRequest,
} from '../run-flags.js';
import { addSettings, helpWithoutDefault } from '../setting-flags.js';

interface SweepFlags extends Omit<SweepSettings, 'spacing'> {
  geometric?: boolean;
  linear?: boolean;
  dryRun?: boolean;
  plot?: boolean;
  json?: boolean;
  out?: string;
}

/** `kvbench sweep`: how does it degrade as the load rises? */
export function defineSweep(command: Command, context: CommandContext): void {
  addSettings(command.optionsGroup(groups.measured), 'targets', { calibrate: null }).option(
    '--slo <objective>',
    `what must be kept (default: '${sweepDefaults.slo}')`,
  );
  addProjectFlags(command)
    .optionsGroup('How the load rises:')
    .addOption(
      new Option('--by <what>', 'rate (default) or connections').choices(['rate', 'connections']),
    )
    .option('--auto', 'from an eighth of the capacity up, until saturated (default)')
    .option('--from <n>', 'or: a ladder from that level', wholeNumberFlag)
    .option('--to <n>', 'to that one', wholeNumberFlag)
    .option(
      '--steps <n>',
      `levels of the ladder (default: ${sweepDefaults.steps})`,
      wholeNumberFlag,
    )
    .option('--geometric', 'each level a factor above the last (default)')
    .option('--linear', 'each level as much above the last')
    .option('--no-search', 'only the steps of the ladder: no knee, no overload')
    .option('--no-overload', 'no overload past the knee');
  addSettings(command.optionsGroup(groups.load), 'operations', {
    operations: `${helpWithoutDefault('operations')} (default: get)`,
  });
  // The rate is what rises.
  addSettings(command, 'load', { rate: null });
  addSettings(command.optionsGroup(groups.time), 'trial', {
    durationMs: `measured time of a step (default: ${formatMs(sweepDefaults.durationMs)})`,
    warmupMs: `${helpWithoutDefault('warmupMs')} (default: ${formatMs(sweepDefaults.warmupMs)})`,
    seed: 'repeat the keys, values and order of another sweep',
  });
  addSettings(command.optionsGroup(groups.machine), 'machine', { workers: oneNumberOfWorkers })
    .optionsGroup('The output:')
    .option('--no-plot', 'print no plots after the tables')
    .option('--json', 'print the result as JSON, and nothing else on stdout')
    .option('--out <file>', 'where to save the result (default: the state directory)')
    .option('--dry-run', 'print what would be done, and do nothing')
    .action(() => run(command, context));
}

async function run(command: Command, context: CommandContext): Promise<void> {
  const { io } = context;
  const flags = command.opts<SweepFlags>();
  const policyFlags = { ...readVariables(command, io.env), ...flags };
  const { config, policy, targets } = await prepareSweep({
    ...runRequest(command, context),
    policy: settingsOf(policyFlags),
  });
  if (flags.dryRun) {
    io.stdout.write(flags.json ? reportJson({ config, policy }) : reportSweepPlan(config, policy));
    return;
  }
  await measureCommand(context, flags, sweepTelling, ({ measure }) =>
    measure((call) => executeSweep(config, { ...call, policy, targets })),
  );
}

const sweepTelling: Telling<SweepResult> = {
  kind: 'sweep',
  text: ([result], options) => documentText(known(sweepKind, result), options),
  github: ([result]) => ({ annotations: '', summary: summaryMarkdown(known(sweepKind, result)) }),
  conclude: ([result]) => (isUntrusted(result) ? exitCode.untrusted : exitCode.ok),
};

function settingsOf(flags: SweepFlags): SweepSettings {
  const { by, slo, from, to, steps, auto, geometric, linear, search, overload } = flags;
  const contradict = (one: string, other: string): never => {
    throw new KvbenchError(
      'usage',
      `${one} and ${other} contradict each other.`,
      'Give one of them.',
    );
  };
  if (geometric && linear) contradict('--geometric', '--linear');
  for (const [name, value] of Object.entries({ from, to, steps, geometric, linear })) {
    if (auto && value !== undefined) contradict('--auto', `--${name}`);
  }
  // True is what commander gives a flag that nobody gave.
  const ifOff = (flag: boolean | undefined) => (flag === false ? false : undefined);
  return {
    auto,
    by,
    slo,
    from,
    to,
    steps,
    spacing: linear ? 'linear' : geometric ? 'geometric' : undefined,
    search: ifOff(search),
    overload: ifOff(overload),
  };
}
