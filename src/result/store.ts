import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf, KvbenchError, messageOf } from '../errors.js';
import { makeDirectory, writeWhole } from '../files.js';

/** Writes the document, of a regular file whole or not at all; see `writeWhole`. */
export async function saveResult(path: string, result: object): Promise<void> {
  await saveText(path, `${JSON.stringify(result, null, 2)}\n`, { mode: ownerOnly });
}

/** The mode of files that tell more of a server than everybody on the machine need know. */
export const ownerOnly = 0o600;

/** The same for any text; the flag is the one that names the file. */
export async function saveText(
  path: string,
  text: string,
  { flag, mode }: { flag?: string; mode?: number } = {},
): Promise<void> {
  try {
    await writeWhole(path, text, mode);
  } catch (error) {
    throw unwritable(path, error, flag);
  }
}

/** Fails before anything is measured if the file could not be written afterwards. */
export async function checkWritable(path: string, flag = '--out FILE'): Promise<void> {
  try {
    const existing = await stat(path).catch(() => null);
    if (existing?.isDirectory())
      throw Object.assign(new Error('it is a directory'), { code: 'EISDIR' });
    if (existing) await access(path, constants.W_OK);
    // A device or a pipe is written to where it is, whoever may write beside it.
    if (existing && !existing.isFile()) return;
    await makeDirectory(dirname(path));
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    throw unwritable(path, error, flag);
  }
}

/** The usage error for a file that can't be written; the flag is the one that names it. */
export function unwritable(path: string, error: unknown, flag = '--out FILE'): KvbenchError {
  const why = codeOf(error) === 'EISDIR' ? 'it is a directory' : messageOf(error);
  return new KvbenchError(
    'usage',
    `The result can't be written to ${resolve(path)}: ${why}.`,
    `Name a writable file with ${flag}.`,
    { cause: error },
  );
}
