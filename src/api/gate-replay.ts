import { replay } from '../gate/judge.js';
import { type GateSettings, overlaid, toGatePolicy } from '../gate/policy.js';
import type { GateResult } from '../gate/schema.js';
import { gateKind } from '../report/kinds/gate.js';
import { readDocument } from '../result/read.js';

/**
 * The rounds of a saved gate, by its path or as a document, judged anew; settings take the place of
 * its own policy. Throws a usage error for a file that is no such document.
 */
export async function replayGate(
  saved: string | GateResult,
  settings: GateSettings = {},
): Promise<GateResult> {
  const session = typeof saved !== 'string' ? saved : await readDocument(saved, gateKind);
  const policy = toGatePolicy(overlaid(session.policy, settings));
  return { ...session, policy, judgement: replay({ ...session, policy }) };
}
