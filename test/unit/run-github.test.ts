import { expect, test } from 'vitest';
import { runAnnotations, runMarkdown } from '../../src/report/run-github.js';
import type { Threshold } from '../../src/result/schema.js';
import { aResult, aTrial } from '../helpers/results.js';

const threshold = (changes: Partial<Threshold>): Threshold => ({
  expression: 'go.rss>5MiB',
  figure: 'go get RSS peak',
  value: 6 * 2 ** 20,
  outcome: 'broken',
  reason: null,
  ...changes,
});
const result = (...thresholds: Threshold[]) => ({ ...aResult([aTrial()]), thresholds });

test('an annotation for each threshold that is not kept', () => {
  const kept = threshold({ outcome: 'kept' });
  const untrusted = threshold({
    outcome: 'untrusted',
    value: null,
    reason: 'the rate was 50 % off',
  });
  expect(runAnnotations(result(kept))).toBe('');
  expect(runAnnotations(result(kept, threshold({}), untrusted))).toBe(
    '::error title=kvbench run%3A threshold broken::go.rss>5MiB: go get RSS peak 6.00 MiB\n' +
      '::error title=kvbench run%3A threshold untrusted::go.rss>5MiB: go get RSS peak; the rate was 50 %25 off\n',
  );
});

test('text from outside begins no command, no markup and no line', () => {
  const evil = threshold({
    figure: 'x\n::set-env name=a::b',
    reason: '<img src=x> @all `a` </pre>',
  });
  const annotations = runAnnotations(result(evil));
  expect(annotations.match(/\n/g)).toHaveLength(1);
  expect(annotations).toMatch(/^::error /);
  const markdown = runMarkdown(result(evil));
  const list = markdown.slice(0, markdown.indexOf('<pre>'));
  expect(list).not.toMatch(/[<@]|[^\\]`/);
  expect(markdown.match(/<\/?pre>/g)).toEqual(['<pre>', '</pre>']);
});

test('the summary has the thresholds and the tables', () => {
  const markdown = runMarkdown(result(threshold({})));
  expect(markdown).toMatch(
    /^### kvbench run: rust\n\n- ❌ go\.rss&gt;5MiB: go get RSS peak 6\.00 MiB\n/,
  );
  expect(markdown).toContain('Throughput (closed loop');
  expect(runMarkdown(result())).toMatch(/^### kvbench run: rust\n\n<pre>\n/);
});
