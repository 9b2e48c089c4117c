import { expect, test } from 'vitest';
import { reportRunJunit } from '../../src/report/run-junit.js';
import type { Threshold } from '../../src/result/schema.js';
import { readJunit } from '../helpers/junit.js';
import { aResult, aTrial } from '../helpers/results.js';

const threshold = (changes: Partial<Threshold>): Threshold => ({
  expression: 'go.rss>5MiB',
  figure: 'go get RSS peak',
  value: 6 * 2 ** 20,
  outcome: 'broken',
  reason: null,
  ...changes,
});

test('a test a threshold, and one for the run', () => {
  const thresholds = [
    threshold({ outcome: 'kept' }),
    threshold({}),
    threshold({ outcome: 'untrusted', reason: '<b>]]>&\n the rate' }),
  ];
  const xml = reportRunJunit({ ...aResult([aTrial()]), thresholds });
  const { counts, suites } = readJunit(xml);
  expect(counts).toMatchObject({ testcase: 4, failure: 1, error: 1 });
  expect(suites[0]).toMatchObject({ tests: '4', failures: '1', errors: '1', skipped: '0' });
  expect(xml).toContain('go.rss&gt;5MiB: go get RSS peak');
});

test('a run that was interrupted is an error', () => {
  const { counts } = readJunit(reportRunJunit({ ...aResult([aTrial()]), state: 'interrupted' }));
  expect(counts).toMatchObject({ testcase: 1, error: 1 });
});
