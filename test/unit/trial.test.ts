import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHistogram, encodeHistogram } from '../../src/histogram.js';
import { noErrors } from '../../src/load/error-kinds.js';
import type { LoadOutcome } from '../../src/load/protocol.js';
import { trialSchema } from '../../src/result/schema.js';
import {
  cpusOf,
  keptRate,
  keptShare,
  latencyOf,
  type TrialMeasurement,
  toTrial,
} from '../../src/result/trial.js';
import { aSeries } from '../helpers/reports.js';
import { aTrial } from '../helpers/results.js';

const histogramOf = (count: number, ns: number) => {
  const histogram = createHistogram();
  for (let i = 0; i < count; i++) histogram.recordValue(ns);
  return encodeHistogram(histogram);
};

interface Changes {
  answered?: number;
  /** Makes it an open loop that planned 1000 requests, so many of which were sent in time. */
  sent?: number;
}

function measured(changes: Changes = {}): TrialMeasurement {
  const { answered = 1000, sent } = changes;
  const open = sent !== undefined;
  const load: LoadOutcome = {
    planned: open ? 1000 : answered,
    answered,
    errors: noErrors(),
    firstError: null,
    retried: 0,
    hung: false,
    windowMs: 1000,
    requestsPerSecond: answered * 0.9,
    sentInWindow: sent ?? 0,
    byName: { get: answered * 0.75, post: answered * 0.25 },
    misses: answered * 0.25,
    connectionsOpened: 3,
    sentBytes: 10,
    receivedBytes: 20,
    serviceTime: histogramOf(answered, 100_000),
    responseTime: open ? histogramOf(answered, 200_000) : null,
    scheduleLag: open ? histogramOf(answered, 5000) : null,
    undisturbedTime: open ? histogramOf(answered, 150_000) : null,
    parts: null,
    censored: null,
    timeline: null,
    generator: {
      cpuUs: 400_000,
      utilization: 0.5,
      elapsedMs: 1000,
      stalledMs: 20,
      longestStallMs: 12,
      disturbed: 7,
    },
  };
  return {
    round: 2,
    target: 'go',
    startedAt: new Date(0),
    ratePerSecond: open ? 1000 : null,
    load,
    warmup: { planned: 50, errors: 0, firstError: null },
    facts: {
      server: null,
      limitedBy: 'neither',
      noise: { stealShare: 0.01, othersShare: 0.02, pressureShare: null },
      runtime: { counted: null, go: null, rust: null },
    },
    series: null,
    readBack: null,
  };
}

const stretch = { measure: 'throughput' as const, operation: 'get:75,post:25' };

test('figures follow from the counts', () => {
  expect(toTrial(stretch, measured())).toMatchObject({
    round: 2,
    target: 'go',
    measure: 'throughput',
    operation: 'get:75,post:25',
    requests: { planned: 1000, answered: 1000, byName: { get: 750, post: 250 }, misses: 250 },
    requestsPerSecond: 900,
    offered: null,
    serviceTime: { p50Ns: expect.closeTo(100_000, -2) },
    responseTime: null,
    bytes: { sent: 10, received: 20 },
    connectionsOpened: 3,
    server: null,
    runtime: { go: null },
    limitedBy: 'neither',
    generator: { cpuNs: 4e8, cpuPerRequestNs: 4e5, utilization: 0.5 },
    noise: { stealShare: 0.01 },
  });
});

test('an open loop has response times, and says how well the schedule was kept', () => {
  const trial = toTrial({ ...stretch, measure: 'latency' }, measured({ sent: 950, answered: 990 }));
  expect(trial.responseTime?.p50Ns).toBeCloseTo(200_000, -3);
  expect(trial.serviceTime?.p50Ns).toBeCloseTo(100_000, -3);
  expect(trial.offered).toMatchObject({ ratePerSecond: 1000, sentShare: 0.95 });
  expect(trial.offered?.scheduleLag?.p50Ns).toBeCloseTo(5000, -2);
  expect(trial.offered?.scheduleLag?.maxNs).toBeCloseTo(5000, -2);
});

test('an open loop in which nothing was planned is not late', () => {
  const nothing = measured({ sent: 0, answered: 0 });
  const trial = toTrial(stretch, { ...nothing, load: { ...nothing.load, planned: 0 } });
  expect(trial.offered).toMatchObject({ sentShare: 1, scheduleLag: { maxNs: 0 } });
  expect(trial.responseTime).toBeNull();
});

