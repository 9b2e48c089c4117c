import { readFile } from 'node:fs/promises';
import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import { gateResultSchema } from '../../src/gate/schema.js';
import type { Chart, ForestChart, LineChart } from '../../src/report/charts/chart.js';
import { gateCharts } from '../../src/report/charts/gate.js';
import { runCharts } from '../../src/report/charts/run.js';
import { sweepCharts } from '../../src/report/charts/sweep.js';
import { chartTable } from '../../src/report/charts/table.js';
import { runPlots } from '../../src/report/plots.js';
import { resultSchema } from '../../src/result/schema.js';
import { type SweepStep, sweepResultSchema } from '../../src/sweep/schema.js';
import { aSeries, aSeriesOfRuns, aSeriesResult, aSweepResult } from '../helpers/reports.js';
import { aLatencyTrial, aResult, aTrial, pairedRounds, trialWithCost } from '../helpers/results.js';

function linesOf(charts: readonly Chart[], id: string): LineChart {
  const found = charts.find((chart) => chart.id === id);
  if (found?.kind !== 'lines') throw new Error(`no ${id} in ${charts.map((chart) => chart.id)}`);
  return found;
}

function forestOf(charts: readonly Chart[], id: string): ForestChart {
  const found = charts.find((chart) => chart.id === id);
  if (found?.kind !== 'forest') throw new Error(`no ${id} in ${charts.map((chart) => chart.id)}`);
  return found;
}

describe('the helpers of reports', () => {
  it('make results that the schemas take', () => {
    expect(resultSchema.safeParse(aSeriesResult()).error).toBeUndefined();
    expect(sweepResultSchema.safeParse(aSweepResult()).error).toBeUndefined();
  });
});

