import fc from 'fast-check';
import { expect, test } from 'vitest';
import { median } from '../../src/median.js';
import { aboutMetric } from '../../src/stats/metrics.js';
import { relativeHalfRange, spread } from '../../src/stats/spread.js';
import {
  errorsOf,
  hasLargeLag,
  isGeneratorLimited,
  kindsOf,
  requestsOfRound,
  summarize,
  targetsOf,
} from '../../src/stats/summary.js';
import {
  aConfig,
  aLatencyTrial,
  aTrial,
  failing,
  someRequests,
  trialWithP50,
} from '../helpers/results.js';

const config = aConfig();

test.each([
  [[3], 3],
  [[1, 2], 1.5],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2.5],
])('median of %j is %d', (values, expected) => expect(median(values)).toBe(expected));

test('the median lies between the extremes and does not depend on the order', () => {
  const list = fc.array(fc.double({ noNaN: true, min: 0, max: 1e12 }), { minLength: 1 });
  fc.assert(
    fc.property(list, (values) => {
      const result = spread(values);
      expect(result?.median).toBeGreaterThanOrEqual(result?.min ?? Number.NaN);
      expect(result?.median).toBeLessThanOrEqual(result?.max ?? Number.NaN);
      expect(median([...values].reverse())).toBe(result?.median);
    }),
  );
  expect(spread([])).toBeNull();
});

test('half the range is relative to the median', () => {
  expect(relativeHalfRange({ median: 100, min: 90, max: 120 })).toBeCloseTo(0.15);
  expect(relativeHalfRange({ median: 0, min: 0, max: 0 })).toBe(0);
});

test('a summary has the median over rounds of every figure, and counts errors of all kinds', () => {
  const trials = [10, 30, 20].map((rps, i) => aTrial({ round: i + 1, requestsPerSecond: rps }));
  const broken = aTrial({
    round: 4,
    requestsPerSecond: 40,
    requests: { ...failing({ mismatch: 2, reset: 1 }), retried: 3 },
    warmup: { planned: 100, errors: 5 },
    readBack: { checked: 9, lost: 3, unreadable: 1 },
    serviceTime: null,
    server: null,
  });
  const retried = aTrial({
    round: 5,
    requestsPerSecond: 25,
    requests: someRequests({ retried: 4 }),
  });
  const [summary, ...others] = summarize({ config, trials: [...trials, broken, retried] });
  expect(others).toEqual([]);
  expect(summary).toMatchObject({
    target: 'rust',
    measure: 'throughput',
    operation: 'get',
    rounds: 5,
    // 1000 a round, 3 that failed, 100 of a warm-up and 9 that were read back.
    planned: 5112,
    errors: 12,
    retried: 7,
    rateKept: null,
  });
  expect(summary?.metrics['requestsPerSecond']).toEqual({ median: 25, min: 10, max: 40 });
  expect(summary?.metrics['p50Ns']?.median).toBe(500_000);
  expect(summary?.metrics['scheduleLagP99Ns']).toBeNull();
  expect(errorsOf(broken)).toBe(12);
});

test.each([
  ['each has the requests for it', 989, 1000, []],
  ['all have them together', 389, 400, ['p99Ns']],
])('a percentile on what had no answer is a bound, where %s', (_, answered, requests, pooled) => {
  const { responseTime, ...trial } = aLatencyTrial({ requests: someRequests({ answered }) });
  const censored = { count: 11, atLeastNs: 2e9 };
  const atLeast = ['p99Ns' as const, 'p999Ns' as const, 'maxNs' as const];
  const bound = { ...trial, responseTime: responseTime && { ...responseTime, censored, atLeast } };
  const trials = [1, 2, 3].map((round) => ({ ...bound, round }));
  const [summary] = summarize({ config, trials });
  expect(summary?.bounds).toEqual({ p99Ns: 'least', maxNs: 'least' });
  expect(summary?.metrics['p999Ns']).toBeNull();
  expect(summary?.pooled).toEqual(pooled);
  expect(requestsOfRound(trials)).toBe(requests);
  expect(requestsOfRound([{ ...trial, responseTime: null, serviceTime: null }])).toBe(0);
});