test('a read-back is split into what was lost and what could not be read', () => {
  const readBack = {
    planned: 10,
    answered: 6,
    errors: { ...noErrors(), status: 1, mismatch: 2, reset: 1 },
    firstError: 'GET /k: status 404 instead of 200',
    lost: 3,
    retried: 0,
    hung: false,
  };
  const trial = toTrial(stretch, { ...measured(), readBack });
  expect(trial.readBack).toEqual({ checked: 10, lost: 3, unreadable: 1 });
  expect(trial.firstError).toBe(readBack.firstError);
});

test('the first error is that of the warm-up, if it had one', () => {
  const own = measured();
  const load = { ...own.load, firstError: 'second' };
  const warmup = { planned: 50, errors: 2, firstError: 'first' };
  expect(toTrial(stretch, { ...own, load, warmup })).toMatchObject({
    firstError: 'first',
    warmup: { planned: 50, errors: 2 },
  });
  expect(toTrial(stretch, { ...own, load }).firstError).toBe('second');
});

test('without a right answer there is nothing to divide by', () => {
  expect(toTrial(stretch, measured({ answered: 0 }))).toMatchObject({
    serviceTime: null,
    generator: { cpuPerRequestNs: null },
  });
});

test('documents have their fields in the order of the schema', () => {
  expect(Object.keys(toTrial(stretch, measured()))).toEqual(
    Object.keys(trialSchema.shape).filter((name) => name !== 'fresh'),
  );
});

test.each([
  [1000, true],
  [keptShare * 1000, true],
  [980, false],
])('an open loop of which %d of 1000 left in time kept its rate: %s', (sent, isKept) => {
  expect(keptRate(measured({ sent }).load)).toBe(isKept);
});

test('a closed loop has no rate to keep', () => {
  expect(keptRate(measured().load)).toBe(false);
});

describe('the CPUs that a server used', () => {
  const trial = aTrial({ windowMs: 1000 });
  const server = trial.server && { ...trial.server, cpuNs: 1.5e9 };
  const series = aSeries({ intervals: 20, intervalMs: 100, ratePerSecond: 1000, seed: 1 });
  /** Half of the intervals under load, at 0.8 CPUs; then a backlog, at 0.7. */
  const backlog = {
    ...series,
    loadedMs: series.loadedMs.map((_, index) => (index < 10 ? 100 : 0)),
    cpuNs: series.loadedMs.map((_, index) => (index < 10 ? 8e7 : 7e7)),
  };

  test('are those under load, not those of the backlog after it', () => {
    expect(cpusOf({ ...trial, server, series: backlog })).toBeCloseTo(0.8);
  });

  test('are those of the window where no interval was whole, or none is known', () => {
    const slices = { ...backlog, loadedMs: backlog.loadedMs.map((ms) => ms / 2) };
    expect(cpusOf({ ...trial, server, series: slices })).toBe(1.5);
    const unknown = { ...backlog, cpuNs: backlog.cpuNs.map(() => null) };
    expect(cpusOf({ ...trial, server, series: unknown })).toBe(1.5);
    expect(cpusOf({ ...trial, server, series: null })).toBe(1.5);
    expect(cpusOf({ ...trial, server: null, series: backlog })).toBeNull();
  });
});

