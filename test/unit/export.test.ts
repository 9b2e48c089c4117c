import { readFileSync } from 'node:fs';
import { HistogramLogReader } from 'hdr-histogram-js';
import { describe, expect, test } from 'vitest';
import { gateResultSchema } from '../../src/gate/schema.js';
import { createHistogram, decodeHistogram } from '../../src/histogram.js';
import { gateKind } from '../../src/report/kinds/gate.js';
import { type KnownDocument, known } from '../../src/report/kinds/kind.js';
import { runKind } from '../../src/report/kinds/run.js';
import { sweepKind } from '../../src/report/kinds/sweep.js';
import type { Latency, RunResult, Trial } from '../../src/result/schema.js';
import { readCsv, readRecords } from '../helpers/csv.js';
import { readOpenMetrics } from '../helpers/openmetrics.js';
import { aSeries, aSeriesResult, aSweepResult } from '../helpers/reports.js';
import { aLatencyTrial, aResult, aTrial, failing } from '../helpers/results.js';

const exportCsv = ({ kind, result }: KnownDocument) => kind.exports.csv(result);
const exportSeriesCsv = ({ kind, result }: KnownDocument) => kind.exports.series(result);
const exportHlog = ({ kind, result }: KnownDocument) => kind.exports.hlog(result);
const exportOpenMetrics = ({ kind, result }: KnownDocument) => kind.exports.openmetrics(result);
const run = (result: RunResult) => known(runKind, result);
const sweep = () => known(sweepKind, aSweepResult());
const result = aSeriesResult({ rounds: 2 });

/** As k6 tells it: percentiles, and no histogram. */
function withoutHistograms(trial: Trial): Trial {
  const strip = (latency: Latency | null) => latency && { ...latency, histogram: null };
  return {
    ...trial,
    serviceTime: strip(trial.serviceTime),
    responseTime: strip(trial.responseTime),
  };
}

function imported(...trials: Trial[]): KnownDocument {
  const importedFrom = { tool: 'k6', version: '1.8.1' };
  return run({ ...aResult(trials.map(withoutHistograms)), importedFrom });
}

describe('a log of HdrHistogram', () => {
  const linesOf = (text: string) => text.split('\n').filter((line) => line.startsWith('Tag='));

  test('has the head that readers look for', () => {
    const [, version, start, base, legend] = exportHlog(run(result)).split('\n');
    expect(version).toBe('#[Histogram log format version 1.3]');
    const seconds = (Date.parse(result.startedAt) / 1000).toFixed(3);
    expect(start).toBe(`#[StartTime: ${seconds} (seconds since epoch), ${result.startedAt}]`);
    expect(base).toBe(`#[BaseTime: ${seconds} (seconds since epoch)]`);
    expect(legend).toMatch(/^"StartTimestamp","Interval_Length",/);
  });

  test('is read again, tag by tag', () => {
    const text = exportHlog(run(result));
    const reader = new HistogramLogReader(text);
    const counts: Record<string, number> = {};
    for (;;) {
      const histogram = reader.nextIntervalHistogram();
      if (!histogram) break;
      counts[histogram.tag] = (counts[histogram.tag] ?? 0) + histogram.totalCount;
    }
    // Two targets, two operations: response and service in the open loop, service in the closed.
    expect(Object.keys(counts)).toHaveLength(12);
    expect(counts['go.post.latency.response']).toBe(2 * 2000);
  });

  test('is in the order of time, in seconds from the start, with ms for the largest', () => {
    const early = aTrial({ startedAt: '2026-01-02T03:04:06.500Z', windowMs: 250 });
    const late = aTrial({ startedAt: '2026-01-02T03:04:09.000Z', target: 'go' });
    const lines = linesOf(exportHlog(run(aResult([late, early]))));
    expect(lines[0]).toMatch(/^Tag=rust\.get\.throughput\.service,1\.500,0\.250,1\.000,HIST/);
    expect(lines[1]).toMatch(/^Tag=go\.get\.throughput\.service,4\.000,2\.000,/);
  });

  test.each([
    ['go#2', 'get', 'go#2.get.'],
    ['go', 'get:95,post:5', 'go.get:95+post:5.'],
    ['a.b', 'get', 'a%2Eb.get.'],
    ['a', 'b+c', 'a.b%2Bc.'],
    ['a,b\nTag=c d\u001b', 'get', 'a+b%0ATag%3Dc%20d%1B.get.'],
    ['\ud800', 'get', '%EF%BF%BD.get.'],
  ])('target %j and operation %j make a tag of their own', (target, operation, tag) => {
    const trial = aTrial({ target, operation });
    const [line] = linesOf(exportHlog(run({ ...result, trials: [trial] })));
    expect(line?.startsWith(`Tag=${tag}throughput.service,`)).toBe(true);
  });

  test('a sweep has a tag for each level', () => {
    const lines = linesOf(exportHlog(sweep()));
    expect(lines.some((line) => line.startsWith('Tag=go.get.rate-4000.response,'))).toBe(true);
  });

  test('what has no histograms is refused, in words', () => {
    expect(() => exportHlog(imported(aTrial()))).toThrow(/imported from k6/);
    const silent = { ...aTrial(), serviceTime: null };
    expect(() => exportHlog(run(aResult([silent])))).toThrow(/nothing was answered/);
    const damaged = { ...aTrial().serviceTime, histogram: 'HISTFAAA' } as Latency;
    const document = run(aResult([aTrial({ serviceTime: damaged })]));
    expect(() => exportHlog(document)).toThrow(/rust.get.throughput.service is damaged/);
  });

  test('an encoding that other readers would not bear is written anew', () => {
    const latency = aTrial().serviceTime as Latency;
    const stored = latency.histogram ?? '';
    const urlSafe = stored.replaceAll('/', '_').replaceAll('+', '-');
    expect(urlSafe).not.toBe(stored);
    const trial = aTrial({ serviceTime: { ...latency, histogram: urlSafe } });
    expect(linesOf(exportHlog(run(aResult([trial]))))[0]?.endsWith(`,${stored}`)).toBe(true);
  });
});

