import { z } from 'zod';
import { noiseSchema } from '../result/schema.js';
import type { GatePolicy, MetricKey } from './policy.js';

const count = z.int().min(0);
const amount = z.number().min(0);

export const armSchema = z.enum(['base', 'head']);
export type Arm = z.infer<typeof armSchema>;

const armRoundSchema = z.strictObject({
  rssPeakBytes: amount.nullable().describe('of the process, at its end; null: unknown'),
  operations: z.record(
    z.string(),
    z.strictObject({
      answered: count.describe('right answers: status and every byte'),
      errors: count.describe('of every kind but unfinished, lost writes included'),
      unfinished: count.describe('that found no free connection in time: something had stalled'),
      firstError: z.string().nullable(),
      p50Ns: amount.nullable().describe('of all response times of the round; null without any'),
      p90Ns: amount.nullable(),
      p99Ns: amount.nullable(),
      cpuPerRequestNs: amount.nullable().describe('of the server; null: unknown'),
    }),
  ),
});

/** Both builds, started afresh and loaded at the same time, once: the unit of inference. */
export const gateRoundSchema = z.strictObject({
  number: count.min(1),
  startedAt: z.iso.datetime(),
  elapsedMs: amount.describe('that the round took out of the time budget'),
  firstStarted: armSchema.describe('by a fair coin'),
  noise: noiseSchema,
  base: armRoundSchema,
  head: armRoundSchema,
});

export type GateRound = z.infer<typeof gateRoundSchema>;

/** One figure of one arm in a round, in ns or bytes; null if it was not measured. */
function figureOf(round: GateRound, arm: Arm, { metric, operation }: MetricKey) {
  if (metric === 'rss') return round[arm].rssPeakBytes;
  const { operations } = round[arm];
  const figures = Object.hasOwn(operations, operation ?? '') && operations[operation ?? ''];
  if (!figures) return null;
  return metric === 'cpu' ? figures.cpuPerRequestNs : figures[`${metric}Ns`];
}

/** The pairs of a figure that both arms have, round by round. A zero has no ratio, and is none. */
export function pairsOf(rounds: readonly GateRound[], key: MetricKey) {
  return rounds.flatMap((round) => {
    const base = figureOf(round, 'base', key);
    const head = figureOf(round, 'head', key);
    return base && head ? [{ base, head }] : [];
  });
}

/** Whether a round has all that was asked of it: a confirmation measures some operations only. */
export function hasOperations(round: GateRound, operations: readonly string[]): boolean {
  const has = (arm: Arm, name: string) => Object.hasOwn(round[arm].operations, name);
  return operations.every((name) => has('base', name) && has('head', name));
}

/**
 * Whether a round is left out: for noise above the policy's limits, which both arms have in common,
 * or because the machine stalled so long that requests of either arm were never sent. That is no
 * wrong answer, and nothing to compare; nobody looks at whose requests they were.
 */
export function isUnfit(round: GateRound, policy: GatePolicy): boolean {
  const above = (share: number, limit: number | null) => limit !== null && share > limit;
  const { noise } = round;
  const stalled = armSchema.options.some((arm) =>
    Object.values(round[arm].operations).some(({ unfinished }) => unfinished > 0),
  );
  if (stalled || !noise) return stalled;
  return (
    above(noise.stealShare, policy.maxStealShare) || above(noise.othersShare, policy.maxOthersShare)
  );
}

/** What was wrong in a round, in words; null if every answer was right. */
export function faultOf(round: GateRound): string | null {
  for (const arm of armSchema.options) {
    for (const [operation, { errors, firstError, answered }] of Object.entries(
      round[arm].operations,
    )) {
      const where = `${arm} ${operation} in round ${round.number}`;
      if (errors > 0) {
        const first = firstError === null ? '' : `; the first: ${firstError}`;
        return `${errors} wrong or missing answers from ${where}${first}`;
      }
      if (answered === 0) return `no answers from ${where}`;
    }
  }
  return null;
}
