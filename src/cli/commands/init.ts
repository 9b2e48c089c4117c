import { existsSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { type Command, Option } from 'commander';
import { configFileNames } from '../../config/find.js';
import { KvbenchError } from '../../errors.js';
import { type ConfigDraft, configText } from '../../init/config-text.js';
import { kinds } from '../../init/kinds/index.js';
import { workflowText } from '../../init/workflow-text.js';
import { askerOn } from '../ask.js';
import type { CommandContext } from '../context.js';
import { chooseKind, draftConfig, type InitFlags } from '../init-draft.js';
import { readFacts, repositoryOf, writeNew } from '../init-files.js';
import type { Io } from '../io.js';

/** `kvbench init`: writes a config file for a server of the user's own; overwrites nothing. */
export function defineInit(command: Command, { io }: CommandContext): void {
  command
    .addOption(new Option('--kind <kind>', 'what the server is').choices(kinds))
    .option('--name <name>', 'what the target is called')
    .option('--command <text>', "how to start it, as 'python3 server.py {port}'; no shell")
    .option('--url <url>', 'of a server that runs already')
    .option('--contract', "it keeps kvbench's own HTTP contract (default: no)")
    .option('--no-contract', 'it does not: do not ask')
    .addOption(new Option('--ci <service>', 'also write a workflow').choices(['github']))
    .option('--yes', 'do not ask: take what is detected')
    .option('--dir <directory>', 'where the server lies', '.')
    .action((flags: InitFlags) => init(flags, io));
}

async function init(flags: InitFlags, io: Io): Promise<void> {
  const dir = resolve(io.cwd, flags.dir);
  const existing = configFileNames.map((name) => join(dir, name)).find((path) => existsSync(path));
  const say = (line: string) => void io.stdout.write(`${line}\n`);
  const shown = (file: string) => relative(io.cwd, file) || file;
  if (existing) say(`${shown(existing)} is there already, and was left as it is.`);
  // Nothing else is wanted, so nothing needs to be known.
  if (existing && !flags.ci) return;
  const facts = await readFacts(dir);
  const terminal = flags.yes || io.env['CI'] ? null : io.terminal;
  const ask = terminal ? askerOn(terminal, io.signal) : null;
  // Everything is asked before anything is written.
  const kind = await chooseKind(flags, facts, ask);
  if (kind === 'url' && flags.ci) {
    throw new KvbenchError(
      'usage',
      '--ci needs a server that can be started, and --url names one that runs already.',
      'Leave one of the two out.',
    );
  }
  const draft = existing ? null : await draftConfig(kind, flags, facts, ask);
  const wantsCi =
    kind !== 'url' &&
    (flags.ci !== undefined ||
      ((await ask?.confirm('Write a GitHub workflow too?', false)) ?? false));
  const path = join(dir, 'kvbench.config.jsonc');
  if (draft) say(await writeNew(path, configText(draft), shown(path)));
  if (draft && buildsInto(draft, '.kvbench/')) {
    const ignore = join(dir, '.kvbench', '.gitignore');
    say(await writeNew(ignore, '# What kvbench builds is nothing to commit.\n*\n', shown(ignore)));
  }
  if (wantsCi) {
    const root = repositoryOf(dir);
    const workflow = join(root, '.github', 'workflows', 'kvbench.yml');
    const text = workflowText({
      kind,
      facts,
      dir: relative(root, dir).split(sep).join('/') || '.',
    });
    say(await writeNew(workflow, text, shown(workflow)));
  }
  if (draft) say(nextSteps(draft));
}

/** Whether what is built goes below that directory. */
function buildsInto({ server }: ConfigDraft, dir: string): boolean {
  return !('url' in server) && (server.build?.artifact?.startsWith(dir) ?? false);
}

function nextSteps({ server, contract }: ConfigDraft): string {
  const port =
    'url' in server || server.command.some((part) => /\{(port|addr)\}/.test(part))
      ? []
      : [
          'The server must listen on the port in the variable PORT; if it takes it',
          'otherwise, change "start" in the file.',
        ];
  const requests = contract
    ? []
    : ['It is asked for GET /; describe its other requests in the file.'];
  return [
    '',
    ...port,
    ...requests,
    'Next:',
    '  kvbench check         does it start, and answer as described?',
    '  kvbench run --quick   a first table',
  ].join('\n');
}