describe('CSV', () => {
  test('has every figure of every trial', () => {
    const records = readRecords(exportCsv(run(result)));
    expect(records).toHaveLength(result.trials.length);
    const [trial] = result.trials;
    expect(records[0]).toMatchObject({
      round: '1',
      target: 'rust',
      started_at: trial?.startedAt,
      requests_planned: String(trial?.requests.planned),
      requests_errors_timeout: '0',
      requests_by_name_get: String(trial?.requests.byName['get']),
      response_time_p99_ns: String(trial?.responseTime?.p99Ns),
      server_rss_peak_bytes: String(trial?.server?.rssPeakBytes),
      runtime_go_gc_cycles: '',
      limited_by: 'neither',
    });
  });

  test('has the same columns whatever a result lacks', () => {
    const head = (document: KnownDocument) => readCsv(exportCsv(document))[0];
    const bare = { ...aTrial(), server: null, generator: null, noise: null, series: null };
    expect(head(run(aResult([bare])))).toEqual(head(run(aResult([aTrial(), aLatencyTrial()]))));
    expect(head(imported(aTrial()))).toEqual(head(run(aResult([aTrial()]))));
    expect(head(run(result))?.filter((name) => /histogram|series/.test(name))).toEqual([]);
    expect(new Set(head(run(result))).size).toBe(head(run(result))?.length);
  });

  test('has a row for each step of a sweep', () => {
    const records = readRecords(exportCsv(sweep()));
    const { curves } = aSweepResult();
    expect(records).toHaveLength(curves.flatMap(({ steps }) => steps).length);
    expect(records[0]).toMatchObject({
      step: '1',
      step_purpose: 'ladder',
      step_rate_per_second: '4000',
      step_connections: '',
      step_outcome: 'kept',
      step_reason: '',
      target: 'rust',
    });
  });

  test.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['＝1', "'＝1"],
    ['a "b", c', 'a "b", c'],
    ['two\nlines', 'two\nlines'],
    ['\u001b[31m', '\\x1b[31m'],
    ['plain=1', 'plain=1'],
  ])('%j is text, and no formula', (firstError, cell) => {
    const text = exportCsv(run(aResult([aTrial({ firstError })])));
    expect(readRecords(text)[0]?.['first_error']).toBe(cell);
  });

  test('has a row for each interval and target', () => {
    const series = { ...aSeries({ intervals: 3, hasGc: false, stallAt: 1 }) };
    const pauses = [
      { atMs: 110, durationNs: 5 },
      { atMs: 120, durationNs: 6 },
      { atMs: 900, durationNs: 7 },
    ];
    const trial = aTrial({ series: { ...series, gcPauses: pauses } });
    const records = readRecords(exportSeriesCsv(run(aResult([trial, aTrial({ series })]))));
    expect(records).toHaveLength(6);
    expect(records[1]).toMatchObject({
      target: 'rust',
      start_ms: '100',
      interval_ms: '100',
      answered: '0',
      p99_ns: '',
      gc_pauses: '2',
      gc_pause_ns: '11',
    });
    expect(records[2]?.['gc_pauses']).toBe('1');
    expect(records[4]?.['gc_pauses']).toBe('');
    expect(records[0]?.['p50_ns']).toBe(String(series.p50Ns[0]));
  });

  test('without series that is refused, in words', () => {
    expect(() => exportSeriesCsv(imported(aTrial()))).toThrow(/no time series/);
  });
});

