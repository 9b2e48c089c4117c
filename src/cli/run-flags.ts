import { type Command, InvalidArgumentError, type Option } from 'commander';
import type { PreparedRun, RunRequest } from '../api/prepare.js';
import { variableOf } from '../config/flags.js';
import { presets, quickConfig } from '../config/schema.js';
import { wholeNumber } from '../config/settings/texts.js';
import { KvbenchError } from '../errors.js';
import { formatMs } from '../report/format.js';
import type { CommandContext } from './context.js';
import { listFlag, type ReportFile, reportFileFlag, switchFlag } from './flags.js';
import type { Io } from './io.js';
import { addSettings, settingsFrom } from './setting-flags.js';

/** The flags of `run` besides those of settings as commander gives them: only those that were used. */
export interface RunFlags {
  config?: string;
  scenario?: string;
  allowRemote?: boolean;
  preset?: string;
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
  const q = quickConfig;
  addSettings(command.optionsGroup(groups.measured), 'targets');
  addLoadFlags(command);
  addSettings(command.optionsGroup(groups.time), 'rounds').option(
    '--quick',
    `a first look: ${q.rounds} rounds of ${formatMs(q.durationMs ?? 0)} a trial`,
  );
  return addSettings(command.optionsGroup(groups.machine), 'machine')
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

/** Headings of the help that several commands have. */
export const groups = {
  measured: 'What is measured:',
  load: 'The load:',
  time: 'How long, and in which order:',
  machine: 'The machine:',
};

/** Adds the flags that decide what is sent, and what must come of it, whoever sends it. */
export function addLoadFlags(command: Command): Command {
  addSettings(command.optionsGroup(groups.measured), 'measures');
  addProjectFlags(command);
  addSettings(command.optionsGroup(groups.load), 'operations').option(
    '--preset <name>',
    `a workload of YCSB: ${Object.keys(presets).join(', ')}`,
  );
  addSettings(command, 'load');
  addSettings(command.optionsGroup(groups.time), 'trial');
  return addSettings(command.optionsGroup('What fails:'), 'fails');
}

/** Adds the flags that say which config file counts, and what of it. */
export function addProjectFlags(command: Command): Command {
  return command
    .option('--config <file>', 'config file (default: the nearest kvbench.config.*)')
    .option('--allow-remote', 'targets of the config file may be on another machine')
    .option('--scenario <name>', 'settings that the config file has under that name');
}

/** For commands that compare no numbers of workers. */
export const oneNumberOfWorkers = {
  flag: '--workers <n>',
  text: wholeNumber,
  help: 'actix workers and GOMAXPROCS (default: server CPUs)',
};

/**
 * Reads the config file and puts flags and variables over it, and over those what a command itself
 * decides; throws a usage error that names the place of a mistake.
 */
export async function loadRun(
  command: Command,
  context: CommandContext,
  settings: RunRequest['settings'] = {},
): Promise<PreparedRun> {
  const request = runRequest(command, context);
  // What reads config files and finds targets: a help needs none of it.
  const { prepareRun } = await import('../api/prepare.js');
  return prepareRun({ ...request, settings: { ...request.settings, ...settings } });
}

/** What the flags and variables of a command ask for. */
export function runRequest(command: Command, { io, bundled }: CommandContext): RunRequest {
  const flags = command.opts<RunFlags>();
  const variables: RunFlags = readVariables(command, io.env);
  const { config, scenario, preset, quick, allowRemote } = { ...variables, ...flags };
  return {
    ...(config !== undefined && { config }),
    ...(scenario !== undefined && { scenario }),
    ...(preset !== undefined && { preset }),
    ...(quick !== undefined && { quick }),
    ...(allowRemote !== undefined && { allowRemote }),
    bundled,
    cwd: io.cwd,
    signal: io.signal,
    variables: settingsFrom(variables),
    settings: settingsFrom(flags),
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
