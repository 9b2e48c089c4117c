import { describe, expect, test } from 'vitest';
import { createHistogram } from '../../src/histogram.js';
import type { Latency } from '../../src/result/schema.js';
import { latencyFrom } from '../../src/result/trial.js';
import {
  boundOf,
  mergedCensus,
  type RoundLatency,
  summarizePercentile,
} from '../../src/stats/latency-summary.js';
import { requestsFor, resolves } from '../../src/stats/resolution.js';

/** So many requests of 1, 2, 3 … µs. */
function aRound(requests: number, changes: Partial<Latency> = {}): RoundLatency {
  const histogram = createHistogram();
  for (let i = 1; i <= requests; i++) histogram.recordValue(i * 1000);
  return { latency: { ...latencyFrom(histogram), ...changes }, requests };
}
/** One of 1000, whose figures are these without the generator's part, or else the same. */
function aRoundWithLow(lower: Partial<Latency['low']>, changes: Partial<Latency> = {}) {
  const { p50Ns, p90Ns, p99Ns, p999Ns, maxNs } = aRound(1000, changes).latency;
  return aRound(1000, { ...changes, low: { p50Ns, p90Ns, p99Ns, p999Ns, maxNs, ...lower } });
}
const times = (count: number, round: RoundLatency) => Array.from({ length: count }, () => round);

test.each([
  [50, 20],
  [90, 100],
  [99, 1000],
  [99.9, 10_000],
])('P%d needs %d requests', (percentile, requests) => {
  expect(requestsFor(percentile)).toBe(requests);
  expect([requests - 1, requests].map((n) => resolves(percentile, n))).toEqual([false, true]);
});

describe('a percentile over rounds', () => {
  test('is of each round where that has the requests for it', () => {
    const rounds = [aRound(1000), aRound(1000), aRound(1000, { p99Ns: 5e6 })];
    expect(summarizePercentile(rounds, 'p99Ns')).toMatchObject({
      isPooled: false,
      bound: null,
      spread: { median: rounds[0]?.latency.p99Ns, max: 5e6 },
    });
  });

  test('is of all rounds together where one has too few', () => {
    const { spread, isPooled } = summarizePercentile(times(20, aRound(72)), 'p99Ns');
    expect(isPooled).toBe(true);
    // The 1426th of 1440: 72 µs is there twenty times.
    expect((spread?.median ?? 0) / 72_000).toBeCloseTo(1, 2);
    expect(spread?.min).toBe(spread?.max);
  });

  test('is none where all rounds have too few, or keep no histogram', () => {
    const none = { spread: null, bound: null, isPooled: false };
    expect(summarizePercentile(times(8, aRound(72)), 'p99Ns')).toEqual(none);
    expect(summarizePercentile(times(20, aRound(72, { histogram: null })), 'p99Ns')).toEqual(none);
    expect(summarizePercentile([], 'p50Ns')).toEqual(none);
  });

  test('is no more than the longest answer, where its cell is wider than that', () => {
    const histogram = createHistogram();
    for (let i = 0; i < 72; i++) histogram.recordValue(1_234_567);
    const slow = { latency: { ...latencyFrom(histogram), maxNs: 1_234_567 }, requests: 72 };
    const { spread } = summarizePercentile([aRound(72), ...times(20, slow)], 'p99Ns');
    expect(spread?.median).toBe(1_234_567);
  });

  test('the slowest answer is of however many, and no bound', () => {
    expect(summarizePercentile([aRound(1)], 'maxNs')).toEqual({
      spread: { median: 1000, min: 1000, max: 1000 },
      bound: null,
      isPooled: false,
    });
  });

  test('is the least that it can be where half of the rounds had no answer there', () => {
    const open = aRound(1000, { atLeast: ['p99Ns', 'maxNs'], p99Ns: 1e9, maxNs: 1e9 });
    expect(summarizePercentile([open, open, aRound(1000)], 'p99Ns').bound).toBe('least');
    expect(summarizePercentile([open, aRound(1000)], 'p99Ns').bound).toBe('least');
    expect(summarizePercentile([open, aRound(1000), aRound(1000)], 'p99Ns').bound).toBeNull();
    // Of the slowest one round is enough.
    expect(summarizePercentile([open, aRound(1000), aRound(1000)], 'maxNs').bound).toBe('least');
  });

  test('pooled ones know what was waited for in vain, too', () => {
    const waiting = (atLeastNs: number) => aRound(72, { censored: { count: 8, atLeastNs } });
    const rounds = [...times(10, waiting(3e9)), ...times(10, waiting(2e9))];
    const { spread, bound } = summarizePercentile(rounds, 'p99Ns');
    expect([spread?.median, bound]).toEqual([2e9, 'least']);
    expect(mergedCensus(times(2, aRound(72)).map(({ latency }) => latency))).toBeNull();
  });

  test.each([
    [0.9, null],
    [0.89, 'most'],
  ])('whose lower bound is %d of it is marked so: %s', (share, bound) => {
    const p50Ns = aRound(1000).latency.p50Ns * share;
    const round = aRoundWithLow({ p50Ns });
    const { latency } = round;
    expect([boundOf(latency, 'p50Ns'), boundOf(latency, 'p90Ns')]).toEqual([bound, null]);
    // Of the median over rounds: one of three is not enough, nor are two where it is not known of all.
    const of = (...others: RoundLatency[]) =>
      summarizePercentile([round, ...others], 'p50Ns').bound;
    expect(of(round, aRoundWithLow({}))).toBe(bound);
    expect(of(aRoundWithLow({}), aRoundWithLow({}))).toBeNull();
    expect(of(round, aRound(1000))).toBeNull();
  });

  test('the slowest of all is marked by that one', () => {
    const slow = { maxNs: 9e6 };
    const others = times(2, aRoundWithLow({}));
    const of = (lower: Partial<Latency['low']>) =>
      summarizePercentile([aRoundWithLow(lower, slow), ...others], 'maxNs');
    expect(of({ maxNs: 1e6 })).toMatchObject({ spread: { max: 9e6 }, bound: 'most' });
    expect(of({}).bound).toBeNull();
  });

  test('of one trial is the least that it can be on what had no answer', () => {
    const { latency } = aRound(1000, { atLeast: ['p99Ns', 'maxNs'] });
    expect([boundOf(latency, 'p90Ns'), boundOf(latency, 'p99Ns')]).toEqual([null, 'least']);
  });
});
