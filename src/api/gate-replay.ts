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
  // Documents from before there were others say nothing of it.
  const own: GateSettings = { confirmationLooks: 'one', ...session.policy };
  const policy = toGatePolicy(overlaid(own, settings));
  return { ...session, policy, judgement: replay({ ...session, policy }) };
}
