import { gateExitCode } from '../../gate/judge.js';
import type { GateResult, MetricRow } from '../../gate/schema.js';
import { oneLine } from '../format.js';
import { escapeXml, xmlAttributes } from '../xml.js';
import { nextSteps } from './next.js';
import { asideSentences, openSentences, verdictSentence } from './sentence.js';
import { labelOf, ratioTexts } from './words.js';

/**
 * The verdict in the form of JUnit that both Ant's schema and Jenkins's take: a test a gated figure,
 * and one for the session as a whole, which fails where the exit code is not 0.
 */
export function reportGateJunit(...results: readonly GateResult[]): string {
  const suites = results.flatMap((result, index) => suiteOf(result, index));
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...suites,
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function suiteOf(result: GateResult, index: number): string[] {
  const { metrics } = result.judgement;
  const cases = [
    ...metrics
      .filter(({ allowance }) => allowance !== null)
      .map((row) => ({ name: labelOf(row), outcome: outcomeOf(row, result) })),
    { name: 'verdict', outcome: sessionOutcome(result) },
  ];
  const count = (kind: Outcome['kind']) => cases.filter((c) => c.outcome.kind === kind).length;
  const seconds = result.rounds.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0) / 1000;
  const classname = `kvbench.gate.${oneLine(result.target)}`;
  const suite = xmlAttributes({
    id: String(index),
    package: 'kvbench',
    name: classname,
    hostname: 'localhost',
    timestamp: result.startedAt.slice(0, 19),
    time: seconds.toFixed(3),
    tests: String(cases.length),
    failures: String(count('failure')),
    errors: String(count('error')),
    skipped: String(count('skipped')),
  });
  const properties = { base: result.base.label, head: result.head.label, seed: `${result.seed}` };
  const told = [verdictSentence(result), ...asideSentences(result), ...nextSteps(result)];
  return [
    `  <testsuite${suite}>`,
    '    <properties>',
    ...Object.entries(properties).map(
      ([name, value]) => `      <property${xmlAttributes({ name, value })}/>`,
    ),
    '    </properties>',
    ...cases.map(({ name, outcome }) => `    ${testCase({ name, classname }, outcome)}`),
    `    <system-out>${escapeXml(told.join('\n'))}</system-out>`,
    '    <system-err></system-err>',
    '  </testsuite>',
  ];
}

interface Outcome {
  kind: 'passed' | 'failure' | 'error' | 'skipped';
  message: string;
}

function testCase(names: { name: string; classname: string }, { kind, message }: Outcome): string {
  const open = `<testcase${xmlAttributes({ ...names, time: '0' })}`;
  if (kind === 'passed') return `${open}/>`;
  const type = kind === 'skipped' ? {} : { type: kind === 'failure' ? 'regression' : 'untrusted' };
  return `${open}><${kind}${xmlAttributes({ message, ...type })}/></testcase>`;
}

function outcomeOf(row: MetricRow, result: GateResult): Outcome {
  const { estimate, interval } = ratioTexts(row);
  if (row.verdict === 'pass') return { kind: 'passed', message: '' };
  if (row.verdict === 'regression') {
    return {
      kind: 'failure',
      message: `${labelOf(row)} is ${estimate} that of base (${interval})`,
    };
  }
  const open = openSentences(result).find((text) => text.startsWith(`${labelOf(row)}:`));
  return { kind: 'skipped', message: open ?? `${labelOf(row)}: not decided` };
}

function sessionOutcome(result: GateResult): Outcome {
  const { verdict } = result.judgement;
  const message = [verdictSentence(result), ...nextSteps(result)].join(' ');
  if (!verdict) return { kind: 'error', message };
  if (verdict.outcome === 'pass') return { kind: 'passed', message };
  if (verdict.outcome === 'regression') return { kind: 'failure', message };
  const passes = gateExitCode(verdict, result.policy) === 0;
  return { kind: passes ? 'skipped' : 'error', message };
}
