import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { resultPath, userPaths } from '../../api/paths.js';
import { executeSweep, isUntrusted } from '../../api/sweep.js';
import { prepareSweep, sweepDefaults } from '../../api/sweep-request.js';
import { exitCode, KvbenchError } from '../../errors.js';
import { formatMs } from '../../report/format.js';
import { reportJson } from '../../report/json.js';
import { reportSweepPlan, reportSweepText } from '../../report/sweep.js';
import type { SweepResult, SweepSettings } from '../../sweep/schema.js';
import type { CommandContext } from '../context.js';
import { drawEvents } from '../drawing.js';
import { wholeNumberFlag } from '../flags.js';
import { mediumFor, plotFor } from '../io.js';
import {
  addProjectFlags,
  groups,
  oneNumberOfWorkers,
  readVariables,
  runRequest,
} from '../run-flags.js';
import { addSettings, helpWithoutDefault } from '../setting-flags.js';
import { StatusLine } from '../status.js';

interface SweepFlags extends Omit<SweepSettings, 'spacing'> {
  geometric?: boolean;
  linear?: boolean;
  dryRun?: boolean;
  plot?: boolean;
  json?: boolean;
  out?: string;
}

/** `kvbench sweep`: how does it degrade as the load rises? */
export function addSweepCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('sweep')
    .description('raise the load step by step, and find the most that keeps an objective');
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

async function run(command: Command, { io, setExitCode }: CommandContext): Promise<void> {
  const flags = command.opts<SweepFlags>();
  const policyFlags = { ...readVariables(command, io.env), ...flags };
  const prepared = await prepareSweep({
    ...runRequest(command, io),
    policy: settingsOf(policyFlags),
  });
  const { config, policy } = prepared;
  if (flags.dryRun) {
    io.stdout.write(flags.json ? reportJson({ config, policy }) : reportSweepPlan(config, policy));
    return;
  }
  const out = flags.out ? resolve(io.cwd, flags.out) : resultPath(io.env, 'sweep', new Date());
  const status = new StatusLine(io.stderr, io.env);
  const drawing = drawEvents(status);
  let last: SweepResult | null = null;
  try {
    last = await executeSweep(config, {
      ...{ policy, targets: prepared.targets, out, signal: io.signal },
      cacheDir: userPaths(io.env).cache,
      onEvent: (event) => {
        if (event.type === 'sweep-result') last = event.result;
        drawing.onEvent(event);
      },
    });
  } finally {
    drawing.stop();
    const result = last as SweepResult | null;
    if (result?.curves.some(({ steps }) => steps.length > 0)) {
      const options = { ...mediumFor(io.stdout, io.env), plot: plotFor(io, flags) };
      io.stdout.write(flags.json ? reportJson(result) : reportSweepText(result, options));
      status.log(`saved to ${out}`);
    }
  }
  if (last && isUntrusted(last)) setExitCode(exitCode.untrusted);
}

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
    ...{ auto, by, slo, from, to, steps },
    spacing: linear ? 'linear' : geometric ? 'geometric' : undefined,
    search: ifOff(search),
    overload: ifOff(overload),
  };
}
