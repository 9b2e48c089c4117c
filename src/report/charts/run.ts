import type { RunResult } from '../../result/schema.js';
import type { Chart } from './chart.js';
import { overTimeCharts } from './over-time.js';
import { percentileChart } from './percentiles.js';
import { ratioCharts } from './ratios.js';
import { scalingCharts } from './scaling.js';
import { finished, operationsOf, sourcesOf } from './sources.js';
import { trendCharts } from './trend.js';

/**
 * The charts of one run, or of several side by side: percentiles, scaling, ratios, the course of time, and
 * of several dates their trend. What a result lacks (histograms, series) is left out.
 */
export function runCharts(results: readonly RunResult[]): Chart[] {
  const sources = sourcesOf(results);
  const operations = operationsOf(results);
  return finished([
    ...percentileCharts(results),
    ...scalingCharts(results),
    ...ratioCharts(results),
    ...operations.flatMap((operation) => trendCharts(sources, operation)),
    ...operations.flatMap((operation) => overTimeCharts(sources, operation)),
  ]);
}

/** Of every operation, what share of the requests took how long. */
export function percentileCharts(results: readonly RunResult[]): Chart[] {
  const sources = sourcesOf(results);
  return finished(operationsOf(results).map((operation) => percentileChart(sources, operation)));
}