describe('charts of a run', () => {
  const charts = runCharts([aSeriesResult({ rounds: 5 })]);

  it('are of every kind, each with its own id', () => {
    const ids = charts.map(({ id }) => id);
    expect(ids).toEqual([
      'percentiles-get',
      'percentiles-post',
      'ratios-rust-go',
      'latency-over-time-get',
      'throughput-over-time-get',
      'cpu-over-time-get',
      'memory-over-time-get',
      'latency-over-time-post',
      'throughput-over-time-post',
      'cpu-over-time-post',
      'memory-over-time-post',
    ]);
  });

  it('merge the histograms of all rounds: every request counts the same', () => {
    const result = aResult(pairedRounds(3, (target, round) => aLatencyTrial({ target, round })));
    const [rust] = linesOf(runCharts([result]), 'percentiles-get').series;
    const at = (quantile: number) => rust?.points.find(({ x }) => x === quantile)?.y ?? 0;
    // Of microseconds from 1 to 1000, each three times, to the 0.1 % of a histogram.
    expect(at(0.5) / 500_000).toBeCloseTo(1, 2);
    expect(at(0.99) / 990_000).toBeCloseTo(1, 2);
    expect(rust?.points.at(-1)?.x).toBeCloseTo(1 - 1 / 3000, 9);
    expect(rust?.points.map(({ y }) => y)).toEqual(
      rust?.points.map(({ y }) => y).sort((a, b) => (a ?? 0) - (b ?? 0)),
    );
  });

  it('rank what had no answer above every answer, and end a line where only that is left', () => {
    const trial = aLatencyTrial();
    if (trial.responseTime) trial.responseTime.censored = { count: 250, atLeastNs: 1e9 };
    const chart = linesOf(runCharts([aResult([trial])]), 'percentiles-get');
    const points = chart.series[0]?.points ?? [];
    // Of 1250 requests, 1000 had answers: from 1 µs to 1000 µs.
    expect(points.at(-1)?.x).toBeCloseTo(0.8, 9);
    expect((points.find(({ x }) => x === 0.5)?.y ?? 0) / 625_000).toBeCloseTo(1, 2);
    expect(chart.note).toBe(
      '250 requests had no answer in time: a line ends where only they are left.',
    );
  });

  it('rise to the longest answer, not to the end of its cell', () => {
    const trial = aLatencyTrial();
    const longestNs = trial.responseTime?.maxNs ?? 0;
    const [series] = linesOf(runCharts([aResult([trial])]), 'percentiles-get').series;
    expect(longestNs).toBeGreaterThan(0);
    expect(Math.max(...(series?.points ?? []).map(({ y }) => y ?? 0))).toBe(longestNs);
  });

  it('leave out a histogram that can not be read, and say so', () => {
    const broken = aLatencyTrial({ round: 2 });
    if (broken.responseTime) broken.responseTime.histogram = 'no histogram';
    const chart = linesOf(runCharts([aResult([aLatencyTrial(), broken])]), 'percentiles-get');
    expect(chart.note).toBe("Left out, for it can't be read: 1 histogram.");
    expect(chart.series).toHaveLength(1);
  });

  it('put rounds one after the other, and join none to the next', () => {
    const [p50] = linesOf(charts, 'latency-over-time-get').series;
    expect(p50?.points.filter(({ y }) => y === null).map(({ x }) => x)).toEqual([
      1000, 2000, 3000, 4000,
    ]);
    expect(p50?.points.slice(0, 2).map(({ x }) => x)).toEqual([50, 150]);
  });

  it('leave out turns of others, and break at an interval without an answer', () => {
    const series = aSeries({ intervals: 6, intervalMs: 100, stallAt: 4 });
    series.loadedMs[1] = 0;
    const [p50] = linesOf(
      runCharts([aResult([aLatencyTrial({ series })])]),
      'latency-over-time-get',
    ).series;
    expect(p50?.points.map(({ x, y }) => [x, y === null])).toEqual([
      [50, false],
      [250, false],
      [350, false],
      [450, true],
      [550, false],
    ]);
  });

  it('divide by the time under load', () => {
    const series = aSeries({ intervals: 1, intervalMs: 100 });
    Object.assign(series, { loadedMs: [50], answered: [200], cpuNs: [25e6] });
    const made = runCharts([aResult([aTrial({ series })])]);
    expect(linesOf(made, 'throughput-over-time-get').series[0]?.points[0]?.y).toBe(4000);
    expect(linesOf(made, 'cpu-over-time-get').series[0]?.points[0]?.y).toBe(0.5);
  });

  it("mark the pauses of Go's collector where they were", () => {
    const series = { ...aSeries(), gcPauses: [{ atMs: 340, durationNs: 80_000 }] };
    const made = runCharts([aResult([aLatencyTrial({ target: 'go', series })])]);
    const pauses = (id: string) =>
      linesOf(made, id).series.find(({ name }) => name === 'go GC pauses')?.points;
    expect(pauses('latency-over-time-get')).toEqual([{ x: 340, y: 80_000 }]);
    expect(pauses('memory-over-time-get')).toEqual([{ x: 340, y: 0, note: '80.0 µs' }]);
  });

  it('show which way a ratio is good, and nothing of what the generator limited', () => {
    const result = aSeriesResult();
    result.comparisons = [
      { measure: 'latency', metric: 'p50Ns', verdict: 'lower' },
      { measure: 'throughput', metric: 'requestsPerCpuSecond', verdict: 'lower' },
      { measure: 'throughput', metric: 'requestsPerSecond', verdict: 'generator-limited' },
    ].map((changes) => ({
      ...(result.comparisons[0] as (typeof result.comparisons)[number]),
      ...(changes as Partial<(typeof result.comparisons)[number]>),
    }));
    const { rows, note } = forestOf(runCharts([result]), 'ratios-rust-go');
    expect(rows.map(({ tone }) => tone)).toEqual(['good', 'bad', 'neutral']);
    expect(note).toContain('generator');
  });

  it('lack what the result lacks', () => {
    const imported = aTrial({ series: null, server: null, generator: null });
    if (imported.serviceTime) imported.serviceTime.histogram = null;
    const result = { ...aResult([imported]), machine: null, placement: null, comparisons: [] };
    expect(runCharts([result])).toEqual([]);
    expect(runCharts([])).toEqual([]);
  });
});

