import { Chalk } from 'chalk';
import { expect, test } from 'vitest';
import { comparisonSentence, reportText } from '../../src/report/text.js';
import { noErrors } from '../../src/result/schema.js';
import { aResult, aTrial, trialWithCost } from '../helpers/results.js';

const plain = new Chalk({ level: 0 });
const comparison = (median: number, min: number, max: number) =>
  comparisonSentence({
    operation: 'get',
    metric: 'requestsPerCpuSecond',
    target: 'rust',
    reference: 'go',
    ratio: { median, min, max },
  });

test('the better one is the subject of the sentence', () => {
  expect(comparison(1.31, 1.27, 1.36)).toBe(
    'GET: rust answers 1.31× as many requests per CPU-second as go\n     (1.27× to 1.36× from round to round).',
  );
  expect(comparison(0.5, 0.4, 0.8)).toBe(
    'GET: go answers 2.00× as many requests per CPU-second as rust\n     (1.25× to 2.50× from round to round).',
  );
});

test('nobody is ranked when the rounds do not agree on who is better', () => {
  expect(comparison(1.02, 0.97, 1.04)).toContain('no clear difference between rust and go');
});

/** Figures as wide as they get: three digits and a spread everywhere. */
function wideResult() {
  const trials = [1, 2, 3].flatMap((round) =>
    ['rust', 'go'].flatMap((target) =>
      (['get', 'post'] as const).map((operation) => {
        const trial = trialWithCost({ round, target, operation }, 1_234_567 * round);
        return {
          ...trial,
          requestsPerSecond: 1_234_567 * round,
          limitedBy: 'generator' as const,
          requests: {
            planned: 9_999_999,
            answered: 1,
            errors: { ...noErrors(), status: 1_234_567 },
          },
          serviceTime: trial.serviceTime && {
            ...trial.serviceTime,
            p50Ns: 123_456 * round,
            p90Ns: 123_456,
            p99Ns: 123_456 * round,
            p999Ns: 123_456_789,
            maxNs: 123_456_789,
          },
        };
      }),
    ),
  );
  return aResult(trials);
}

test('tables fit 80 columns, even with the widest figures', () => {
  const text = reportText({ ...wideResult(), warnings: [] }, plain);
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
});

test('without colour there is no escape code, with colour there is', () => {
  expect(reportText(aResult([aTrial()]), plain)).not.toContain('\u001b');
  expect(reportText(aResult([aTrial()]), new Chalk({ level: 1 }))).toContain('\u001b[');
});

test('a throughput that the generator limited is a lower bound, in most rounds or none', () => {
  const limited = (by: ('server' | 'generator')[]) =>
    reportText(aResult(by.map((limitedBy, i) => aTrial({ round: i + 1, limitedBy }))), plain);
  expect(limited(['generator', 'server', 'generator'])).toMatch(/rust +get +≥500/);
  expect(limited(['generator', 'server', 'generator'])).toContain('could do more');
  expect(limited(['server', 'server', 'generator'])).not.toContain('≥');
});

test('what could not be read says n/a', () => {
  const text = reportText(aResult([aTrial({ server: null })]), plain);
  expect(text).toContain('n/a');
  expect(text).toContain('warning: CPU and memory');
});

test('a run that was cut off says so', () => {
  const text = reportText({ ...aResult([aTrial()]), state: 'interrupted' }, plain);
  expect(text).toContain('interrupted after 1 of 20 trials');
});

test("a server's words can't reach the terminal as commands", () => {
  const errors = { ...noErrors(), status: 1 };
  const trial = aTrial({
    firstError: 'status \u001b[2J',
    requests: { planned: 2, answered: 1, errors },
  });
  const text = reportText(aResult([trial]), plain);
  expect(text).toContain('\\x1b[2J');
  expect(text).not.toContain('\u001b');
});