describe('what was waited for in vain', () => {
  const trialOf = (changes: Partial<LoadOutcome>) => {
    const own = measured({ sent: 1000 });
    return toTrial(stretch, { ...own, load: { ...own.load, ...changes } });
  };
  /** A hundred answers of 1 to 100 ms. */
  const text = (() => {
    const histogram = createHistogram();
    for (let ms = 1; ms <= 100; ms++) histogram.recordValue(ms * 1e6);
    return encodeHistogram(histogram);
  })();
  const load = { answered: 100, planned: 100, responseTime: text, undisturbedTime: text };

  test('is longer than all else in every percentile', () => {
    const { responseTime } = trialOf({ ...load, censored: { count: 100, atLeastMs: 1000 } });
    expect(responseTime).toMatchObject({
      censored: { count: 100, atLeastNs: 1e9 },
      atLeast: ['p90Ns', 'p99Ns', 'p999Ns', 'maxNs'],
      p90Ns: 1e9,
      maxNs: 1e9,
    });
    // Half of them had an answer: the longest of these.
    expect((responseTime?.p50Ns ?? 0) / 1e8).toBeCloseTo(1, 2);
  });

  test('has waited at least as long as the longest answer took', () => {
    const { responseTime } = trialOf({ ...load, censored: { count: 5, atLeastMs: 3 } });
    expect(responseTime).toMatchObject({ atLeast: ['p99Ns', 'p999Ns', 'maxNs'] });
    expect(responseTime?.p99Ns).toBe(responseTime?.maxNs);
    expect((responseTime?.p99Ns ?? 0) / 1e8).toBeCloseTo(1, 2);
  });

  test.each([
    ['surely took nothing, where each met a stall of the generator', text, 0],
    ['is not told apart, where there is none', encodeHistogram(createHistogram()), undefined],
  ])('an answer %s', (_, responseTime, low) => {
    const undisturbedTime = encodeHistogram(createHistogram());
    const censored = { count: 5, atLeastMs: 1000 };
    const trial = trialOf({ ...load, responseTime, undisturbedTime, censored });
    expect(trial.responseTime?.low?.p50Ns).toBe(low);
    expect(trial.responseTime?.low?.maxNs).toBe(low);
  });

  test('belongs to the service times of a closed loop', () => {
    const own = measured();
    const closed = { ...own.load, ...load, responseTime: null, undisturbedTime: null };
    const censored = { count: 1, atLeastMs: 5000 };
    const trial = toTrial(stretch, { ...own, load: { ...closed, serviceTime: text, censored } });
    expect(trial.serviceTime).toMatchObject({ maxNs: 5e9, atLeast: ['p999Ns', 'maxNs'] });
  });

  test('is in what the server took, as far as that is told apart', () => {
    const parts = {
      stamped: 100,
      waiting: text,
      server: text,
      pickedUp: text,
      ours: text,
      theirs: text,
    };
    const censored = { count: 100, atLeastMs: 1000 };
    const open = trialOf({ ...load, censored, parts });
    expect(open.parts).toMatchObject({
      stamped: 100,
      theirs: { p90Ns: 1e9 },
      ours: { atLeast: [] },
      server: { censored: null, atLeast: [] },
    });
    expect(open.parts?.theirs?.low).not.toBeNull();
    expect(latencyOf(open)).toBe(open.parts?.theirs);

    const own = measured();
    const closed = { ...own.load, ...load, responseTime: null, scheduleLag: null };
    const trial = toTrial(stretch, {
      ...own,
      load: { ...closed, censored, parts: { ...parts, waiting: null, theirs: null } },
    });
    expect(trial.parts).toMatchObject({
      heldUp: null,
      waiting: null,
      theirs: null,
      server: { p90Ns: 1e9 },
    });
    expect(latencyOf(trial)).toBe(trial.parts?.server);
  });

  test('no figure is above the longest, nor its lower bound above itself', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4e9 }), { minLength: 1, maxLength: 50 }),
        fc.nat(60),
        (times, count) => {
          const histogram = createHistogram();
          for (const ns of times) histogram.recordValue(ns);
          const responseTime = encodeHistogram(histogram);
          const censored = count > 0 ? { count, atLeastMs: 1 } : null;
          const trial = trialOf({ ...load, responseTime, undisturbedTime: text, censored });
          const latency = trial.responseTime;
          if (!latency?.low) throw new Error('no bounds');
          const names = ['p50Ns', 'p90Ns', 'p99Ns', 'p999Ns', 'maxNs'] as const;
          names.reduce((before, name) => {
            expect(latency[name]).toBeGreaterThanOrEqual(before);
            expect(latency[name]).toBeLessThanOrEqual(latency.maxNs);
            expect(latency.low?.[name]).toBeLessThanOrEqual(latency[name]);
            return latency[name];
          }, 0);
        },
      ),
      { numRuns: 30 },
    );
  });
});

test('stalls of the generator are told, but of a closed loop not', () => {
  const open = toTrial(stretch, measured({ sent: 1000 }));
  expect(open.generator?.stalls).toEqual({ timeMs: 20, longestMs: 12, requests: 7 });
  expect(toTrial(stretch, measured()).generator?.stalls).toBeNull();
});
