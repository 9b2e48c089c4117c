import * as z from 'zod';
import { plural } from '../plural.js';
import { byPercentile } from '../result/percentile-table.js';
import { rankOf } from '../result/percentiles.js';
import { trialSchema } from '../result/schema.js';
import { gateFigures, gatePercentiles, requestsTaken } from './metrics.js';
import type { GatePolicy, MetricKey } from './policy.js';

const count = z.int().min(0);
const amount = z.number().min(0);

export const armSchema = z.enum(['base', 'head']);
export type Arm = z.infer<typeof armSchema>;

const armRoundSchema = z.strictObject({
  rssPeakBytes: amount.nullable().describe('of the process, at its end; null: unknown'),
  startNs: amount
    .nullable()
    .optional()
    .describe('from the start of the process until it was ready'),
  firstKeysNs: amount.nullable().optional().describe('a key of those that were stored first'),
  operations: z.record(
    z.string(),
    z.strictObject({
      answered: count.describe('right answers: status and every byte'),
      errors: count.describe('of every kind but unfinished, lost writes included'),
      unfinished: count.describe(
        'that timed out, or found no free connection in time: infinitely long in every percentile',
      ),
      heldUp: z
        .boolean()
        .optional()
        .describe('whether the generator stood still for as long as the shortest of them waited'),
      firstError: z.string().nullable(),
      ...byPercentile(gatePercentiles, () => amount.nullable()),
      p50Ns: amount.nullable().describe('of all response times of the round; null without any'),
      tailNs: amount
        .nullable()
        .optional()
        .describe('mean of the times from P90 to P99; missing in documents from before it'),
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
  noise: trialSchema.shape.noise,
  base: armRoundSchema,
  head: armRoundSchema,
});

export type GateRound = z.infer<typeof gateRoundSchema>;

/** How many requests of an operation each arm of a round was to answer: the fewer of the two. */
export function requestsIn(round: GateRound, operation: string): number {
  const asked = armSchema.options.map((arm) => {
    const figures = figuresOf(round, arm, operation);
    return figures ? figures.answered + figures.unfinished : 0;
  });
  return Math.min(...asked);
}

/** What an arm did in an operation; undefined without it. */
function figuresOf(round: GateRound, arm: Arm, operation: string | null) {
  const { operations } = round[arm];
  if (operation === null || !Object.hasOwn(operations, operation)) return undefined;
  return operations[operation];
}

/**
 * One figure of one arm in a round, in ns or bytes: infinite where the rank of a percentile falls on a
 * request that was never answered; null if it was not measured, or of too few requests.
 */
function figureOf(round: GateRound, arm: Arm, { metric, operation }: MetricKey): number | null {
  const about = gateFigures[metric];
  if (about.of === 'server') return round[arm][about.field] ?? null;
  const figures = figuresOf(round, arm, operation);
  if (!figures) return null;
  const value = figures[about.field] ?? null;
  if (!('percent' in about)) return value;
  const { answered, unfinished } = figures;
  if (answered + unfinished < requestsTaken(metric)) return null;
  const rank = rankOf(about.percent / 100, answered + unfinished);
  return rank > answered ? Number.POSITIVE_INFINITY : value;
}

/**
 * The pairs of a figure that both arms have, round by round. A zero has no ratio, and is none; nor
 * have two that are infinite. Of CPU there are none if it is unknown in some rounds: those are the
 * rounds in which much ended, or little was used, and the others would be a choice by outcome.
 */
export function pairsOf(rounds: readonly GateRound[], key: MetricKey) {
  if (key.metric === 'cpu' && rounds.some((round) => hasUnknownCpu(round, key.operation)))
    return [];
  return rounds.flatMap((round) => {
    const base = figureOf(round, 'base', key);
    const head = figureOf(round, 'head', key);
    const isPair = base && head && (Number.isFinite(base) || Number.isFinite(head));
    return isPair ? [{ base, head }] : [];
  });
}

function hasUnknownCpu(round: GateRound, operation: string | null): boolean {
  return armSchema.options.some((arm) => {
    const figures = figuresOf(round, arm, operation);
    return figures && figures.answered > 0 && figures.cpuPerRequestNs === null;
  });
}

/** Whether a round has all that was asked of it: a confirmation measures some operations only. */
export function hasOperations(round: GateRound, operations: readonly string[]): boolean {
  const has = (arm: Arm, name: string) => Object.hasOwn(round[arm].operations, name);
  return operations.every((name) => has('base', name) && has('head', name));
}

/**
 * Whether a round is left out: for noise above the policy's limits, which both arms have in common,
 * or because something stalled both arms so long that requests of either were never answered, or the
 * generator stood still as long. What one arm alone could not answer is a fact about that arm, and
 * the round stays: dropped, a head that can't keep the rate would never be measured.
 */
export function isUnfit(round: GateRound, policy: GatePolicy): boolean {
  const above = (share: number, limit: number | null) => limit !== null && share > limit;
  const { noise } = round;
  const stalled = isStalled(round);
  if (stalled || !noise) return stalled;
  return (
    above(noise.stealShare, policy.maxStealShare) || above(noise.othersShare, policy.maxOthersShare)
  );
}

/** Whether both arms, or the generator, stalled so long that requests were not answered in time. */
export function isStalled(round: GateRound): boolean {
  const unanswered = armSchema.options.map((arm) =>
    Object.values(round[arm].operations).filter(({ unfinished }) => unfinished > 0),
  );
  return (
    unanswered.every(({ length }) => length > 0) ||
    unanswered.flat().some(({ heldUp }) => heldUp === true)
  );
}

/** What was wrong in a round, in words; null if every answer was right. */
export function faultOf(round: GateRound): string | null {
  for (const arm of armSchema.options) {
    for (const [operation, { errors, firstError, answered, unfinished }] of Object.entries(
      round[arm].operations,
    )) {
      const where = `${arm} ${operation} in round ${round.number}`;
      if (errors > 0) {
        const first = firstError === null ? '' : `; the first: ${firstError}`;
        return `${plural(errors, 'wrong or missing answer')} from ${where}${first}`;
      }
      if (answered === 0 && unfinished === 0) return `no answers from ${where}`;
    }
  }
  return null;
}
