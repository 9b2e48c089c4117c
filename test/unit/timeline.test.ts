import { describe, expect, test } from 'vitest';
import { IntervalHistogram } from '../../src/interval-histogram.js';
import { mergeLive } from '../../src/load/merge.js';
import { mergeTimelines, TimelineRecorder } from '../../src/load/timeline.js';
import { usageByInterval } from '../../src/observe/sampler.js';
import { intervalOf, stretchMsOf } from '../../src/plan/interval.js';
import { toSeries } from '../../src/result/series.js';

const latency = (...ns: number[]) => {
  const histogram = new IntervalHistogram();
  for (const value of ns) histogram.record(value);
  return histogram.toSparse();
};

describe('a timeline', () => {
  test('has what came in each interval, and how long it was under load', () => {
    const recorder = new TimelineRecorder(100);
    recorder.begin(1000);
    recorder.addSpan(1000, 1150);
    recorder.succeed(1000, 10);
    recorder.succeed(1099, 20);
    recorder.fail(1100);
    recorder.addSpan(1300, 1450);
    recorder.succeed(1320, 30);
    recorder.fail(1460, 3);
    expect(recorder.finish(5)).toEqual({
      startedAtMs: 5,
      intervalMs: 100,
      intervals: [
        { loadedMs: 100, answered: 2, errors: 0, latency: latency(10, 20) },
        { loadedMs: 50, answered: 0, errors: 1, latency: [] },
        { loadedMs: 0, answered: 0, errors: 0, latency: [] },
        { loadedMs: 100, answered: 1, errors: 0, latency: latency(30) },
        { loadedMs: 50, answered: 0, errors: 3, latency: [] },
      ],
    });
  });

  test('reaches to the end of the load, though nothing came any more', () => {
    const recorder = new TimelineRecorder(100);
    recorder.begin(0);
    recorder.begin(77);
    recorder.addSpan(0, 300);
    recorder.succeed(10, 1);
    const { intervals } = recorder.finish(0);
    expect(intervals.map(({ loadedMs, answered }) => [loadedMs, answered])).toEqual([
      [100, 1],
      [100, 0],
      [100, 0],
    ]);
  });

  test('tells of what ended since the last time', () => {
    const recorder = new TimelineRecorder(100);
    recorder.begin(0);
    recorder.addSpan(0, 1000);
    recorder.succeed(50, 7);
    expect(recorder.takeLive(60)).toBeNull();
    recorder.succeed(150, 9);
    recorder.fail(160);
    expect(recorder.takeLive(250)).toEqual({
      loadedMs: 200,
      answered: 2,
      errors: 1,
      latency: latency(7, 9),
    });
    expect(recorder.takeLive(260)).toBeNull();
    expect(recorder.finish(0).intervals[0]?.answered).toBe(1);
  });

  test('of several generators adds up', () => {
    const one = (answered: number, loadedMs: number) => ({
      loadedMs,
      answered,
      errors: 1,
      latency: latency(...Array(answered).fill(5)),
    });
    const merged = mergeTimelines([
      { startedAtMs: 3, intervalMs: 100, intervals: [one(1, 90)] },
      { startedAtMs: 2, intervalMs: 100, intervals: [one(2, 100), one(3, 50)] },
    ]);
    expect(merged).toEqual({
      startedAtMs: 2,
      intervalMs: 100,
      intervals: [{ ...one(3, 100), errors: 2 }, one(3, 50)],
    });
    expect(mergeTimelines([null, null])).toBeNull();
    const live = [[{ target: 'a', ...one(1, 10) }], [{ target: 'a', ...one(2, 20) }], []];
    expect(mergeLive(live)).toEqual([{ target: 'a', ...one(3, 20), errors: 2 }]);
  });
});

test.each([
  [120, 100],
  [1600, 100],
  [12_000, 100],
  [30_000, 500],
  [600_000, 1000],
  [3_600_000, 1000],
  [86_400_000, 30_000],
  [86_400_000 * 16, 300_000],
])('a stretch of %d ms has intervals of %d ms', (stretchMs, intervalMs) => {
  expect(intervalOf({ intervalMs: 'auto' }, stretchMs)).toBe(intervalMs);
  expect(intervalOf({ intervalMs: 250 }, stretchMs)).toBe(250);
});

test('targets that take turns make a stretch longer', () => {
  expect(stretchMsOf({ durationMs: 800 }, 'slice', 2)).toBe(1600);
  expect(stretchMsOf({ durationMs: 800 }, 'request', 2)).toBe(800);
});

describe('usage by interval', () => {
  const shape = { startedAtMs: 100, intervalMs: 10, count: 3 };
  test('is interpolated at the borders', () => {
    const samples = [
      { atMs: 95, cpuNs: 0, rssBytes: 100 },
      { atMs: 105, cpuNs: 10, rssBytes: 200 },
      { atMs: 125, cpuNs: 50, rssBytes: 200 },
    ];
    // 5 at 100, 20 at 110, 40 at 120, and 50 from 125 on.
    expect(usageByInterval(samples, shape)).toEqual({
      cpuNs: [15, 20, 10],
      rssBytes: [200, 200, 200],
    });
  });
  test('is unknown without samples, and never below nothing', () => {
    expect(usageByInterval([], shape)).toEqual({
      cpuNs: [null, null, null],
      rssBytes: [null, null, null],
    });
    const ended = [
      { atMs: 100, cpuNs: 50, rssBytes: 1 },
      { atMs: 130, cpuNs: 20, rssBytes: 1 },
    ];
    expect(usageByInterval(ended, shape).cpuNs).toEqual([0, 0, 0]);
  });
});

test('a series has percentiles, and what probes tell of each interval', () => {
  const timeline = {
    startedAtMs: 50,
    intervalMs: 100,
    intervals: [
      { loadedMs: 100, answered: 2, errors: 0, latency: latency(10, 20) },
      { loadedMs: 0, answered: 0, errors: 1, latency: [] },
    ],
  };
  const facts = {
    cpuNs: [7, null],
    rssBytes: [8, 9],
    gcPauses: [{ atMs: 10, durationNs: 5 }],
  };
  expect(toSeries(timeline, facts)).toEqual({
    intervalMs: 100,
    loadedMs: [100, 0],
    answered: [2, 0],
    errors: [0, 1],
    p50Ns: [10, null],
    p90Ns: [20, null],
    p99Ns: [20, null],
    maxNs: [20, null],
    ...facts,
  });
});
