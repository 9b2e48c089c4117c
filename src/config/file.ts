import { dirname, extname, relative, resolve } from 'node:path';
import type * as z from 'zod';
import { KvbenchError } from '../errors.js';
import { readText, whyUnreadable } from '../files.js';
import {
  type ConfigDocument,
  type Path,
  parseJsonDocument,
  parseYamlDocument,
  SyntaxProblem,
} from './document.js';
import type { CommonFile } from './file-schema.js';
import { findConfigFile } from './find.js';
import { describeIssues } from './issues.js';
import { type ProgramOptions, runProgram } from './program.js';

/** Many times what anybody writes; YAML of more takes minutes. */
const maxBytes = 2 ** 20;

/** A config file, read and checked; without one, an empty config in the working directory. */
export interface Project<File extends CommonFile = CommonFile> {
  /** Absolute path of the file; null: there is none. */
  path: string | null;
  /** Absolute: what relative paths in the file are relative to. */
  dir: string;
  file: File;
  /** Where a setting stands: `kvbench.config.json:12:5`; the file alone where it is a program. */
  position(...path: Path): string;
  /** The same with its name: `kvbench.config.json:12:5, targets.mine.start.command`. */
  place(...path: Path): string;
}

/**
 * Reads the config file that `--config` names, or else the nearest one at or above `cwd`, up to the
 * directory that holds `.git`, and not from where others could have put it. Throws a usage error with
 * the place of the first mistake in it.
 */
export async function loadProject<File extends CommonFile>(
  schema: z.ZodType<File>,
  cwd: string,
  named: string | null,
  options: ProgramOptions = {},
): Promise<Project<File>> {
  const path = named === null ? findConfigFile(cwd) : resolve(cwd, named);
  if (path === null) {
    const nowhere = () => 'the configuration';
    return { path, dir: cwd, file: schema.parse({}), position: nowhere, place: nowhere };
  }
  const name = shownPath(cwd, path);
  const document = await readDocument(path, name, options);
  return toProject(schema, document, { path, name, dir: dirname(path) });
}

/** The same for a config that a program has at hand; its paths are relative to `dir`. */
export function projectOf<File extends CommonFile>(
  schema: z.ZodType<File>,
  config: File,
  dir: string,
): Project<File> {
  const document = { value: config, position: () => null };
  return toProject(schema, document, { path: null, name: 'the config', dir });
}

function toProject<File extends CommonFile>(
  schema: z.ZodType<File>,
  document: ConfigDocument,
  { path, name, dir }: { path: string | null; name: string; dir: string },
): Project<File> {
  const position = (...at: Path) => {
    const found = document.position(at);
    return found ? `${name}:${found.line}:${found.column}` : name;
  };
  const place = (...at: Path) => (at.length > 0 ? `${position(...at)}, ${dotted(at)}` : position());
  if (document.value === undefined) {
    throw new KvbenchError(
      'usage',
      `${name} is empty.`,
      'Write {} for the defaults, or let `kvbench init` write another.',
    );
  }
  const parsed = schema.safeParse(document.value);
  if (!parsed.success) {
    const problem = describeIssues(schema, document.value, parsed.error.issues);
    throw new KvbenchError('usage', `${place(...problem.path)} ${problem.message}.`, problem.hint);
  }
  return { path, dir, file: parsed.data, position, place };
}

async function readDocument(
  path: string,
  name: string,
  options: ProgramOptions,
): Promise<ConfigDocument> {
  const text = await readConfigText(path, name, options.signal);
  const extension = extname(path).toLowerCase();
  if (/^\.[cm]?[jt]s$/.test(extension)) {
    return { value: await runProgram(path, name, options), position: () => null };
  }
  try {
    return /^\.ya?ml$/.test(extension) ? parseYamlDocument(text) : parseJsonDocument(text);
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    const { line, column } = error.position;
    const language = /^\.ya?ml$/.test(extension) ? 'YAML' : 'JSON';
    throw new KvbenchError(
      'usage',
      `${name}:${line}:${column} is not ${language}: ${error.message}.`,
      'Mend it there, or just before.',
      { cause: error },
    );
  }
}

async function readConfigText(path: string, name: string, signal?: AbortSignal): Promise<string> {
  try {
    return await readText(path, maxBytes, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw new KvbenchError(
      'usage',
      `The config file ${name} can't be read: ${whyUnreadable(error)}.`,
      'Name a readable file with --config FILE; `kvbench init` writes one.',
      { cause: error },
    );
  }
}

/** Relative to the working directory, unless that is longer than it is long. */
function shownPath(cwd: string, path: string): string {
  const short = relative(cwd, path);
  return short.length < path.length ? short : path;
}

/** `targets.mine.start.command[1]`; names that are not plain are quoted. */
function dotted(path: Path): string {
  return path
    .map((step) => {
      if (typeof step === 'number') return `[${step}]`;
      return /^[\w$-]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
    })
    .join('')
    .replace(/^\./, '');
}
