import { describe, expect, test } from 'vitest';
import { createHistogram } from '../../src/histogram.js';
import type { Latency } from '../../src/result/schema.js';
import { latencyFrom } from '../../src/result/trial.js';
import { type RoundLatency, summarizePercentile } from '../../src/stats/latency-summary.js';
import { requestsFor, resolves } from '../../src/stats/resolution.js';

/** So many requests of 1, 2, 3 … µs. */
function aRound(requests: number, changes: Partial<Latency> = {}): RoundLatency {
  const histogram = createHistogram();
  for (let i = 1; i <= requests; i++) histogram.recordValue(i * 1000);
  return { latency: { ...latencyFrom(histogram), ...changes }, requests };
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

  test('the slowest answer is of however many', () => {
    expect(summarizePercentile([aRound(1)], 'maxNs').spread?.max).toBe(1000);
  });

  test('is the least that it can be where half of the rounds had no answer there', () => {
    const open = aRound(1000, { atLeast: ['p99Ns', 'maxNs'], p99Ns: 1e9, maxNs: 1e9 });
    expect(summarizePercentile([open, open, aRound(1000)], 'p99Ns').bound).toBe('least');
    expect(summarizePercentile([open, aRound(1000), aRound(1000)], 'p99Ns').bound).toBeNull();
    // Of the slowest one round is enough.
    expect(summarizePercentile([open, aRound(1000), aRound(1000)], 'maxNs').bound).toBe('least');
  });

  test('pooled ones know what was waited for in vain, too', () => {
    const censored = { count: 8, atLeastNs: 2e9 };
    const { spread, bound } = summarizePercentile(times(20, aRound(72, { censored })), 'p99Ns');
    expect([spread?.median, bound]).toEqual([2e9, 'least']);
  });

  test.each([
    [0.95, null],
    [0.89, 'most'],
  ])('whose lower bound is %d of it is marked so: %s', (share, bound) => {
    const { latency } = aRound(1000);
    const { p50Ns, p90Ns, p99Ns, p999Ns, maxNs } = latency;
    const low = { p50Ns: p50Ns * share, p90Ns, p99Ns, p999Ns, maxNs };
    const rounds = times(3, aRound(1000, { low }));
    expect(summarizePercentile(rounds, 'p50Ns').bound).toBe(bound);
    expect(summarizePercentile(rounds, 'p90Ns').bound).toBeNull();
  });
});
