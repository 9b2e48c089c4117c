import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toSweepPolicy } from '../../src/api/sweep-request.js';
import { IntervalHistogram } from '../../src/interval-histogram.js';
import { createSchedule } from '../../src/load/schedule.js';
import { createRandom } from '../../src/random.js';
import { kneeOf } from '../../src/sweep/curve.js';
import { ladderLevels, roundLevel } from '../../src/sweep/ladder.js';
import { nextStep } from '../../src/sweep/next.js';
import { pastKnee } from '../../src/sweep/past-knee.js';
import type { SweepPolicy } from '../../src/sweep/schema.js';
import { parseSlo } from '../../src/sweep/slo.js';
import type { Rung } from '../../src/sweep/standing.js';

const auto = toSweepPolicy({});
const slo = parseSlo('p99<5ms');

interface Server {
  /** Requests per second, or connections, up to which the objective is kept. */
  capacity: number;
  /** Above it nobody can tell. */
  generatorLimit?: number;
  /** How often a step that would be kept is not. */
  flaps?: number;
  /** How far a short closed loop is off. */
  guess?: number;
  seed?: number;
}

/** Climbs a server that is known, until the machine says that it is over. */
function climb(policy: SweepPolicy, server: Server) {
  const { capacity, generatorLimit = Number.POSITIVE_INFINITY, flaps = 0, guess = 1 } = server;
  const random = createRandom(server.seed ?? 1);
  const rungs: Rung[] = [];
  for (;;) {
    const next = nextStep(policy, rungs, capacity * guess);
    if (next.next === 'end') return { rungs, ended: next.ended, knee: kneeOf(rungs) };
    const { level, purpose } = next;
    const outcome =
      level > generatorLimit
        ? ('generator-limited' as const)
        : level > capacity || random() < flaps
          ? ('broken' as const)
          : ('kept' as const);
    const requestsPerSecond = Math.min(level, capacity);
    rungs.push({ purpose, level, outcome, requestsPerSecond });
    expect(rungs.length).toBeLessThan(80);
  }
}

describe('the knee', () => {
  test('is found within 5 % of what the server can do, and measured twice', () => {
    const servers = fc.record({
      capacity: fc.integer({ min: 200, max: 500_000 }),
      guess: fc.double({ min: 0.4, max: 1.5, noNaN: true }),
    });
    fc.assert(
      fc.property(servers, (server) => {
        const { knee, ended, rungs } = climb(auto, server);
        expect(ended).toBe('saturated');
        expect(knee).toMatchObject({ confirmed: true, limitedBy: 'server' });
        expect(knee?.level).toBeLessThanOrEqual(server.capacity);
        expect(knee?.level).toBeGreaterThan(server.capacity * 0.95);
        expect(knee?.brokenAt).toBeGreaterThan(server.capacity);
        expect(rungs.length).toBeLessThan(30);
        const kept = rungs.filter((rung) => rung.level === knee?.level);
        expect(kept.length).toBeGreaterThanOrEqual(2);
      }),
    );
  });

  test.each([
    ['ten', 0.1, 190],
    ['five', 0.2, 165],
  ])('is mostly found on a machine that hiccups in one step of %s', (_, flaps, least) => {
    const seeds = Array.from({ length: 200 }, (_, seed) => seed);
    const near = seeds.filter((seed) => {
      const { knee } = climb(auto, { capacity: 20_000, flaps, seed });
      return knee && knee.level > 19_000 && knee.level <= 20_000;
    });
    expect(near.length).toBeGreaterThan(least);
  });

  test('is not where the machine had a bad moment, however often it was seen', () => {
    const levels = ladderLevels(auto, 20_000);
    const moment = levels[3] as number;
    const rungs: Rung[] = [];
    for (;;) {
      const next = nextStep(auto, rungs, 20_000);
      if (next.next === 'end') break;
      const { level, purpose } = next;
      const outcome = level === moment || level > 20_000 ? 'broken' : 'kept';
      rungs.push({ purpose, level, outcome, requestsPerSecond: level });
    }
    expect(rungs.filter(({ level }) => level === moment).length).toBe(2);
    expect(kneeOf(rungs)?.level).toBeGreaterThan(19_000);
  });

  test('is only a lower bound where the generator was the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2000, max: 20_000 }), (generatorLimit) => {
        const { knee, ended, rungs } = climb(auto, { capacity: 30_000, generatorLimit });
        expect(ended).toBe('generator-limited');
        expect(knee?.limitedBy ?? 'generator').toBe('generator');
        expect(knee?.level ?? 0).toBeLessThanOrEqual(generatorLimit);
        // The bound is as near as a knee would be, where the ladder does not begin above it.
        if (generatorLimit > 30_000 / 8) expect(knee?.level).toBeGreaterThan(generatorLimit * 0.95);
        expect(rungs.some(({ purpose }) => purpose === 'overload')).toBe(false);
      }),
    );
  });

  test('of a ladder lies between two of its steps, or beyond them', () => {
    const policy = toSweepPolicy({ from: 1000, to: 9000, steps: 9, spacing: 'linear' });
    expect(climb(policy, { capacity: 4500 }).knee?.level).toBeGreaterThan(4275);
    expect(climb(policy, { capacity: 50_000 })).toMatchObject({
      ended: 'ladder-used-up',
      knee: { level: 9000, limitedBy: 'ladder', brokenAt: null, confirmed: true },
    });
    const unsearched = toSweepPolicy({
      from: 1000,
      to: 9000,
      steps: 9,
      spacing: 'linear',
      search: false,
    });
    const { knee, rungs } = climb(unsearched, { capacity: 4500 });
    expect(knee).toMatchObject({ level: 4000, brokenAt: 5000 });
    expect(rungs.every(({ purpose }) => purpose === 'ladder' || purpose === 'confirm')).toBe(true);
  });

  test('is none where no step of a ladder is kept', () => {
    const policy = toSweepPolicy({ from: 1000, to: 2000, steps: 3 });
    expect(climb(policy, { capacity: 500 })).toMatchObject({ ended: 'saturated', knee: null });
  });

  test('whatever comes of the steps, it ends', () => {
    const outcomes = fc.array(
      fc.constantFrom<Rung['outcome']>('kept', 'broken', 'generator-limited'),
      {
        minLength: 100,
        maxLength: 100,
      },
    );
    const policies = fc.constantFrom(
      auto,
      toSweepPolicy({ by: 'connections' }),
      toSweepPolicy({ from: 10, to: 1000, steps: 5 }),
    );
    fc.assert(
      fc.property(policies, outcomes, (policy, all) => {
        const rungs: Rung[] = [];
        for (const outcome of all) {
          const next = nextStep(policy, rungs, 1000);
          if (next.next === 'end') return;
          const { purpose, level } = next;
          rungs.push({ purpose, level, outcome, requestsPerSecond: level });
        }
        throw new Error('100 steps were not enough');
      }),
    );
  });

  test('past it, and only past it, there is an overload of half as much again', () => {
    const { rungs, knee } = climb(auto, { capacity: 10_000 });
    const overloads = rungs.filter(({ purpose }) => purpose === 'overload');
    expect(overloads.map(({ level }) => level)).toEqual([Math.round((knee?.level ?? 0) * 1.5)]);
    expect(rungs.at(-1)?.purpose).toBe('overload');
    const without = climb(toSweepPolicy({ overload: false }), { capacity: 10_000 });
    expect(without.rungs.some(({ purpose }) => purpose === 'overload')).toBe(false);
  });
});