describe('OpenMetrics', () => {
  const read = (document: KnownDocument) => readOpenMetrics(exportOpenMetrics(document));

  test('keeps the rules, in base units', () => {
    const families = read(run(result));
    const { kvbench_response_time_seconds: response } = families;
    expect(response).toMatchObject({ type: 'summary', unit: 'seconds' });
    const labels = { target: 'go', operation: 'get', measure: 'latency' };
    const p50 = response?.samples.find(
      (sample) => sample.labels['target'] === 'go' && sample.labels['quantile'] === '0.5',
    );
    const merged = createHistogram();
    const own = result.trials.filter(
      (t) => t.target === 'go' && t.operation === 'get' && t.measure === 'latency',
    );
    for (const trial of own) merged.add(decodeHistogram(trial.responseTime?.histogram ?? ''));
    expect(p50?.labels).toEqual({ ...labels, quantile: '0.5' });
    expect(p50?.value).toBe(merged.getValueAtPercentile(50) / 1e9);
    expect(families['kvbench_rss_peak_bytes']?.unit).toBe('bytes');
    expect(families['kvbench_ratio']?.samples[0]?.labels).toMatchObject({ reference: 'go' });
  });

  test('counts errors by kind, and marks what can not be trusted', () => {
    const trial = aTrial({ requests: failing({ timeout: 3 }), limitedBy: 'generator' });
    const families = read(run(aResult([{ ...trial, warmup: { planned: 9, errors: 2 } }])));
    const errors = families['kvbench_request_errors']?.samples ?? [];
    const byKind = errors.map(({ labels, value }) => [labels['kind'], value]);
    expect(Object.fromEntries(byKind)).toMatchObject({ timeout: 3, warmup: 2, reset: 0 });
    expect(families['kvbench_generator_limited']?.samples[0]?.value).toBe(1);
  });

  test('percentiles of one imported trial are taken as they are, of more are left out', () => {
    const quantiles = (document: KnownDocument) =>
      read(document)['kvbench_service_time_seconds']?.samples.map(({ value }) => value);
    expect(quantiles(imported(aTrial()))?.slice(0, 2)).toEqual([0.0005, 0.0009]);
    expect(quantiles(imported(aTrial(), aTrial({ round: 2 })))).toBeUndefined();
  });

  test.each(['a"b', 'back\\slash', 'two\nlines', '\\n', '\u202eevil', 'a{b="c"} 1'])(
    'the name %j is a label and nothing else',
    (target) => {
      const families = read(run({ ...result, trials: [aTrial({ target })] }));
      const [sample] = families['kvbench_answers_per_second']?.samples ?? [];
      expect(sample?.labels['target']).toBe(target.replace('\u202e', '\\x202e'));
    },
  );

  test('tells the knee of a sweep, and whether it is one', () => {
    const families = read(sweep());
    const knees = families['kvbench_knee_requests_per_second']?.samples ?? [];
    const bounds = families['kvbench_knee_is_bound']?.samples ?? [];
    expect(knees.map(({ labels }) => labels['target'])).toEqual(['rust', 'go']);
    expect(bounds.map(({ value }) => value)).toEqual([1, 0]);
    expect(families['kvbench_overload_recovery_seconds']?.samples[0]?.value).toBe(0.9);
  });
});

test.each([exportHlog, exportCsv, exportSeriesCsv, exportOpenMetrics])(
  '%o refuses a gate',
  (write) => {
    const text = readFileSync('fixtures/gate/pass.json', 'utf8');
    const gate = known(gateKind, gateResultSchema.parse(JSON.parse(text)));
    expect(() => write(gate)).toThrow(/no trials that could be exported/);
  },
);

describe('what was waited for in vain', () => {
  const trial = aLatencyTrial({ requests: failing({ timeout: 50 }) });
  const atLeast = ['p99Ns', 'p999Ns', 'maxNs'] as const;
  const responseTime = trial.responseTime && {
    ...trial.responseTime,
    p99Ns: 1e9,
    p999Ns: 1e9,
    maxNs: 1e9,
    censored: { count: 50, atLeastNs: 1e9 },
    atLeast: [...atLeast],
  };
  const document = run(aResult([{ ...trial, responseTime }]));

  test('has no end in OpenMetrics', () => {
    const text = exportOpenMetrics(document);
    expect(text).toMatch(/kvbench_response_time_seconds\{.*quantile="0.99"\} \+Inf$/m);
    expect(text).toMatch(/kvbench_response_time_seconds\{.*quantile="0.5"\} 0\.0005\d*$/m);
    expect(text).toMatch(/_bound\{.*figure="1",bound="least"\} 1$/m);
  });

  test('is told in CSV, by its count and by what falls on it', () => {
    const [head = '', row = ''] = exportCsv(document).split('\r\n').join('\n').split('\n');
    const cell = (name: string) => row.split(',')[head.split(',').indexOf(name)];
    expect(cell('response_time_censored_count')).toBe('50');
    expect(cell('response_time_at_least')).toBe('p99Ns p999Ns maxNs');
  });

  test('is told in the log, in a comment that readers pass by', () => {
    const lines = exportHlog(document).split('\n');
    const at = lines.findIndex((line) =>
      line.startsWith('#[rust.get.latency.response: 50 requests'),
    );
    expect(lines[at + 1]).toMatch(/^Tag=rust\.get\.latency\.response,/);
  });
});
