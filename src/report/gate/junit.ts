import { gateExitCode } from '../../gate/judge.js';
import type { GateResult, MetricRow } from '../../gate/schema.js';
import { oneLine } from '../format.js';
import { type JunitOutcome, type JunitSuite, junitText } from '../junit.js';
import { nextSteps } from './next.js';
import { asideSentences, openSentences, verdictSentence } from './sentence.js';
import { labelOf, ratioTexts } from './words.js';

/**
 * The verdict as JUnit: a test a gated figure, and one for the session as a whole, which fails where the
 * exit code is not 0.
 */
export function reportGateJunit(...results: readonly GateResult[]): string {
  return junitText(results.map(suiteOf));
}

function suiteOf(result: GateResult): JunitSuite {
  const { metrics } = result.judgement;
  return {
    name: `kvbench.gate.${oneLine(result.target)}`,
    startedAt: result.startedAt,
    seconds: result.rounds.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0) / 1000,
    properties: { base: result.base.label, head: result.head.label, seed: `${result.seed}` },
    cases: [
      ...metrics
        .filter(({ allowance }) => allowance !== null)
        .map((row) => ({ name: labelOf(row), outcome: outcomeOf(row, result) })),
      { name: 'verdict', outcome: sessionOutcome(result) },
    ],
    told: [verdictSentence(result), ...asideSentences(result), ...nextSteps(result)],
  };
}

function outcomeOf(row: MetricRow, result: GateResult): JunitOutcome {
  const { estimate, interval } = ratioTexts(row);
  if (row.verdict === 'pass') return { kind: 'passed', message: '' };
  if (row.verdict === 'regression') {
    return {
      kind: 'failure',
      message: `${labelOf(row)} is ${estimate} that of base (${interval})`,
    };
  }
  if (row.verdict === 'unmeasured') {
    return { kind: 'skipped', message: `${labelOf(row)}: not measured` };
  }
  const open = openSentences(result).find((text) => text.startsWith(`${labelOf(row)}:`));
  return { kind: 'skipped', message: open ?? `${labelOf(row)}: not decided` };
}

function sessionOutcome(result: GateResult): JunitOutcome {
  const { verdict } = result.judgement;
  const message = [verdictSentence(result), ...nextSteps(result)].join(' ');
  if (!verdict) return { kind: 'error', message };
  if (verdict.outcome === 'pass') return { kind: 'passed', message };
  if (verdict.outcome === 'regression') return { kind: 'failure', message };
  const passes = gateExitCode(verdict, result.policy) === 0;
  return { kind: passes ? 'skipped' : 'error', message };
}
