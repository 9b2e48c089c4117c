import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { codeOf, KvbenchError, messageOf } from '../errors.js';
import { type RunResult, resultSchema, schemaVersion } from './schema.js';

/** Many times what a long run leaves; a text that is much longer fits into no string. */
const maxBytes = 512 * 1024 * 1024;

/** Reads a saved result; a usage error that names the file if it is none, or of another version. */
export async function readResult(path: string): Promise<RunResult> {
  const refuse = (problem: string, hint: string, cause?: unknown): never => {
    throw new KvbenchError('usage', `${resolve(path)} ${problem}.`, hint, { cause });
  };
  const text = await readText(path, refuse);
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
  checkVersion(document, refuse);
  const parsed = resultSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.join('.') || 'its root';
  return refuse(`is damaged at ${place}: ${issue?.message}`, 'Measure again.');
}

type Refuse = (problem: string, hint: string, cause?: unknown) => never;

const savedHint = 'Give a file that `kvbench run` has saved, or that its --out names.';

async function readText(path: string, refuse: Refuse): Promise<string> {
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

function checkVersion(document: unknown, refuse: Refuse): void {
  const { schemaVersion: version, kvbenchVersion } = (document ?? {}) as Record<string, unknown>;
  if (typeof version !== 'number' || typeof kvbenchVersion !== 'string') {
    refuse('is JSON, but no result of kvbench', savedHint);
  }
  const by = `was saved by kvbench ${kvbenchVersion} with version ${version} of the schema, and this one reads ${schemaVersion}`;
  if (Number(version) > schemaVersion) refuse(by, 'Update kvbench.');
  if (Number(version) < schemaVersion) {
    refuse(by, 'Measure again, or use that version of kvbench.');
  }
}
