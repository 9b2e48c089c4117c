import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { codeOf, KvbenchError, messageOf } from '../errors.js';
import { type RunResult, resultSchema, schemaVersion } from './schema.js';

/** Many times what a long run leaves; a text that is much longer fits into no string. */
const maxBytes = 512 * 1024 * 1024;

/** A kind of document that kvbench saves. */
interface DocumentKind<T> {
  schema: z.ZodType<T>;
  /** Where a document has the version of its schema, and which this kvbench reads. */
  versionKey: string;
  version: number;
  /** Who saves it, for hints. */
  savedBy: string;
}

/** Reads a saved result of `kvbench run`; see `readDocument`. */
export function readResult(path: string): Promise<RunResult> {
  return readDocument(path, {
    schema: resultSchema,
    versionKey: 'schemaVersion',
    version: schemaVersion,
    savedBy: 'kvbench run',
  });
}

/** Reads a document; a usage error that names the file if it is none, or of another version. */
export async function readDocument<T>(path: string, kind: DocumentKind<T>): Promise<T> {
  const savedHint = `Give a file that \`${kind.savedBy}\` has saved, or that its --out names.`;
  const refuse = (problem: string, hint: string, cause?: unknown): never => {
    throw new KvbenchError('usage', `${resolve(path)} ${problem}.`, hint, { cause });
  };
  const text = await readText(path, refuse, savedHint);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    // What the program writes begins with a brace and ends with one.
    const isCut = /^\s*\{/.test(text) && !/\}\s*$/.test(text);
    refuse(
      isCut ? 'ends in the middle: it was cut off' : `is not JSON: ${messageOf(cause)}`,
      isCut ? 'Copy it again, or measure again.' : savedHint,
      cause,
    );
  }
  checkVersion(document, kind, refuse, savedHint);
  const parsed = kind.schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.join('.') || 'its root';
  return refuse(`is damaged at ${place}: ${issue?.message}`, 'Measure again.');
}

type Refuse = (problem: string, hint: string, cause?: unknown) => never;

async function readText(path: string, refuse: Refuse, savedHint: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) {
      refuse('is larger than 512 MiB', 'No result of kvbench is: is it another file?');
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof KvbenchError) throw error;
    const known: Record<string, string> = { ENOENT: 'does not exist', EISDIR: 'is a directory' };
    const why = known[codeOf(error) ?? ''] ?? `can't be read: ${messageOf(error)}`;
    return refuse(why, savedHint, error);
  }
}

function checkVersion(
  document: unknown,
  { versionKey, version: own, savedBy }: DocumentKind<unknown>,
  refuse: Refuse,
  savedHint: string,
): void {
  const facts = (document ?? {}) as Record<string, unknown>;
  const { [versionKey]: version, kvbenchVersion } = facts;
  if (typeof version !== 'number' || typeof kvbenchVersion !== 'string') {
    refuse(`is JSON, but no result of \`${savedBy}\``, savedHint);
  }
  const by = `was saved by kvbench ${kvbenchVersion} with version ${version} of the schema, and this one reads ${own}`;
  if (Number(version) > own) refuse(by, 'Update kvbench.');
  if (Number(version) < own) refuse(by, 'Measure again, or use that version of kvbench.');
}