describe('a ladder', () => {
  test.each([
    [{ from: 100, to: 800, steps: 4 }, [100, 200, 400, 800]],
    [{ from: 100, to: 400, steps: 4, spacing: 'linear' as const }, [100, 200, 300, 400]],
    [{ from: 1, to: 4, steps: 10, by: 'connections' as const }, [1, 2, 3, 4]],
    [{ by: 'connections' as const }, [1, 2, 4, 8, 16, 32, 64, 128, 256]],
  ])('%j is %j', (settings, levels) => {
    expect(ladderLevels(toSweepPolicy(settings), 1)).toEqual(levels);
  });

  test('without ends begins at an eighth of the capacity', () => {
    const levels = ladderLevels(auto, 8000);
    // 1000 × 1.4, and so on; the last is 1000 × 1.4¹², which is 7 times the capacity.
    expect(levels.slice(0, 4)).toEqual([1000, 1400, 1960, 2744]);
    expect(levels.length).toBe(13);
    expect(levels.at(-1)).toBe(56_694);
  });

  test('has levels that can be read', () => {
    expect([0.2, 12.345, 99.96, 1234.5].map((level) => roundLevel(level, 'rate'))).toEqual([
      1, 12.3, 100, 1235,
    ]);
  });

  test.each([
    [{ from: 10 }, 'A ladder has two ends, and only --from was given.'],
    [{ to: 10 }, 'A ladder has two ends, and only --to was given.'],
    [{ from: 10, to: 5 }, "A ladder from 10 to 5 can't be climbed."],
    [{ from: 0, to: 5 }, "A ladder from 0 to 5 can't be climbed."],
    [{ from: 1, to: 5, steps: 1 }, "A ladder of 1 steps can't be climbed."],
    [{ steps: 5 }, 'steps is of a ladder.'],
    [
      { by: 'connections' as const, from: 1, to: 20_000 },
      "A ladder from 1 to 20000 can't be climbed.",
    ],
    [{ slo: 'rss<5MB' }, '--slo "rss<5MB" is no objective for a latency.'],
    [{ slo: 'p99>5ms' }, '--slo "p99>5ms" is no objective for a latency.'],
    [{ slo: 'go.p99<5ms' }, '--slo "go.p99<5ms" is no objective for a latency.'],
    [{ slo: 'go#1.p99<5ms' }, '--slo "go#1.p99<5ms" is no objective for a latency.'],
    [
      { slo: 'ratio(go/rust).p99<2' },
      '--slo "ratio(go/rust).p99<2" is no objective for a latency.',
    ],
    [{ slo: 'p99<0ms' }, '--slo "p99<0ms" is no objective for a latency.'],
  ])('%j is refused', (settings, message) => {
    expect(() => toSweepPolicy(settings)).toThrow(message);
  });
});

