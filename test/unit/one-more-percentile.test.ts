import { expect, test, vi } from 'vitest';
import { createHistogram } from '../../src/histogram.js';
import { latencyFigures } from '../../src/report/figures.js';
import { runKind } from '../../src/report/kinds/run.js';
import { trialSchema } from '../../src/result/schema.js';
import { latencyFrom } from '../../src/result/trial.js';
import { parseThreshold } from '../../src/stats/threshold-expression.js';
import { targetFigure } from '../../src/stats/threshold-figures.js';
import { parseSlo } from '../../src/sweep/slo.js';
import { aScript, loadScript } from '../helpers/k6.js';
import { aLatencyTrial, aResult, pairedRounds } from '../helpers/results.js';

/** A row more, before anything reads the table: nothing else of the program is changed. */
vi.mock('../../src/result/percentile-table.js', async (original) => {
  const table = await original<{ percentiles: object; percentileNames: string[] }>();
  const row = { name: 'p75', percent: 75, label: 'P75', isCompared: true };
  Object.assign(table.percentiles, { p75Ns: row });
  table.percentileNames.splice(1, 0, 'p75Ns');
  return table;
});

/** Microseconds from 1 to 1000, each once, by a factor. */
function latency(factor: number) {
  const histogram = createHistogram();
  for (let i = 1; i <= 1000; i++) histogram.recordValue(i * 1000 * factor);
  return latencyFrom(histogram);
}

const trials = pairedRounds(12, (target, round) => {
  const own = latency(target === 'rust' ? 1 : 2);
  return aLatencyTrial({ target, round, serviceTime: own, responseTime: own });
});
const result = aResult(trials, { measures: ['latency'], operations: ['get'] });
const rust = result.summary.find(({ target }) => target === 'rust');

test('is in every document, and asked for there', () => {
  const [trial] = trials;
  expect(trial?.responseTime).toHaveProperty('p75Ns');
  expect(trialSchema.safeParse(trial).error).toBeUndefined();
  const { p75Ns: _, ...without } = latency(1) as unknown as Record<string, unknown>;
  expect(trialSchema.safeParse({ ...trial, responseTime: without }).success).toBe(false);
});

test('is summarised and compared', () => {
  expect((rust?.metrics['p75Ns']?.median ?? 0) / 750_000).toBeCloseTo(1, 2);
  const found = result.comparisons.find(({ metric }) => metric === 'p75Ns');
  expect(found?.ratio.estimate).toBeCloseTo(0.5, 2);
});

test('bounds a threshold and an objective', () => {
  const expression = parseThreshold('ratio(rust/go).get.p75>1.2');
  expect(expression).toMatchObject({ metric: 'p75', bound: 1.2 });
  const figure = targetFigure({ ...expression, unit: 'ns' }, 'rust', 'get', result);
  expect(figure).toMatchObject({ name: 'rust get P75', value: rust?.metrics['p75Ns']?.median });
  expect(parseSlo('p75<5ms')).toMatchObject({ metric: 'p75Ns', limitNs: 5e6 });
});

test('is shown, exported, and asked of k6', () => {
  expect(latencyFigures([result])?.head.slice(1, 4)).toEqual(['P50', 'P75', 'P90']);
  expect(runKind.exports.csv(result).split('\n')[0]).toContain('response_time_p75_ns');
  const imported = aResult(
    [aLatencyTrial({ responseTime: { ...latency(1), histogram: null } })],
    result.config,
  );
  expect(runKind.exports.openmetrics(imported)).toContain('quantile="0.75"');
  const { options } = loadScript(aScript().script, () => ({ status: 200 }));
  expect(options).toHaveProperty('summaryTrendStats', expect.arrayContaining(['p(75)']));
});
