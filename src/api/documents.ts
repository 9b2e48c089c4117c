import { type CostsResult, costsResultSchema, costsSchemaVersion } from '../costs/schema.js';
import { type GateResult, gateResultSchema, gateSchemaVersion } from '../gate/schema.js';
import type { SavedDocument } from '../report/documents.js';
import { type DocumentKind, readAnyDocument, runKind } from '../result/read.js';
import type { RunResult } from '../result/schema.js';
import { upgradeSweep } from '../result/upgrade.js';
import { type SweepResult, sweepResultSchema, sweepSchemaVersion } from '../sweep/schema.js';

/** What `kvbench gate` saves. */
export const gateKind: DocumentKind<GateResult> = {
  schema: gateResultSchema,
  versionKey: 'gateSchemaVersion',
  version: gateSchemaVersion,
  upgrade: () => null,
  savedBy: 'kvbench gate',
};

/** What `kvbench sweep` saves. */
const sweepKind: DocumentKind<SweepResult> = {
  schema: sweepResultSchema,
  versionKey: 'sweepSchemaVersion',
  version: sweepSchemaVersion,
  upgrade: upgradeSweep,
  savedBy: 'kvbench sweep',
};

/** What `kvbench costs` saves. */
const costsKind: DocumentKind<CostsResult> = {
  schema: costsResultSchema,
  versionKey: 'costsSchemaVersion',
  version: costsSchemaVersion,
  upgrade: () => null,
  savedBy: 'kvbench costs',
};

/**
 * Reads whatever kvbench has saved, a run, a gate, a sweep or costs; a usage error that names the file if it
 * is none of them, damaged, or of another version.
 */
export async function readSaved(path: string): Promise<SavedDocument> {
  const kinds: readonly DocumentKind<RunResult | GateResult | SweepResult | CostsResult>[] = [
    runKind,
    gateKind,
    sweepKind,
    costsKind,
  ];
  const { document } = await readAnyDocument(path, kinds);
  if ('schemaVersion' in document) return { kind: 'run', result: document };
  if ('gateSchemaVersion' in document) return { kind: 'gate', result: document };
  if ('sweepSchemaVersion' in document) return { kind: 'sweep', result: document };
  return { kind: 'costs', result: document };
}
