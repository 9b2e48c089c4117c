import { type Command, InvalidArgumentError, Option } from 'commander';
import type { GateRequest } from '../api/gate-request.js';
import { KvbenchError } from '../errors.js';
import { gateMetrics } from '../gate/metrics.js';
import { defaultGatePolicy, type GateSettings } from '../gate/policy.js';
import { formatMs } from '../report/format.js';
import { type GateForm, gateReporters } from '../report/gate/reporters.js';
import type { CommandContext } from './context.js';
import {
  durationFlag,
  fractionFlag,
  listFlag,
  type ReportFile,
  reportFileFlag,
  sizeFlag,
  wholeNumberFlag,
} from './flags.js';
import { groups, oneNumberOfWorkers, readVariables, runRequest } from './run-flags.js';
import { addSetting, addSettings, withoutDefaults } from './setting-flags.js';

/** What the flags of `gate` say besides those that it shares with `run`. */
export interface GateFlags {
  base?: string;
  baseDir?: string;
  headDir?: string;
  baseArtifact?: string;
  headArtifact?: string;
  replay?: string;
  force?: boolean;
  operations?: string[];
  metrics?: string[];
  allow?: Record<string, number>;
  rssAllowance?: number;
  binarySize?: number;
  rounds?: number;
  timeBudget?: number;
  maxWait?: number;
  interleave?: GateSettings['interleave'];
  onInconclusive?: GateSettings['onInconclusive'];
  bisect?: boolean;
  onBaseFailure?: GateSettings['onBaseFailure'];
  report?: Report[];
  out?: string;
  plot?: boolean;
  json?: boolean;
}

type Report = ReportFile<GateForm>;
const gateForms = Object.keys(gateReporters) as GateForm[];

/** Adds the flags of `gate`, with their defaults in the help. */
export function addGateFlags(command: Command): Command {
  const d = defaultGatePolicy;
  command
    .optionsGroup('What is compared:')
    .option('--base <ref>', 'a branch, tag or commit; against the working tree as it is')
    .option('--base-dir <dir>', "or: sources in place of the target's directory, with --head-dir")
    .option('--head-dir <dir>', 'the other of the two')
    .option('--base-artifact <file>', 'or: an executable, with --head-artifact')
    .option('--head-artifact <file>', 'the other of the two')
    .option('--replay <file>', 'or: the rounds of a saved gate, without measuring')
    .option('--force', 'measure even if both builds are the same to the byte')
    .option('--config <file>', 'config file (default: the nearest kvbench.config.*)')
    .option('--scenario <name>', 'settings that the config file has under that name')
    .optionsGroup('What fails:')
    .option('--metrics <list>', `that decide, of ${gateMetrics.join(', ')}`, listFlag)
    .option(
      '--allow <figure=share>',
      'as p50=5% or get.p99=10%: how much slower is allowed; repeatable',
      allowanceFlag,
    )
    .option('--rss-allowance <bytes>', 'memory must grow by more than that, too', sizeFlag)
    .option('--binary-size <share>', 'the artifact may grow by that (default: any)', fractionFlag)
    .addOption(
      new Option('--on-inconclusive <what>', 'exit code 0 or 4 when nothing is proven')
        .choices(['warn', 'fail'])
        .argParser((text) => text),
    )
    .addOption(
      new Option(
        '--on-base-failure <what>',
        'a base that does not build or start: warn, or fail (default)',
      )
        .choices(['warn', 'fail'])
        .argParser((text) => text),
    )
    .option('--bisect', 'exit codes for `git bisect run`: 0, 1, 125 (skip), 255 (stop)');
  addSettings(command.optionsGroup(groups.load), 'operations', withoutDefaults('operations'));
  addSettings(command, 'load', {
    ...withoutDefaults('load'),
    rate: 'requests/s to each build, or auto (default)',
    arrivals: null,
    connections: 'connections to each build',
    requestsPerConnection: null,
  });
  addSettings(command, 'trial', {
    ...withoutDefaults('trial'),
    durationMs: 'measured time of an operation in a round',
    // Below those of the policy.
    seed: null,
  });
  command
    .option(
      '--rounds <n>',
      `at most (default: ${d.rounds}; looks at 12, 24, 48, …)`,
      wholeNumberFlag,
    )
    .option('--time-budget <time>', `measured (default: ${formatMs(d.timeBudgetMs)})`, durationFlag)
    .option('--max-wait <time>', 'builds included: then nothing more is measured', durationFlag)
    .addOption(
      new Option('--interleave <how>', 'how the builds share the time: request or slice').choices([
        'request',
        'slice',
      ]),
    );
  addSettings(command, 'machine', {
    workers: { ...oneNumberOfWorkers, help: 'workers of each server (default: server CPUs)' },
    generators: null,
  });
  return addSetting(command, 'seed', 'repeat the keys, values and order of another gate')
    .optionsGroup('The output:')
    .option(
      '--report <form=file>',
      `also write ${Object.keys(gateReporters).join(', ')}; repeatable`,
      reportFlag,
    )
    .option('--no-plot', 'print no plot after the table')
    .option('--json', 'print the result as JSON, and nothing else on stdout')
    .option('--out <file>', 'where to save the result (default: the state directory)')
    .addHelpText('after', examples);
}