test('the latency of an open loop is that of its users, of a closed one that of the server', () => {
  const open = trialWithP50({}, 123);
  expect(aboutMetric('p50Ns').of(open)).toBe(123);
  expect(aboutMetric('serviceP50Ns').of(open)).toBe(500_000);
  expect(aboutMetric('scheduleLagP99Ns').of(open)).toBe(4000);
  expect(aboutMetric('p50Ns').of(aTrial())).toBe(500_000);
  expect(aboutMetric('requestsPerCpuSecond').of(aTrial({ server: null }))).toBeNull();
});

test('measures are summarised apart, in the order of the config', () => {
  const trials = ['go', 'rust'].flatMap((target) => [
    aTrial({ target }),
    aLatencyTrial({ target }),
  ]);
  const rows = summarize({ config, trials }).map(({ measure, target }) => `${measure} ${target}`);
  expect(rows).toEqual(['latency rust', 'latency go', 'throughput rust', 'throughput go']);
  expect(kindsOf({ config })).toEqual(
    ['latency', 'throughput'].flatMap((measure) =>
      ['get', 'post'].map((operation) => ({ measure, operation })),
    ),
  );
});

test('targets come in the order of the config, repeated ones by number, null targets last', () => {
  const names = ['null-rust', 'go#10', 'go#2', 'rust', 'null-go', 'go', 'go#9'];
  const trials = names.map((target) => aTrial({ target }));
  const shown = targetsOf({ config: aConfig({ targets: ['go', 'rust', 'go'] }), trials });
  expect(shown).toEqual(['go', 'go#2', 'go#9', 'go#10', 'rust', 'null-go', 'null-rust']);
});

test.each([
  [0, 4, false],
  [1, 3, false],
  [1, 2, true],
  [2, 3, true],
])('%d of %d rounds limited by the generator', (limited, rounds, expected) => {
  const trials = Array.from({ length: rounds }, (_, i) =>
    aTrial({ round: i + 1, limitedBy: i < limited ? 'generator' : 'server' }),
  );
  const [entry] = summarize({ config, trials });
  expect(entry?.generatorLimitedRounds).toBe(limited);
  expect(entry && isGeneratorLimited(entry)).toBe(expected);
});

test.each([
  ['kept', {}, true],
  ['nearly all sent', { sentShare: 0.99 }, true],
  ['too few sent', { sentShare: 0.98 }, false],
  // Lag is told of each percentile, in its bounds.
  ['a lag however large', { scheduleLag: { p50Ns: 1, p99Ns: 1e6, maxNs: 1e6 } }, true],
])('an open loop: %s', (_, changes, kept) => {
  const trial = aLatencyTrial();
  const changed = { ...trial, offered: trial.offered && { ...trial.offered, ...changes } };
  expect(summarize({ config, trials: [changed] })[0]?.rateKept).toBe(kept);
  // One odd round of three is no reason.
  const trials = [trial, { ...trial, round: 2 }, { ...changed, round: 3 }];
  expect(summarize({ config, trials })[0]?.rateKept).toBe(true);
});

test.each([
  ['a tenth of the P50', 10_000, false],
  ['more than that', 10_001, true],
])('a lag of %s, %d ns of 100 µs, is large: %s', (_, p99Ns, isLarge) => {
  const trial = trialWithP50({}, 100_000);
  const scheduleLag = { p50Ns: 0, p99Ns, maxNs: 1e9 };
  const offered = trial.offered && { ...trial.offered, scheduleLag };
  expect(hasLargeLag([{ ...trial, offered }])).toBe(isLarge);
  expect(hasLargeLag([trial, { ...trial, round: 2 }, { ...trial, round: 3, offered }])).toBe(false);
});

test('a lag that nobody measured, or of a loop that has none, is not large', () => {
  const trial = aLatencyTrial();
  const offered = trial.offered && { ...trial.offered, scheduleLag: null };
  expect(hasLargeLag([{ ...trial, offered }])).toBe(false);
  expect(hasLargeLag([aTrial()])).toBe(false);
});
