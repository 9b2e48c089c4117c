import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aboutFigure, gateMetrics, gatePercentiles } from '../../src/gate/metrics.js';
import {
  allowanceOf,
  defaultGatePolicy,
  gateMetricSchema,
  toGatePolicy,
} from '../../src/gate/policy.js';
import { gateRoundSchema } from '../../src/gate/rounds.js';
import { trendColumn } from '../../src/k6/thresholds.js';
import { packagePath } from '../../src/package.js';
import {
  percentileNames,
  percentiles,
  seriesPercentiles,
} from '../../src/result/percentile-table.js';
import { trialSchema } from '../../src/result/schema.js';
import { comparedMetrics } from '../../src/stats/compare.js';
import {
  aboutMetric,
  betterOf,
  labelOf,
  metricNamed,
  metricNames,
  metrics,
  namedMetrics,
} from '../../src/stats/metrics.js';
import { summarize } from '../../src/stats/summary.js';
import { parseThreshold } from '../../src/stats/threshold-expression.js';
import { sweepPolicySchema } from '../../src/sweep/schema.js';
import { parseSlo } from '../../src/sweep/slo.js';
import { aResult, aTrial } from '../helpers/results.js';

describe('the names that documents and people have of metrics', () => {
  // What is saved, and what stands in people's config files: neither is to be changed.
  test('stay as they are', () => {
    expect(Object.entries(metricNamed)).toEqual([
      ...[
        ['p50', 'p50Ns'],
        ['p90', 'p90Ns'],
        ['p99', 'p99Ns'],
        ['p999', 'p999Ns'],
      ],
      ...[
        ['max', 'maxNs'],
        ['rps', 'requestsPerSecond'],
        ['cpu', 'cpuPerRequestNs'],
      ],
      ['rss', 'rssPeakBytes'],
    ]);
    expect(comparedMetrics).toEqual({
      latency: ['p50Ns', 'p90Ns', 'p99Ns', 'cpuPerRequestNs'],
      throughput: ['requestsPerSecond', 'requestsPerCpuSecond', 'rssPeakBytes'],
    });
    expect(gateMetrics).toEqual(['p50', 'p90', 'tail', 'p99', 'cpu', 'rss', 'start', 'first']);
  });

  test('end with the unit, where it has one', () => {
    const endings = { ns: 'Ns', bytes: 'Bytes' } as const;
    for (const [name, { unit }] of Object.entries(metrics)) {
      const ending = endings[unit as keyof typeof endings] ?? 'Second';
      expect(name.endsWith(ending), name).toBe(true);
    }
  });

  test('what is no metric, as in a damaged file, stands for itself', () => {
    expect(['constructor', 'p98Ns'].map(labelOf)).toEqual(['constructor', 'p98Ns']);
    expect(betterOf('toString')).toBe('lower');
  });
});

describe('every list of metrics is that of the table', () => {
  test('latencies, bounds and series in documents', () => {
    const latency = trialSchema.shape.responseTime.unwrap().shape;
    const others = ['meanNs', 'low', 'censored', 'atLeast', 'histogram'];
    expect(Object.keys(latency).filter((key) => !others.includes(key))).toEqual(percentileNames);
    expect(Object.keys(latency.low.unwrap().shape)).toEqual(percentileNames);
    expect(latency.atLeast.element.options).toEqual(percentileNames);
    const series = Object.keys(trialSchema.shape.series.unwrap().shape);
    expect(series.filter((key) => Object.hasOwn(percentiles, key))).toEqual(seriesPercentiles);
  });

  test('the summary of rounds', () => {
    const [entry] = summarize(aResult([aTrial()]));
    expect(Object.keys(entry?.metrics ?? {})).toEqual(metricNames);
  });

  test('thresholds: all have a unit, and those that are compared a ratio', () => {
    const bounds = { ns: '5ms', bytes: '5MiB', perSecond: '5' } as const;
    for (const name of namedMetrics) {
      const { unit, isCompared = false } = aboutMetric(metricNamed[name]);
      const expression = `get.${name}>${bounds[unit as keyof typeof bounds]}`;
      expect(parseThreshold(expression)).toMatchObject({ metric: name, unit });
      const ratio = () => parseThreshold(`ratio(rust/go).${name}>1.5`);
      if (isCompared) expect(ratio()).toMatchObject({ metric: name, unit: 'ratio' });
      else expect(ratio).toThrow(/should be one of/);
    }
    expect(() => parseThreshold('get.median>5ms')).toThrow(
      `a metric of ${namedMetrics.join(', ')} or errors`,
    );
  });

  test('objectives of a sweep', () => {
    const slo = sweepPolicySchema.shape.slo.shape.metric.options;
    expect(slo).toEqual(percentileNames);
    const read = percentileNames.map((field) => parseSlo(`${percentiles[field].name}<5ms`).metric);
    expect(read).toEqual(percentileNames);
  });

  test('columns of k6', () => {
    const columns = percentileNames.map(trendColumn);
    expect(columns).toEqual(['p(50)', 'p(90)', 'p(99)', 'p(99.9)', 'max']);
  });

  test('figures of the gate: policy, allowances and what a round holds', () => {
    expect(gateMetricSchema.options).toEqual(gateMetrics);
    expect(Object.keys(defaultGatePolicy.allowances)).toEqual(gateMetrics);
    expect(toGatePolicy({ metrics: [...gateMetrics] }).metrics).toEqual(gateMetrics);
    const server = gateRoundSchema.shape.head.shape;
    const operation = server.operations.valueType.shape;
    for (const metric of gateMetrics) {
      const { of, field, allowance } = aboutFigure(metric);
      expect(Object.keys(of === 'server' ? server : operation)).toContain(field);
      expect(
        allowanceOf({ ...defaultGatePolicy, allowances: {} }, { metric, operation: null }),
      ).toBe(allowance);
    }
    for (const field of gatePercentiles) {
      const { name, label, percent } = percentiles[field];
      expect(aboutFigure(name)).toMatchObject({ field, label, percent });
    }
  });
});

// P99.9 is a row, and one of the costs beside a collection; P90 is also one that the gate has, and that k6 calls in two ways.
test.each([
  ['p999', ['costs/figures.ts', 'costs/parts/collector.ts', 'result/percentile-table.ts']],
  ['p90', ['gate/metrics.ts', 'gate/policy.ts', 'k6/summary.ts', 'result/percentile-table.ts']],
])('%s is spelt where it is decided about alone', (name, files) => {
  const root = packagePath('src');
  const spelt = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => readFileSync(join(root, file), 'utf8').includes(name));
  expect(spelt.sort()).toEqual(files);
});
