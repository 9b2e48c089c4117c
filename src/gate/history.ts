import { median } from '../median.js';
import { endlessRatio } from '../stats/signed-rank.js';
import { type GateMetric, isGateMetric } from './metrics.js';
import { type MetricKey, nameOf } from './policy.js';
import { pairsOf } from './rounds.js';
import type { GateResult, MetricRow } from './schema.js';

/** What saved gates of one target say of a figure. */
export interface FigureHistory {
  target: string;
  /** As `get.p50`. */
  name: string;
  metric: GateMetric;
  operation: string | null;
  gates: number;
  passed: number;
  regressions: number;
  inconclusive: number;
  /** Of ln(head / base) in a round; null: no gate has rounds of it. */
  sigma: number | null;
  /** The smallest allowance that an unchanged server would keep, as a fraction. */
  couldHold: number | null;
}

/** Rounds after which an unchanged server is to be told. */
export const heldRounds = 24;
/** Normal quantiles: of the level of a figure at that look (1.25 %), and of 19 sessions in 20. */
const [level, often] = [2.2414, 1.6449];

/** Gates with a verdict, by the time at which they were measured. */
export function inOrder(gates: readonly GateResult[]): GateResult[] {
  return gates
    .filter(({ judgement }) => judgement.verdict !== null)
    .sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
}

/** How often each gated figure decided nothing, how it varies from round to round, and what it could hold. */
export function figureHistories(gates: readonly GateResult[]): FigureHistory[] {
  const found = new Map<string, FigureHistory & { sigmas: number[] }>();
  for (const gate of gates) {
    for (const row of gate.judgement.metrics) {
      const { metric, operation, verdict } = row;
      if (!isGateMetric(metric) || row.allowance === null) continue;
      const name = nameOf({ metric, operation });
      const id = `${gate.target} ${name}`;
      const before = found.get(id) ?? {
        target: gate.target,
        name,
        metric,
        operation,
        gates: 0,
        passed: 0,
        regressions: 0,
        inconclusive: 0,
        sigma: null,
        couldHold: null,
        sigmas: [],
      };
      before.gates++;
      if (verdict === 'pass') before.passed++;
      else if (verdict === 'regression') before.regressions++;
      else before.inconclusive++;
      const sigma = sigmaOf(gate, { metric, operation });
      if (sigma !== null) before.sigmas.push(sigma);
      found.set(id, before);
    }
  }
  return [...found.values()].map(({ sigmas, ...figure }) => {
    if (sigmas.length === 0) return figure;
    const sigma = median(sigmas);
    return { ...figure, sigma, couldHold: allowanceFor(sigma) };
  });
}

/**
 * The allowance within which an unchanged server is proven to be after 24 rounds in 19 sessions of 20, if
 * rounds vary by that much: the distance that the bound keeps from the estimate, and what the estimate itself
 * may be off by.
 */
export function allowanceFor(sigma: number): number {
  return Math.expm1(((level + often) * sigma) / Math.sqrt(heldRounds));
}

/** Robust, as a wild round tells nothing of the others: 1.4826 times the median distance from the median. */
function sigmaOf(gate: GateResult, key: MetricKey): number | null {
  const logs = pairsOf(gate.rounds, key)
    .map(({ base, head }) => Math.log(head / base))
    .filter(Number.isFinite);
  if (logs.length < 5) return null;
  const middle = median(logs);
  return 1.4826 * median(logs.map((log) => Math.abs(log - middle)));
}

/** A figure that a gate has proven to have changed. */
export interface Change {
  gate: GateResult;
  row: MetricRow;
  /**
   * Times the figure was before the first of these gates, as far as each begins where the last ended. One
   * whose base or head did not answer in time has no ratio to multiply by: there it begins anew.
   */
  level: number;
}

/** What was proven to be slower or faster, in the order of time, with the level that it led to. */
export function changesOf(gates: readonly GateResult[]): Change[] {
  const levels = new Map<string, { level: number; head: string }>();
  return gates.flatMap((gate) =>
    gate.judgement.metrics.flatMap((row) => {
      const { ratio, allowance } = row;
      if (!isGateMetric(row.metric) || ratio?.low == null || ratio.high == null) return [];
      const id = `${gate.target} ${row.name}`;
      const last = levels.get(id);
      const isProven = ratio.low > 1 || ratio.high < 1;
      // What nothing proves to have changed is taken for unchanged: estimates of noise would add up.
      const change = isProven ? ratio.estimate : 1;
      const isEndless = change === 0 || change === endlessRatio;
      const follows = last && last.head === gate.base.commit && !isEndless;
      const level = (follows ? last.level : 1) * change;
      const { commit, clean } = gate.head;
      if (commit === null || clean === false || isEndless) levels.delete(id);
      else levels.set(id, { level, head: commit });
      return allowance !== null && isProven && isMuch(change, allowance)
        ? [{ gate, row, level }]
        : [];
    }),
  );
}

/** Beyond its allowance, or better by as much. */
function isMuch(change: number, allowance: number): boolean {
  const factor = 1 + allowance;
  return change > factor || change < 1 / factor;
}
