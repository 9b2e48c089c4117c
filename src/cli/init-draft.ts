import { basename } from 'node:path';
import { isReservedName } from '../config/names.js';
import { nameSchema } from '../config/requests.js';
import { rootUrl } from '../config/url.js';
import { KvbenchError } from '../errors.js';
import type { ConfigDraft } from '../init/config-text.js';
import { detectKinds, type Kind, kinds, languageOf, markerFiles } from '../init/kinds/index.js';
import { type DirectoryFacts, toTargetName } from '../init/kinds/kind.js';
import type { Asker } from './ask.js';

/** The flags of `kvbench init` as commander gives them. */
export interface InitFlags {
  kind?: Kind;
  name?: string;
  command?: string;
  url?: string;
  contract?: boolean;
  ci?: 'github';
  yes?: boolean;
  dir: string;
}

/** What the server is: as flags say, as the directory shows, or as the user answers. */
export async function chooseKind(
  { kind, command, url }: InitFlags,
  facts: DirectoryFacts,
  ask: Asker | null,
): Promise<Kind> {
  if (command !== undefined && url !== undefined) {
    throw new KvbenchError(
      'usage',
      '--command starts a server, and --url names one that runs already.',
      'Give one of the two.',
    );
  }
  const implied =
    kind ?? (command !== undefined ? 'command' : url !== undefined ? 'url' : undefined);
  if (implied) return implied;
  const found = detectKinds(facts);
  const [only] = found;
  if (only && found.length === 1) return only;
  if (ask) return ask.select('What is the server?', [...new Set([...found, ...kinds])]);
  throw new KvbenchError(
    'usage',
    found.length > 0
      ? `Here could be several servers: ${found.join(', ')}.`
      : `Here is no file that tells what the server is: ${markerFiles.join(', ')}.`,
    found.length > 0
      ? `Say which with --kind ${found[0]}.`
      : 'Give --command with how it is started, or --url of one that runs already.',
  );
}

/** What the config is to say, from flags, the directory and answers. */
export async function draftConfig(
  kind: Kind,
  flags: InitFlags,
  facts: DirectoryFacts,
  ask: Asker | null,
): Promise<ConfigDraft> {
  const server = await draftServer(kind, flags, facts, ask);
  const proposed = toTargetName(server.name);
  const name =
    flags.name ?? (await ask?.text('What is it called?', proposed, nameProblem)) ?? proposed;
  const problem = nameProblem(name);
  if (problem)
    throw new KvbenchError(
      'usage',
      `--name ${JSON.stringify(name)} ${problem}.`,
      'Choose another.',
    );
  const contract =
    flags.contract ??
    (await ask?.confirm("Does it keep kvbench's own HTTP contract (docs/contract.md)?", false)) ??
    false;
  return { server: { ...server, name }, contract };
}

async function draftServer(
  kind: Kind,
  flags: InitFlags,
  facts: DirectoryFacts,
  ask: Asker | null,
): Promise<ConfigDraft['server']> {
  const language = languageOf(kind);
  if (language) return language.draft(facts);
  if (kind === 'url') {
    const url =
      flags.url ?? (await ask?.text('Where does it listen?', 'http://127.0.0.1:8080', urlProblem));
    const problem = urlProblem(url ?? '');
    if (url === undefined || problem) throw missing('--url', url, problem);
    return { name: 'server', url };
  }
  const proposal = './server --port={port}';
  const command =
    flags.command ?? (await ask?.text('How is it started?', proposal, commandProblem));
  const problem = commandProblem(command ?? '');
  if (command === undefined || problem) throw missing('--command', command, problem);
  const words = command.trim().split(/\s+/);
  return { name: basename(words[0] ?? ''), command: words };
}

function missing(flag: string, value: string | undefined, problem: string | null): KvbenchError {
  return value === undefined
    ? new KvbenchError(
        'usage',
        `${flag} is missing.`,
        `Give it beside --kind, as \`kvbench init --help\` shows.`,
      )
    : new KvbenchError(
        'usage',
        `${flag} ${JSON.stringify(value)} ${problem}.`,
        'Write it otherwise.',
      );
}

function nameProblem(name: string): string | null {
  if (isReservedName(name)) return 'is a name of kvbench itself';
  const parsed = nameSchema.safeParse(name);
  return parsed.success ? null : (parsed.error.issues[0]?.message ?? 'is no name');
}

function urlProblem(text: string): string | null {
  return rootUrl(text) ? null : 'is not the root of an HTTP server, as http://127.0.0.1:8080';
}

/** What would need a shell must be written as an argument list in the file. */
function commandProblem(text: string): string | null {
  if (text.trim() === '') return 'names no program';
  return /["'`|&;<>$\\]/.test(text)
    ? 'has quotes or other marks that only a shell understands'
    : null;
}
