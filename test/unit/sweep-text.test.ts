import { Chalk } from 'chalk';
import { expect, test } from 'vitest';
import { known } from '../../src/report/kinds/kind.js';
import { sweepKind } from '../../src/report/kinds/sweep.js';
import { documentText } from '../../src/report/text.js';
import type { SweepResult } from '../../src/sweep/schema.js';
import { aSweepResult } from '../helpers/reports.js';

const chalk = new Chalk({ level: 0 });
const text = (changes: Partial<SweepResult> = {}) =>
  documentText(known(sweepKind, { ...aSweepResult(), ...changes }), {
    chalk,
    plot: { ascii: false },
  });

test('fits 80 columns, with the knee in its row and what was found in a sentence', () => {
  const lines = text().split('\n');
  for (const line of lines) expect([...line].length, line).toBeLessThanOrEqual(80);
  expect(lines.filter((line) => line.endsWith(' knee')).length).toBeGreaterThan(0);
  expect(text()).toContain('go keeps p99<5ms up to 32,980 requests/s');
});

test('what the generator limited is marked, and is never the knee', () => {
  const { curves } = aSweepResult();
  const limited = curves.flatMap(({ steps }) =>
    steps.filter(({ outcome }) => outcome === 'generator-limited'),
  );
  expect(limited.length).toBeGreaterThan(0);
  const rows = text()
    .split('\n')
    .filter((line) => /^ *\d/.test(line) && line.endsWith(' generator'));
  expect(rows).toHaveLength(limited.length);
  for (const row of rows) expect(row).toContain('≥');
});

test('a percentile on what had no answer is the least that it can be', () => {
  const curves = structuredClone(aSweepResult().curves);
  const step = curves[0]?.steps[0];
  if (!step?.trial.responseTime) throw new Error('no step with response times');
  Object.assign(step.trial.responseTime, { p999Ns: 1e9, atLeast: ['p999Ns', 'maxNs'] });
  expect(text({ curves })).toContain(' ≥1.00s ');
});

test('an overload is told by what was answered in it, not by its whole trial', () => {
  const [first] = aSweepResult().curves.filter(({ overload }) => overload);
  const overload = {
    ratePerSecond: 1,
    goodputPerSecond: 1,
    answeredPerSecond: 4321,
    recoveryMs: 0,
  };
  const shown = first ? text({ curves: [{ ...first, overload }] }) : '';
  expect(shown).toMatch(/ 4,321 .* overload\n/);
  expect(shown).toContain('recovers at once');
});

test('an interrupted one says so, and nothing of what it did not come to', () => {
  const [first, ...others] = aSweepResult().curves;
  const curves = first ? [{ ...first, steps: [], knee: null, capacity: null }, ...others] : [];
  const shown = text({ state: 'interrupted', curves });
  expect(shown).toContain(', interrupted\n');
  expect(shown).toContain('get: rust was not measured.\n');
});
