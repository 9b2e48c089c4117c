import { expect, test } from 'vitest';
import { readResult } from '../../src/api/documents.js';
import { packagePath } from '../../src/package.js';
import { known } from '../../src/report/kinds/kind.js';
import { runKind } from '../../src/report/kinds/run.js';
import { summaryMarkdown } from '../../src/report/markdown.js';
import { runAnnotations } from '../../src/report/run-github.js';
import type { RunResult, Threshold } from '../../src/result/schema.js';
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
const summary = (run: RunResult) => summaryMarkdown(known(runKind, run));

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
  const markdown = summary(result(evil));
  const tags = markdown.match(/<[^>]*>/g);
  expect(tags).toEqual(['<details>', '<summary>', '</summary>', '</details>']);
  expect(markdown).not.toMatch(/@|[^\\]`/);
  expect(markdown.split('\n').filter((line) => line.startsWith('::'))).toEqual([]);
});

test('the summary has thresholds first, then the tables, and where they come from folded up', () => {
  const markdown = summary(result(threshold({ outcome: 'kept' }), threshold({})));
  const places = [
    '### kvbench run: rust\n\n- ✅ **kept**: go.rss&gt;5MiB: go get RSS peak 6.00 MiB\n- ❌ **broken**: ',
    '16 connections',
    '**Throughput** (closed loop',
    '| rust | ',
    '<details><summary>How it was measured</summary>',
    '    kvbench run ',
  ].map((words) => markdown.indexOf(words));
  expect(places[0]).toBe(0);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test('the summary of a recorded run is what it was', async () => {
  const run = await readResult(packagePath('fixtures/results/run.json'));
  const golden = packagePath('fixtures/results/golden/run.summary.md');
  await expect(summary(run)).toMatchFileSnapshot(golden);
});
