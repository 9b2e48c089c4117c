import { expect, test, vi } from 'vitest';
import { createHistogram } from '../../src/histogram.js';
import { comparisonFigures } from '../../src/report/comparison.js';
import { runKind } from '../../src/report/kinds/run.js';
import { resultSchema, type Trial } from '../../src/result/schema.js';
import { latencyFrom } from '../../src/result/trial.js';
import { compareResults } from '../../src/stats/compare-results.js';
import { parseThreshold } from '../../src/stats/threshold-expression.js';
import { evaluateThresholds } from '../../src/stats/thresholds.js';
import { aLatencyTrial, aResult, pairedRounds } from '../helpers/results.js';

/** A metric that trials do not keep, but that can be read off what they do: a row of the table. */
vi.mock('../../src/stats/metrics.js', async (original) => {
  const table = await original<{
    metrics: object;
    metricNames: string[];
    metricNamed: object;
    namedMetrics: string[];
  }>();
  const { decodeHistogram } = await import('../../src/histogram.js');
  const { rankOf, valueAtRank } = await import('../../src/result/percentiles.js');
  const p75 = {
    name: 'p75',
    label: 'P75',
    unit: 'ns',
    better: 'lower',
    measure: 'latency',
    isCompared: true,
    of({ responseTime }: Trial) {
      if (!responseTime?.histogram) return null;
      const histogram = decodeHistogram(responseTime.histogram);
      return valueAtRank(histogram, rankOf(0.75, histogram.totalCount));
    },
  };
  Object.assign(table.metrics, { p75Ns: p75 });
  table.metricNames.push('p75Ns');
  Object.assign(table.metricNamed, { p75: 'p75Ns' });
  table.namedMetrics.push('p75');
  return table;
});

/** Microseconds from 1 to 1000, each once, by a factor. */
function latency(factor: number) {
  const histogram = createHistogram();
  for (let i = 1; i <= 1000; i++) histogram.recordValue(i * 1000 * factor);
  return latencyFrom(histogram);
}

const result = aResult(
  pairedRounds(12, (target, round) =>
    aLatencyTrial({ target, round, responseTime: latency(target === 'rust' ? 1 : 2) }),
  ),
  { measures: ['latency'], operations: ['get'] },
);

test('is summarised and compared, in documents as they are', () => {
  const { summary, comparisons } = result;
  const median = summary.find(({ target }) => target === 'rust')?.metrics['p75Ns']?.median ?? 0;
  expect(median / 750_000).toBeCloseTo(1, 2);
  const found = comparisons.find(({ metric }) => metric === 'p75Ns');
  expect(found?.ratio.estimate).toBeCloseTo(0.5, 2);
  expect(resultSchema.safeParse(result).error).toBeUndefined();
});

test.each([
  ['rust.get.p75<500us', { figure: 'rust get P75', outcome: 'kept' }],
  ['go.get.p75>1ms', { figure: 'go get P75', outcome: 'broken' }],
  ['ratio(rust/go).get.p75>0.6', { figure: 'rust/go get P75', outcome: 'kept' }],
])('bounds a threshold: %s', (expression, threshold) => {
  expect(evaluateThresholds([parseThreshold(expression)], result)).toMatchObject([threshold]);
});

test('is shown, exported, and held against another run', () => {
  expect(comparisonFigures(result)[0]?.rows.map(([label]) => label)).toContain('P75');
  expect(runKind.exports.openmetrics(result)).toMatch(/^kvbench_ratio\{.*"p75Ns"\} 0\.\d+$/m);
  const [row] = compareResults(result, result).rows;
  expect(row?.figures.map(({ metric }) => metric)).toContain('p75Ns');
});