describe('an objective', () => {
  test.each([
    ['p50<1.5ms', 'p50Ns', 1_500_000],
    ['*.p999 <= 2s', 'p999Ns', 2e9],
    ['max<250us', 'maxNs', 250_000],
  ])('%s is a percentile and its limit', (expression, metric, limitNs) => {
    expect(parseSlo(expression)).toEqual({ expression, metric, limitNs });
  });

  test('that is none is refused with what would be one', () => {
    const hint =
      'Give one of p50, p90, p99, p999, max with the limit that it must stay below, as p99<5ms.';
    const refused = expect.objectContaining({ kind: 'usage', hint });
    expect(() => parseSlo('rss<5MB')).toThrow(refused);
  });
});

describe('past the knee', () => {
  const interval = (count: number, ns: number, errors = 0) => {
    const histogram = new IntervalHistogram();
    for (let i = 0; i < count; i++) histogram.record(ns);
    return { loadedMs: 100, answered: count, errors, latency: histogram.toSparse() };
  };
  const repeat = (times: number, count: number, ns: number) =>
    Array.from({ length: times }, () => interval(count, ns));
  const outcomeOf = (intervals: ReturnType<typeof interval>[]) =>
    pastKnee(
      { startedAtMs: 0, intervalMs: 100, intervals },
      { ratePerSecond: 150, overloadMs: 1000, slo },
    );

  test('goodput is what came in time, recovery what it took until all did again', () => {
    const all = [
      ...repeat(5, 10, 1e6),
      ...repeat(5, 10, 9e6),
      ...repeat(4, 10, 9e6),
      ...repeat(20, 5, 1e6),
    ];
    expect(outcomeOf(all)).toEqual({
      ratePerSecond: 150,
      goodputPerSecond: 50,
      answeredPerSecond: 100,
      recoveryMs: 400,
    });
  });

  test('a server that never recovers does not', () => {
    expect(outcomeOf(repeat(30, 10, 9e6))).toMatchObject({ goodputPerSecond: 0, recoveryMs: null });
  });

  test('errors are no recovery', () => {
    const bad = [interval(5, 1e6, 1)];
    const all = [...repeat(10, 10, 9e6), ...repeat(5, 5, 1e6), ...bad, ...repeat(10, 5, 1e6)];
    expect(outcomeOf(all).recoveryMs).toBe(600);
  });

  const overload = repeat(10, 10, 9e6);
  test.each([
    ['at once', 0, repeat(10, 10, 1e6)],
    ['in the last 300 ms', 400, [...repeat(4, 10, 9e6), ...repeat(3, 10, 1e6)]],
    ['too late to be seen', null, [...repeat(5, 10, 9e6), ...repeat(2, 10, 1e6)]],
    // The one slow answer is in the P99 of 300 ms, but not in that of all that follows.
    ['after the last gap', 200, [...repeat(1, 10, 1e6), interval(1, 9e6), ...repeat(20, 10, 1e6)]],
    // 300 ms in which somebody was answered begin 200 ms before that.
    ['where answers come again', 300, [...repeat(5, 0, 0), ...repeat(10, 10, 1e6)]],
  ])('a server recovers %s', (_, recoveryMs, after) => {
    expect(outcomeOf([...overload, ...after]).recoveryMs).toBe(recoveryMs);
  });

  test('a latency at its limit does not keep it', () => {
    const intervals = repeat(20, 10, 200);
    const limits = { ratePerSecond: 150, overloadMs: 1000 };
    const recoveryWith = (limitNs: number) =>
      pastKnee(
        { startedAtMs: 0, intervalMs: 100, intervals },
        { ...limits, slo: { ...slo, limitNs } },
      ).recoveryMs;
    expect([200, 201].map(recoveryWith)).toEqual([null, 0]);
  });
});

test.each(['constant', 'poisson'] as const)('a schedule changes its rate, %s', (arrivals) => {
  const schedule = createSchedule({
    ratePerSecond: 1000,
    arrivals,
    durationMs: 2000,
    seed: 1,
    arms: 1,
    arm: 0,
    later: { atMs: 500, ratePerSecond: 100 },
  });
  const next = schedule.slice(2000);
  const moments: number[] = [];
  for (let at = next(); at !== Number.POSITIVE_INFINITY; at = next()) moments.push(at);
  expect(moments).toEqual(moments.toSorted((a, b) => a - b));
  const before = moments.filter((at) => at < 500).length;
  const later = moments.length - before;
  const spread = arrivals === 'constant' ? 0 : 100;
  expect(Math.abs(before - 500)).toBeLessThanOrEqual(spread);
  expect(Math.abs(later - 150)).toBeLessThanOrEqual(spread / 2);
});
