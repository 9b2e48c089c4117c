import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeHistogram } from '../../src/histogram.js';
import { type KnownDocument, known } from '../../src/report/kinds/kind.js';
import { runKind } from '../../src/report/kinds/run.js';
import { sweepKind } from '../../src/report/kinds/sweep.js';
import type { Latency } from '../../src/result/schema.js';
import { aSeriesResult, aSweepResult } from '../helpers/reports.js';
import { aResult, aTrial } from '../helpers/results.js';
import { findPython } from '../python.mjs';

const python = findPython();
const skipped = python === null ? ' (skipped: no Python readers; node test/python.mjs)' : '';
const run = promisify(execFile);
let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-interchange-'));
});
afterEach(() => rm(dir, { recursive: true }));

/** What a program in Python makes of a text in a file, as JSON. */
async function inPython<T>(program: string, text: string): Promise<T> {
  const file = join(dir, 'exported');
  await writeFile(file, text);
  const { stdout } = await run(String(python), ['-c', program, file], { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as T;
}

const hlogReader = `
import json, sys
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
reader = HistogramLogReader(sys.argv[1], HdrHistogram(1, 2 ** 42, 3))
intervals = []
while True:
    h = reader.get_next_interval_histogram()
    if h is None:
        break
    intervals.append({
        'tag': h.get_tag(), 'count': h.get_total_count(), 'max': h.get_max_value(),
        'startMs': round(h.get_start_time_stamp()), 'endMs': round(h.get_end_time_stamp()),
        'values': [h.get_value_at_percentile(p) for p in (50, 90, 99, 99.9, 99.99)],
    })
print(json.dumps(intervals))`;

interface Interval {
  tag: string;
  count: number;
  max: number;
  startMs: number;
  endMs: number;
  values: number[];
}

const exportCsv = ({ kind, result }: KnownDocument) => kind.exports.csv(result);
const exportSeriesCsv = ({ kind, result }: KnownDocument) => kind.exports.series(result);
const exportHlog = ({ kind, result }: KnownDocument) => kind.exports.hlog(result);
const exportOpenMetrics = ({ kind, result }: KnownDocument) => kind.exports.openmetrics(result);

const metricsReader = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
text = open(sys.argv[1], encoding='utf-8', newline='').read()
print(json.dumps([
    {'name': m.name, 'type': m.type, 'unit': m.unit,
     'samples': [[s.name, s.labels, s.value, s.timestamp] for s in m.samples]}
    for m in text_string_to_metric_families(text)]))`;

const csvReader = `
import csv, json, sys
print(json.dumps(list(csv.DictReader(open(sys.argv[1], encoding='utf-8', newline=''), strict=True))))`;

describe.skipIf(python === null)(`what others read${skipped}`, () => {
  const result = aSeriesResult({ rounds: 3 });
  const documents = [known(runKind, result), known(sweepKind, aSweepResult())];

  test('HdrHistogram of Python has the same percentiles, tag by tag', async () => {
    const intervals = await inPython<Interval[]>(hlogReader, exportHlog(known(runKind, result)));
    const expected = result.trials.flatMap((trial) => {
      const { target, operation, measure, startedAt, windowMs } = trial;
      const startMs = Date.parse(startedAt);
      const kinds: [string, Latency | null][] = [
        ['response', trial.responseTime],
        ['service', trial.serviceTime],
      ];
      return kinds.flatMap(([kind, latency]) => {
        if (!latency?.histogram) return [];
        const histogram = decodeHistogram(latency.histogram);
        return {
          tag: `${target}.${operation}.${measure}.${kind}`,
          count: histogram.totalCount,
          startMs,
          endMs: startMs + windowMs,
          max: histogram.maxValue,
          values: [50, 90, 99, 99.9, 99.99].map((p) => histogram.getValueAtPercentile(p)),
        };
      });
    });
    expect(intervals).toEqual(expected);
    const [first] = intervals;
    const stored = result.trials[0]?.responseTime;
    expect(first?.values.slice(0, 4)).toEqual([
      ...[stored?.p50Ns, stored?.p90Ns, stored?.p99Ns, stored?.p999Ns],
    ]);
  });

  test('names of any kind stay apart', async () => {
    const names = ['go#2', 'a.b', 'a', 'a,b Tag=c', 'µ'];
    const trials = names.map((target) => aTrial({ target, operation: 'get:95,post:5' }));
    const document = known(runKind, aResult(trials, { operations: ['get:95,post:5'] }));
    const intervals = await inPython<Interval[]>(hlogReader, exportHlog(document));
    expect(new Set(intervals.map(({ tag }) => tag)).size).toBe(names.length);
    const metrics = await inPython<object[]>(metricsReader, exportOpenMetrics(document));
    expect(metrics.length).toBeGreaterThan(5);
  });

  test.each(documents)('a $kind.name is OpenMetrics to the reference parser', async (document) => {
    const families = await inPython<{ name: string; unit: string; samples: unknown[][] }[]>(
      metricsReader,
      exportOpenMetrics(document),
    );
    expect(families.length).toBeGreaterThan(5);
    for (const { name, samples } of families) {
      expect(name).toMatch(/^kvbench_/);
      // A collector of files refuses those with a time.
      expect(samples.every(([, , , timestamp]) => timestamp === null)).toBe(true);
    }
  });

  test.each(documents)('a $kind.name is CSV to csv.DictReader', async (document) => {
    const rows = await inPython<Record<string, string>[]>(csvReader, exportCsv(document));
    expect(rows[0]).toMatchObject({ target: 'rust', operation: 'get', measure: 'latency' });
    expect(Number(rows[0]?.['response_time_p50_ns'])).toBeGreaterThan(0);
    const intervals = await inPython<Record<string, string>[]>(
      csvReader,
      exportSeriesCsv(document),
    );
    expect(intervals.length).toBeGreaterThan(0);
  });

  test('text that looks like a formula, or like more cells, is one cell', async () => {
    const firstError = '=HYPERLINK("http://x","a")\n,b';
    const document = known(runKind, aResult([aTrial({ firstError })]));
    const [row] = await inPython<Record<string, string>[]>(csvReader, exportCsv(document));
    expect(row?.['first_error']).toBe(`'${firstError}`);
    expect(row?.['requests_per_second']).toBe('500');
  });
});
