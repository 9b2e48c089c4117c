import { KvbenchError } from '../../errors.js';
import { costsKind } from './costs.js';
import { gateKind } from './gate.js';
import type { KnownDocument, ResultKind } from './kind.js';
import { runKind } from './run.js';
import { sweepKind } from './sweep.js';

/** The kinds of results that kvbench saves. */
export const resultKinds = [runKind, gateKind, sweepKind, costsKind] as const;

type SavedOf<Kind> =
  Kind extends ResultKind<infer R, infer Name> ? { kind: Name; result: R } : never;

/** Whatever kvbench saves, as programs have it: a result, and the name of its kind. */
export type SavedDocument = SavedOf<(typeof resultKinds)[number]>;

/** The document together with its kind; a usage error for a kind that there is not. */
export function toKnown({ kind: name, result }: SavedDocument): KnownDocument {
  const kind = resultKinds.find((one) => one.name === name);
  if (kind) return { kind, result };
  throw new KvbenchError(
    'usage',
    `There is no kind of result named ${JSON.stringify(name)}.`,
    'Take documents as `readSaved` gives them.',
  );
}
