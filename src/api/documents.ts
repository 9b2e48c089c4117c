import { resultKinds, type SavedDocument } from '../report/kinds/index.js';
import { runKind } from '../report/kinds/run.js';
import { readAnyDocument, readDocument } from '../result/read.js';
import type { RunResult } from '../result/schema.js';

/**
 * Reads whatever kvbench has saved, of any kind; a usage error that names the file if it is of none, damaged,
 * or of another version.
 */
export async function readSaved(path: string): Promise<SavedDocument> {
  const { kind, result } = await readAnyDocument(path, resultKinds);
  // A schema gives results of its own kind alone.
  return { kind: kind.name, result } as SavedDocument;
}

/** Reads a saved result of `kvbench run`; see `readSaved`. */
export function readResult(path: string): Promise<RunResult> {
  return readDocument(path, runKind);
}
