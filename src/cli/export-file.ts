import { rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { codeOf, KvbenchError, messageOf } from '../errors.js';
import { saveText } from '../result/store.js';
import type { Io } from './io.js';

/** Where an export goes: a file that is not there yet, or is with `force`; standard output. */
export interface ExportTarget {
  out?: string;
  force?: boolean;
}

/** What else is decided of the file by who writes it. */
interface ExportHabits {
  /** Before it is told where to. */
  tell?: () => void;
  /** Of a file that is new, or replaced; null: as the system has it. */
  mode?: number | null;
}

/** Writes what was exported, and tells where to; before that, what else there is to tell. */
export async function writeExport(
  text: string,
  { out, force = false }: ExportTarget,
  io: Io,
  { tell = () => {}, mode = null }: ExportHabits = {},
): Promise<void> {
  const path = out === undefined ? null : resolve(io.cwd, out);
  if (path === null) io.stdout.write(text);
  else
    await (force ? saveText(path, text, mode === null ? {} : { mode }) : create(path, text, mode));
  tell();
  if (path !== null) io.stderr.write(`written to ${path}\n`);
}

/** A new file: somebody may have worked on one that is there. What is none is written to as it is. */
async function create(path: string, text: string, mode: number | null): Promise<void> {
  const existing = await stat(path).catch(() => null);
  if (existing && !existing.isFile()) return saveText(path, text);
  try {
    await writeFile(path, text, { flag: 'wx', ...(mode !== null && { mode }) });
  } catch (error) {
    const exists = codeOf(error) === 'EEXIST';
    // Half of it would only be in the way of the next try.
    if (!exists) await rm(path, { force: true }).catch(() => {});
    throw new KvbenchError(
      'usage',
      exists ? `${path} exists.` : `${path} can't be written: ${messageOf(error)}.`,
      exists ? 'Name another file, or add --force to replace it.' : 'Name another with --out FILE.',
      { cause: error },
    );
  }
}
