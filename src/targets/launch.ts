import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { TargetSpec } from '../config/target-spec.js';
import { codeOf, KvbenchError } from '../errors.js';
import { readText, whyUnreadable } from '../files.js';
import { isDirectory } from './cache.js';
import {
  fill,
  misspeltPlaceholder,
  type PlaceholderName,
  type PlaceholderValues,
  placeholderNames,
  placeholdersIn,
  tellsPort,
  unknownPlaceholder,
} from './placeholders.js';

/** How a server of the user's is started: its texts are templates, and checked. */
export interface Launch {
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Config files for it, by name. */
  files: ReadonlyMap<string, string>;
  /** Told by a placeholder, fixed by the config, or said by the server in its ready line. */
  port: 'told' | 'said' | number;
  mentions: ReadonlySet<PlaceholderName>;
}

/** A command of the config as an argument list. */
export function argumentList(command: string | readonly string[]): readonly string[] {
  return typeof command === 'string' ? ['sh', '-c', command] : command;
}

/** A usage error about a target's settings. */
export function settingError(
  { name, place }: TargetSpec,
  path: readonly (string | number)[],
  what: string,
  hint: string,
): KvbenchError {
  return new KvbenchError('usage', `${name} ${what} (${place(...path)}).`, hint);
}

/** Throws if the directory that a target is built and started in is not there. */
export async function checkDir(spec: TargetSpec): Promise<void> {
  if (await isDirectory(spec.dir)) return;
  throw settingError(
    spec,
    ['dir'],
    `has no directory ${spec.dir}`,
    'Correct "dir", which is relative to the config file.',
  );
}

/** Reads all that a start needs, and checks what can be checked before it: usage errors. */
export async function planLaunch(spec: TargetSpec): Promise<Launch> {
  const { start, ready } = spec.settings;
  if (!start) throw new Error(`${spec.name} has no start command`);
  await checkDir(spec);
  const command = argumentList(start.command);
  const env = start.env ?? {};
  const files = await readTemplates(spec, start.files ?? {});

  const texts: [path: (string | number)[], text: string][] = [
    ...command.map((text, index): [(string | number)[], string] =>
      typeof start.command === 'string'
        ? [['start', 'command'], text]
        : [['start', 'command', index], text],
    ),
    ...Object.entries(env).map(([key, text]): [string[], string] => [['start', 'env', key], text]),
  ];
  for (const [path, text] of texts) refuse(spec, path, unknownPlaceholder(text));
  for (const [file, text] of files)
    refuse(spec, ['start', 'files', file], misspeltPlaceholder(text));

  const all = [...texts.map(([, text]) => text), ...files.values()];
  const mentions = new Set(all.flatMap(placeholdersIn));
  if (mentions.has('artifact') && !spec.settings.build?.artifact) {
    const [path] = texts.find(([, text]) => placeholdersIn(text).includes('artifact')) ?? [];
    throw settingError(
      spec,
      path ?? ['start', 'files'],
      'uses {artifact}, but no build leaves one',
      'Name the file that the build leaves in build.artifact, or write its path in place of {artifact}.',
    );
  }
  return { command, env, files, mentions, port: portOf(spec, mentions, ready) };
}

function portOf(
  spec: TargetSpec,
  mentions: ReadonlySet<PlaceholderName>,
  ready: TargetSpec['settings']['ready'],
): Launch['port'] {
  const fixed = spec.settings.start?.port;
  if (fixed !== undefined) return fixed;
  if (mentions.has('port') || mentions.has('addr')) return 'told';
  if (ready && 'line' in ready && tellsPort(ready.line)) return 'said';
  throw settingError(
    spec,
    ['start', 'command'],
    'is not told which port to listen on: the port is not templated',
    'Pass {port} or {addr} in start.command, start.env or a file of start.files; or give the port that it always has as start.port, or the line that it prints as ready.line with {port} in it.',
  );
}

/** Of one config file of a server. */
const maxTemplateBytes = 2 ** 20;

/** Why, as a clause; the text that somebody has written in place of a path is not repeated. */
function whyNoTemplate(path: string, error: unknown): string {
  const isText = /\n/.test(path) || path.length > 1024 || codeOf(error) === 'ENAMETOOLONG';
  return isText ? 'it is a text, and no path of a file' : whyUnreadable(error);
}

async function readTemplates(spec: TargetSpec, files: Readonly<Record<string, string>>) {
  const templates = new Map<string, string>();
  for (const [name, path] of Object.entries(files)) {
    try {
      templates.set(name, await readText(resolve(spec.dir, path), maxTemplateBytes));
    } catch (error) {
      throw settingError(
        spec,
        ['start', 'files', name],
        `has a template that can't be read: ${whyNoTemplate(path, error)}`,
        'Correct the path, which is relative to the directory of the target.',
      );
    }
  }
  return templates;
}

function refuse(spec: TargetSpec, path: readonly (string | number)[], unknown: string | null) {
  if (unknown === null) return;
  const known = placeholderNames.map((name) => `{${name}}`).join(', ');
  throw settingError(spec, path, `uses the unknown placeholder ${unknown}`, `There are ${known}.`);
}

/** Command and environment with everything filled in; the config files are written into `{tmp}`. */
export async function fillLaunch(launch: Launch, values: PlaceholderValues) {
  if (launch.files.size > 0) await mkdir(values.tmp, { recursive: true });
  for (const [name, text] of launch.files) {
    await writeFile(join(values.tmp, name), fill(text, values));
  }
  return {
    command: launch.command.map((text) => fill(text, values)),
    env: Object.fromEntries(
      Object.entries(launch.env).map(([key, text]) => [key, fill(text, values)]),
    ),
  };
}