const examples = `
A variable stands for each setting: KVBENCH_BASE for --base. Flags win over
variables, those over "gate" and "run" of the config file.

Examples:
  kvbench gate go --base main             as it was there, and as it is now
  kvbench gate --base FETCH_HEAD --report junit=gate.xml
  kvbench gate --base HEAD~1 --allow p99=20% --allow get.p50=3%
  kvbench gate --base-artifact ./old --head-artifact ./new
  kvbench gate --replay gate.json --metrics p50,cpu

Exit codes:
  0    passed; or inconclusive, with a warning
  1    a regression
  2    bad usage
  3    a build or a server failed, or broke the contract
  4    wrong answers; or inconclusive, with --on-inconclusive fail
  130  interrupted; what was measured is saved and printed

docs/gate.md has the rule, and what it does with noise.`;

/** The settings of the policy that the flags give. */
export function policySettings(flags: GateFlags): GateSettings {
  return {
    operations: flags.operations,
    metrics: flags.metrics as GateSettings['metrics'],
    allowances: flags.allow,
    rssAllowanceBytes: flags.rssAllowance,
    binarySizeAllowance: flags.binarySize,
    rounds: flags.rounds,
    timeBudgetMs: flags.timeBudget,
    interleave: flags.interleave,
    onInconclusive: flags.onInconclusive,
    onBaseFailure: flags.onBaseFailure,
  };
}

/** What the flags and variables of `gate` ask for. */
export function gateRequest(
  target: string | undefined,
  command: Command,
  context: CommandContext,
): GateRequest {
  const { io } = context;
  const flags: GateFlags = { ...readVariables(command, io.env), ...command.opts<GateFlags>() };
  const { base, baseDir, headDir, baseArtifact, headArtifact } = flags;
  return {
    ...runRequest(command, context),
    target,
    base,
    baseDir,
    headDir,
    baseArtifact,
    headArtifact,
    policy: policySettings(flags),
    maxWaitMs: flags.maxWait,
  };
}

/** Those of the policy and of the output: all that `--replay` can heed. */
const replayFlags: readonly (keyof GateFlags)[] = [
  ...(['replay', 'report', 'plot', 'json', 'out'] as const),
  ...(['operations', 'metrics', 'allow', 'rounds'] as const),
  ...(['rssAllowance', 'binarySize', 'timeBudget', 'interleave', 'bisect'] as const),
  ...(['onInconclusive', 'onBaseFailure'] as const),
];

/** Refuses flags that say how to build and to measure, where nothing is. */
export function checkReplayFlags(command: Command): void {
  const useless = command.options.find((option) => {
    const key = option.attributeName();
    const isGiven = command.getOptionValueSource(key) === 'cli';
    return isGiven && !replayFlags.includes(key as keyof GateFlags);
  });
  const what = command.args.length > 0 ? 'a target' : useless?.long;
  if (what === undefined) return;
  throw new KvbenchError(
    'usage',
    `--replay builds and measures nothing, so it can't heed ${what}.`,
    'Leave it out; the flags of the policy and of the output work.',
  );
}

function allowanceFlag(text: string, before: Record<string, number> = {}): Record<string, number> {
  const [name = '', share, ...more] = text.split('=');
  if (name === '' || share === undefined || more.length > 0) {
    throw new InvalidArgumentError('Give a figure and a share, as p50=5% or get.p99=0.1.');
  }
  return { ...before, [name]: fractionFlag(share) };
}

const reportFlag = (text: string, before?: readonly Report[]) =>
  reportFileFlag(gateForms, text, before);
