import * as z from 'zod';
import type { Warning } from '../result/schema.js';
import { allowanceKeys, allowanceOf, type GatePolicy, nameOf } from './policy.js';

/** The trailer of a commit's message by which its author lets a figure be worse, for a time. */
export const allowTrailer = 'Kvbench-Allow';

export const acceptedSchema = z.strictObject({
  name: z.string().describe('as get.p50'),
  share: z.number().gt(0).max(10).describe('that it may be worse by'),
  until: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/)
    .describe('the last day that this holds'),
  commit: z.string(),
});

/** A slowdown that is accepted on purpose. */
export type Accepted = z.infer<typeof acceptedSchema>;

const form = /^(\S+?)\s*=\s*(\d+(?:\.\d+)?)\s*%\s+until\s+(\d{4}-\d{2}-\d{2})$/;

/**
 * What trailers, each a commit and a text as `get.p50=15% until 2027-01-31`, allow on a day; a warning
 * for each that has run out, or can't be read.
 */
export function readAccepted(
  trailers: readonly (readonly [string, string])[],
  policy: GatePolicy,
  today: string,
): { accepted: Accepted[]; warnings: Warning[] } {
  const known = new Set(allowanceKeys(policy).map(nameOf));
  const accepted: Accepted[] = [];
  const warnings: Warning[] = [];
  for (const [commit, text] of trailers) {
    const [, name, share, until] = form.exec(text) ?? [];
    const parsed = acceptedSchema.safeParse({ name, share: Number(share) / 100, until, commit });
    const where = `${allowTrailer} of ${commit.slice(0, 7)}`;
    if (!parsed.success || !known.has(parsed.data.name)) {
      warnings.push({
        code: 'accepted',
        message: `${where} allows nothing: ${JSON.stringify(text)} is no figure of this gate with a share and a day.`,
        advice: `Write it as ${allowTrailer}: get.p50=15% until 2027-01-31.`,
      });
    } else if (parsed.data.until < today) {
      warnings.push({
        code: 'accepted',
        message: `${where} ran out on ${until}: ${name} is held to its allowance again.`,
        advice: 'Mend what it allowed, or raise the allowance in the config file.',
      });
    } else {
      accepted.push(parsed.data);
    }
  }
  return { accepted, warnings };
}

/** The policy with what was accepted in place of smaller allowances. */
export function withAccepted(policy: GatePolicy, accepted: readonly Accepted[]): GatePolicy {
  const widened = { ...policy, allowances: { ...policy.allowances } };
  for (const { name, share } of accepted) {
    for (const key of allowanceKeys(policy)) {
      // A metric alone stands for all its operations, those with an allowance of their own too.
      const isMeant = name === nameOf(key) || name === key.metric;
      if (isMeant && share > allowanceOf(widened, key)) widened.allowances[nameOf(key)] = share;
    }
  }
  return widened;
}