describe('of more than two targets', () => {
  const targets = ['rust', 'go', 'go+mutex'];
  const costs: Record<string, number> = { rust: 100_000, go: 50_000, 'go+mutex': 40_000 };
  const trials = pairedRounds(
    8,
    (target, round) =>
      trialWithCost({ target, round }, (costs[target] ?? 1) * (1 + 0.01 * (round % 3))),
    targets,
  );
  const result = aResult(trials, { targets, operations: ['get'] });

  it('all are held against the first: how much more each costs', () => {
    const charts = runCharts([result]);
    expect(charts.filter(({ id }) => id.startsWith('ratios-'))).toEqual([]);
    const { title, rows } = forestOf(charts, 'against-first-get-cpu-a-request');
    expect(title).toBe('get: CPU a request, all against rust');
    expect(rows.map(({ label, tone }) => [label, tone])).toEqual([
      ['go', 'bad'],
      ['go+mutex', 'bad'],
    ]);
    expect(rows[0]?.estimate).toBeCloseTo(2, 6);
    expect(rows[1]?.estimate).toBeCloseTo(2.5, 6);
    for (const { estimate, low, high } of rows) {
      expect(low).toBeLessThanOrEqual(estimate);
      expect(high).toBeGreaterThanOrEqual(estimate);
    }
  });

  it('the terminal has it, too', () => {
    const text = runPlots(result, { chalk: new Chalk({ level: 0 }), ascii: false });
    expect(text).toMatch(/^get: CPU a request, all against rust\ngo +.*2\.00× \(/m);
    const two = aResult(
      trials.filter(({ target }) => target !== 'go'),
      { targets: ['rust', 'go+mutex'], operations: ['get'] },
    );
    expect(runPlots(two, { chalk: new Chalk({ level: 0 }), ascii: false })).not.toContain(
      'all against',
    );
  });
});

describe('charts of several runs', () => {
  const charts = runCharts(aSeriesOfRuns(5));

  it('follow each target by date', () => {
    const { series } = linesOf(charts, 'trend-latency-get');
    expect(series.map(({ name }) => name)).toEqual(['rust P50', 'go P50', 'rust P99', 'go P99']);
    for (const { points } of series) {
      expect(points.map(({ x }) => new Date(x).getUTCDate())).toEqual([2, 5, 8, 11, 14]);
    }
  });

  it('name series by target and date, with one colour a target', () => {
    const { series, note } = linesOf(charts, 'percentiles-get');
    expect(series.map(({ name, colour }) => [name, colour]).slice(0, 4)).toEqual([
      ['rust 2026-01-05', 0],
      ['go 2026-01-05', 1],
      ['rust 2026-01-08', 0],
      ['go 2026-01-08', 1],
    ]);
    expect(note).toBe('Only the newest results are shown.');
  });

  it('give the time of the day where a date would not do', () => {
    const twice = ['03:04', '17:30'].map((time) =>
      aSeriesResult({ rounds: 1, operations: ['get'], startedAt: `2026-01-02T${time}:00.000Z` }),
    );
    const names = linesOf(runCharts(twice), 'percentiles-get').series.map(({ name }) => name);
    expect(names).toEqual([
      'rust 2026-01-02 03:04',
      'go 2026-01-02 03:04',
      'rust 2026-01-02 17:30',
      'go 2026-01-02 17:30',
    ]);
  });
});

describe('charts of a gate', () => {
  const gate = async (name: string) =>
    gateResultSchema.parse(JSON.parse(await readFile(`fixtures/gate/${name}.json`, 'utf8')));

  it('show every figure with its allowance and verdict', async () => {
    const result = await gate('regression');
    const { rows, summary } = forestOf(gateCharts(result), 'gate-ratios');
    expect(rows.map(({ label, tone, allowed }) => [label, tone, allowed])).toContainEqual([
      'get P50',
      'bad',
      1.05,
    ]);
    expect(rows.find(({ label }) => label === 'binary size')).toMatchObject({
      tone: 'neutral',
      allowed: null,
    });
    expect(summary).toContain('regression: ');
  });

  it('show each round of a gated figure, those that confirm apart', async () => {
    const result = await gate('regression');
    const chart = linesOf(gateCharts(result), 'gate-rounds-get-p50');
    const [looked, fresh] = chart.series;
    expect(chart.title).toBe('get P50: regression');
    expect([looked?.points.length, fresh?.points.length]).toEqual([12, 12]);
    const [first] = result.rounds;
    const figures = [first?.head, first?.base].map((arm) => arm?.operations['get']?.p50Ns ?? 0);
    expect(looked?.points[0]).toEqual({ x: 1, y: (figures[0] ?? 0) / (figures[1] ?? 1) });
    expect(chart.marks.map(({ at }) => at).slice(0, 2)).toEqual([1, 1.05]);
  });

  it('are none where nothing was measured', async () => {
    const result = await gate('identical');
    expect(gateCharts(result).filter(({ kind }) => kind === 'lines')).toEqual([]);
  });
});

describe('charts of a sweep', () => {
  const charts = sweepCharts(aSweepResult());

  it('mark the knees and the objective', () => {
    const { marks, note } = linesOf(charts, 'sweep-latency-get');
    expect(marks.map(({ axis, label }) => [axis, label])).toEqual([
      ['y', 'p99<5ms'],
      ['x', expect.stringMatching(/^rust knee ≥ /)],
      ['x', expect.stringMatching(/^go knee \d/)],
    ]);
    expect(note).toContain('The load generator ended the climb of rust.');
  });

  it('never join a step that the generator limited to what the server did', () => {
    for (const chart of charts) {
      if (chart.kind !== 'lines' || chart.id.includes('overload')) continue;
      const limited = chart.series.find(({ name }) => name.endsWith('generator-limited'));
      expect(limited?.draw).toBe('dots');
      const levels = new Set(limited?.points.map(({ x }) => x));
      expect(levels.size).toBeGreaterThan(0);
      const rust = chart.series.filter(({ name, draw }) => /^rust/.test(name) && draw !== 'dots');
      for (const { points } of rust) {
        expect(points.filter(({ x, y }) => levels.has(x) && y !== null)).toEqual([]);
      }
    }
  });

  it('draw of a level that was measured again the one in the middle', () => {
    const result = aSweepResult();
    const [curve] = result.curves;
    const [first] = curve?.steps ?? [];
    if (!curve || !first?.trial.responseTime) throw new Error('no step');
    const { trial } = first;
    const again = (p99Ns: number): SweepStep => ({
      ...first,
      purpose: 'confirm',
      trial: { ...trial, responseTime: trial.responseTime && { ...trial.responseTime, p99Ns } },
    });
    const curves = [{ ...curve, steps: [again(3e6), again(1e6), again(2e6)] }];
    const chart = linesOf(sweepCharts({ ...result, curves }), 'sweep-latency-get');
    const p99 = chart.series.find(({ name }) => name === 'rust P99')?.points;
    expect(p99).toEqual([{ x: first.level, y: 2e6 }]);
  });

  it('draw the confirmed measurement of a knee, and leave the overload out of the climb', () => {
    const result = aSweepResult();
    const curve = result.curves[1];
    const knee = curve?.knee?.level ?? 0;
    const confirmed = curve?.steps.find(({ purpose }) => purpose === 'confirm');
    const chart = linesOf(sweepCharts(result), 'sweep-latency-get');
    const p99 = chart.series.find(({ name }) => name === 'go P99')?.points ?? [];
    expect(p99.filter(({ x }) => x === knee)).toEqual([
      { x: knee, y: confirmed?.trial.responseTime?.p99Ns },
    ]);
    expect(Math.max(...p99.map(({ x }) => x))).toBeLessThan(knee * 1.4);
  });

  it('tell what the overload did, and when it ended', () => {
    const { marks, note } = linesOf(charts, 'sweep-overload-get');
    expect(marks).toMatchObject([{ axis: 'x', at: 2000, label: 'overload ends' }]);
    expect(note).toMatch(/^go: of .* kept again after 900 ms\.$/);
  });

  it('have no rate of an overload where an interval was hardly under load', () => {
    const result = aSweepResult();
    const [curve] = result.curves.filter(({ overload }) => overload);
    const steps = curve?.steps.map((step) => {
      const { series } = step.trial;
      if (step.purpose !== 'overload' || !series) return step;
      const loadedMs = series.loadedMs.map((ms, index, { length }) =>
        index === length - 1 ? 0.01 : ms,
      );
      return { ...step, trial: { ...step.trial, series: { ...series, loadedMs } } };
    });
    const curves = curve && steps ? [{ ...curve, steps }] : [];
    const chart = linesOf(sweepCharts({ ...result, curves }), 'sweep-overload-get');
    expect(chart.series[0]?.points.at(-1)?.y).toBeNull();
    expect(chart.series[0]?.points.at(-2)?.y).toBeGreaterThan(0);
  });

  it('count connections where those were raised', () => {
    const { policy } = aSweepResult();
    const made = sweepCharts(aSweepResult({ policy: { ...policy, by: 'connections' } }));
    const { x, series } = linesOf(made, 'sweep-throughput-get');
    expect(x).toMatchObject({ label: 'connections', quantity: 'count' });
    expect(series.map(({ name }) => name)).not.toContain('as offered');
  });

  it('are none before anything was measured', () => {
    const curves = aSweepResult().curves.map((curve) => ({ ...curve, steps: [], knee: null }));
    expect(sweepCharts(aSweepResult({ curves }))).toEqual([]);
  });
});

describe('the table of a chart', () => {
  it('has a row for each familiar percentile, and a column for each series', () => {
    const { head, rows } = chartTable(linesOf(runCharts([aSeriesResult()]), 'percentiles-get'));
    expect(head).toEqual(['share of requests', 'rust', 'go']);
    expect(rows.map(([share]) => share)).toEqual([
      ...['0 %', '50 %', '75 %', '90 %', '95 %', '99 %', '99.9 %', '99.99 %', '99.991667 %'],
    ]);
  });

  it('says of long series every how many rows are there', () => {
    const long = aSeriesResult({ rounds: 1, intervals: 600, operations: ['get'] });
    const { head, rows } = chartTable(linesOf(runCharts([long]), 'cpu-over-time-get'));
    expect(head[0]).toBe('time (every 10th of 600)');
    expect(rows).toHaveLength(60);
  });

  it('has the allowances of a gate', async () => {
    const text = await readFile('fixtures/gate/pass.json', 'utf8');
    const { head, rows } = chartTable(
      forestOf(gateCharts(gateResultSchema.parse(JSON.parse(text))), 'gate-ratios'),
    );
    expect(head).toEqual(['figure', 'head / base', 'interval', 'allowed', 'verdict']);
    expect(rows[0]?.[0]).toBe('get P50');
    expect(rows[0]?.at(-1)).toBe('pass');
  });
});
