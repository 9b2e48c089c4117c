import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunConfig } from '../../src/config/schema.js';
import type { Latency, RunResult, Threshold, Trial } from '../../src/result/schema.js';
import { parseThreshold } from '../../src/stats/threshold-expression.js';
import {
  checkThresholds,
  evaluateThresholds,
  thresholdFailure,
} from '../../src/stats/thresholds.js';
import {
  aLatencyTrial,
  aResult,
  aTrial,
  failing,
  neverAnswered,
  pairedRounds,
  someParts,
  someRequests,
  trialWithP50,
} from '../helpers/results.js';

const evaluate = (text: string, result: RunResult) =>
  evaluateThresholds([parseThreshold(text)], result);
const outcomes = (text: string, result: RunResult) =>
  evaluate(text, result).map(({ figure, outcome }) => `${figure}: ${outcome}`);
const one = (text: string, result: RunResult): Threshold => {
  const [threshold, ...others] = evaluate(text, result);
  expect(others).toEqual([]);
  if (!threshold) throw new Error('no figure');
  return threshold;
};

const single: Partial<RunConfig> = { targets: ['go'], operations: ['get'] };
const goGet = (...trials: Trial[]) =>
  aResult(
    trials.map((trial, i) => ({ ...trial, target: 'go', round: i + 1 })),
    single,
  );
/** 500 µs at P50, 990 µs at P99, and a lag of 4 µs at P99. */
const open = aLatencyTrial();
const offered = open.offered as NonNullable<Trial['offered']>;
const withOffered = (changes: Partial<NonNullable<Trial['offered']>>, more: Partial<Trial> = {}) =>
  aLatencyTrial({ ...more, offered: { ...offered, ...changes } });
const lag = (p99Ns: number, maxNs = p99Ns) => ({ scheduleLag: { p50Ns: 0, p99Ns, maxNs } });
const quick = { ...(open.serviceTime as NonNullable<Trial['serviceTime']>), p50Ns: 300_000 };

test('what the generator added is in no figure where it is told apart', () => {
  const latency = open.responseTime as Latency;
  const { p50Ns, p90Ns, p99Ns, p999Ns, maxNs } = latency;
  const read = { ...latency, p99Ns: 9e6 };
  const theirs = { ...latency, low: { p50Ns, p90Ns, p99Ns: 500_000, p999Ns, maxNs } };
  const trial = aLatencyTrial({ responseTime: read, parts: { ...someParts(), theirs } });
  const result = goGet(trial, trial, trial);
  expect(one('p99>2ms', result)).toMatchObject({ value: p99Ns, outcome: 'kept' });
  expect(one('p99>400us', result)).toMatchObject({ outcome: 'broken' });
  // Of the requests that met no stall it is kept, of all it is not.
  expect(one('p99>700us', result)).toMatchObject({ outcome: 'untrusted' });
});

test('an omitted target is every one, an omitted operation too; null targets must be named', () => {
  const trials = ['rust', 'go', 'null-go'].flatMap((target) =>
    ['get', 'post'].map((operation) => aLatencyTrial({ target, operation })),
  );
  const result = aResult(trials);
  expect(outcomes('p50>1ms', result)).toEqual([
    'rust get P50: kept',
    'rust post P50: kept',
    'go get P50: kept',
    'go post P50: kept',
  ]);
  expect(outcomes('get.p50>1us', result)).toEqual(['rust get P50: broken', 'go get P50: broken']);
  expect(outcomes('go.p50>1us', result)).toEqual(['go get P50: broken', 'go post P50: broken']);
  expect(outcomes('*.get.p50>1us', result)).toHaveLength(2);
  expect(outcomes('null-go.get.p50>1us', result)).toEqual(['null-go get P50: broken']);
});

test('a mix may name its parts in any order', () => {
  const operations = ['get:95,post:5'];
  const result = aResult([aLatencyTrial({ operation: 'get:95,post:5' })], { operations });
  expect(outcomes('rust.post:5,get:95.p99>5ms', result)).toEqual(['rust get:95,post:5 P99: kept']);
});

test.each<[string, number, Threshold['outcome']]>([
  ['get.p50>499us', 500_000, 'broken'],
  ['get.p50>500us', 500_000, 'kept'],
  ['get.p50>=600us', 500_000, 'kept'],
  ['get.p50<600us', 500_000, 'broken'],
  ['get.p50<=400us', 500_000, 'kept'],
  ['get.p50<=500us', 500_000, 'broken'],
  ['get.p99>5ms', 990_000, 'kept'],
  ['get.cpu>19us', 20_000, 'broken'],
  ['get.cpu>=20us', 20_000, 'broken'],
  ['get.cpu>20us', 20_000, 'kept'],
  ['go.rss>9MB', 9e6, 'kept'],
  ['rss>8.5MiB', 9e6, 'broken'],
  ['rps<500', 500, 'kept'],
  ['rps<501', 500, 'broken'],
  ['errors>0', 0, 'kept'],
  ['errors>=0', 0, 'broken'],
])('%s of %d is %s', (text, value, outcome) => {
  const result = goGet(open, { ...aTrial(), measure: 'throughput' });
  expect(one(text, result)).toMatchObject({ expression: text, value, outcome, reason: null });
});

test('the figure is the median over rounds, and the slowest answer that of all rounds', () => {
  const result = goGet(
    ...[100, 900, 200].map((us) => trialWithP50({ serviceTime: null }, us * 1000)),
  );
  expect(one('get.p50>199us', { ...result })).toMatchObject({ value: 200_000 });
  const slow = {
    ...open,
    responseTime: { ...quick, maxNs: 7e6 },
    serviceTime: { ...quick, maxNs: 7e6 },
  };
  expect(one('get.max>6ms', goGet(open, open, slow))).toMatchObject({
    value: 7e6,
    outcome: 'broken',
  });
});

describe("the generator's lag only adds to a response time", () => {
  const slowService = { ...quick, p50Ns: 480_000 };
  test.each<[string, Partial<Trial>, number, string, Threshold['outcome']]>([
    [
      'what is kept in spite of it is kept',
      { serviceTime: quick },
      400_000,
      'get.p50>600us',
      'kept',
    ],
    ['what it may have put over', { serviceTime: quick }, 100_000, 'get.p50>450us', 'untrusted'],
    ['what is over without it', { serviceTime: quick }, 40_000, 'get.p50>450us', 'broken'],
    [
      'what the server took alone',
      { serviceTime: slowService },
      400_000,
      'get.p50>450us',
      'broken',
    ],
    ['what may truly be under', { serviceTime: quick }, 100_000, 'get.p50<450us', 'untrusted'],
    ['what is under with it', { serviceTime: quick }, 100_000, 'get.p50<600us', 'broken'],
  ])('%s', (_, changes, lagNs, text, outcome) => {
    expect(one(text, goGet(withOffered(lag(lagNs), changes))).outcome).toBe(outcome);
  });

  test('what most rounds surely took is what the figure surely is', () => {
    const surely = (us: number) =>
      withOffered(lag(400_000), { serviceTime: { ...quick, p50Ns: us * 1000 } });
    expect(one('get.p50>400us', goGet(surely(100), surely(480), surely(490))).outcome).toBe(
      'broken',
    );
    expect(one('get.p50>400us', goGet(surely(100), surely(110), surely(490))).outcome).toBe(
      'untrusted',
    );
  });

  test('a tail can be made by the few that were late: there the longest lag counts', () => {
    const serviceTime = { ...quick, p90Ns: 100_000, p99Ns: 100_000 };
    const result = goGet(withOffered(lag(10_000, 800_000), { serviceTime }));
    expect(one('get.p90>800us', result).outcome).toBe('broken');
    expect(one('get.p99>800us', result)).toMatchObject({
      outcome: 'untrusted',
      reason: "the generator's own lag may be what makes the difference",
    });
  });
});

describe('a rate that was not kept', () => {
  const overload = (limitedBy: Trial['limitedBy']) =>
    goGet(withOffered({ sentShare: 0.8 }, { limitedBy }));
  test('keeps no bound, as the load was less than was asked for', () => {
    expect(one('get.p50>600us', overload('server')).outcome).toBe('untrusted');
    expect(one('get.cpu>1us', overload('server'))).toMatchObject({
      outcome: 'untrusted',
      reason: 'the rate was not kept: too few requests left in time',
    });
  });
  test('breaks one, if it was the server that could not keep up', () => {
    expect(one('get.p50>400us', overload('server')).outcome).toBe('broken');
    expect(one('get.p50>400us', overload('generator')).outcome).toBe('untrusted');
    expect(one('get.p50>400us', overload(null)).outcome).toBe('untrusted');
  });
  test.each<[Trial['limitedBy'][], Threshold['outcome']]>([
    [['server', 'neither'], 'broken'],
    [['server', 'neither', 'generator'], 'untrusted'],
  ])('which is the one that limited half of the rounds: %j, %s', (limits, outcome) => {
    const rounds = limits.map((limitedBy) => withOffered({ sentShare: 0.8 }, { limitedBy }));
    expect(one('get.p50>400us', goGet(...rounds)).outcome).toBe(outcome);
  });
});

test('a generator-limited throughput is the least that it can be', () => {
  for (const limitedBy of ['generator', null] as const) {
    const result = goGet(aTrial({ limitedBy }));
    expect(one('rps<400', result).outcome).toBe('kept');
    expect(one('rps<600', result).outcome).toBe('untrusted');
    expect(one('rps>400', result).outcome).toBe('broken');
  }
});

test.each<[Trial['limitedBy'][], Threshold['outcome'], string | null]>([
  [['server', 'neither', 'generator'], 'broken', null],
  [['server', 'neither', null], 'broken', null],
  [['server', null], 'untrusted', 'it is not known whether the load generator was the limit'],
  [['server', null, null], 'untrusted', 'it is not known whether the load generator was the limit'],
  [
    ['server', 'generator', null],
    'untrusted',
    'it is not known whether the load generator was the limit',
  ],
  [
    ['server', 'generator'],
    'untrusted',
    'the load generator was the limit, this server could do more',
  ],
])('a throughput below its bound in rounds limited by %j is %s', (limits, outcome, reason) => {
  const result = goGet(...limits.map((limitedBy) => aTrial({ limitedBy })));
  expect(one('rps<600', result)).toMatchObject({ value: 500, outcome, reason });
});

describe('errors', () => {
  const result = goGet(open, { ...aTrial(), requests: failing({ status: 1, reset: 1 }) });
  test('are those of the target and the operation', () => {
    const all = ['rust', 'go'].flatMap((target) => [
      aTrial({ target, operation: 'get' }),
      aTrial({ target, operation: 'post', requests: failing({ status: target === 'go' ? 2 : 0 }) }),
    ]);
    const ofTwo = aResult(all);
    expect(outcomes('errors>0', ofTwo)).toEqual([
      'rust get errors: kept',
      'rust post errors: kept',
      'go get errors: kept',
      'go post errors: broken',
    ]);
    expect(one('go.post.errors>0.1%', ofTwo).value).toBe(2 / 1002);
    expect(outcomes('get.rps<1', ofTwo)).toEqual([
      'rust get requests/s: kept',
      'go get requests/s: untrusted',
    ]);
  });
  test('are counted, or a share of what was planned', () => {
    expect(one('errors>0', result)).toMatchObject({ value: 2, outcome: 'broken', reason: null });
    expect(one('errors>2', result).outcome).toBe('kept');
    expect(one('errors>0.1%', result)).toMatchObject({ value: 2 / 2002, outcome: 'kept' });
    expect(one('errors>0.09%', result).outcome).toBe('broken');
  });
  test('take the trust from every other figure of the target', () => {
    for (const text of ['get.p50>1us', 'get.p50>1s', 'rps<1', 'rss>1MB', 'cpu>1us']) {
      expect(one(text, result)).toMatchObject({
        outcome: 'untrusted',
        reason: 'go gave 2 wrong or missing answers',
      });
    }
  });
});

test('figures of one operation leave those of another as they are', () => {
  const result = aResult(
    [
      aTrial({ operation: 'get', requestsPerSecond: 500 }),
      aTrial({ operation: 'post', requestsPerSecond: 550, limitedBy: 'generator' }),
    ],
    { targets: ['rust'] },
  );
  expect(evaluate('rps<600', result)).toMatchObject([
    { value: 500, outcome: 'broken' },
    { value: 550, outcome: 'untrusted' },
  ]);
});

test('what was not measured is untrusted, and so is all of a run that was cut', () => {
  for (const metric of ['p50', 'max', 'cpu']) {
    expect(one(`get.${metric}>1us`, goGet(aTrial()))).toMatchObject({
      value: null,
      outcome: 'untrusted',
      reason: 'it was not measured',
    });
  }
  expect(one('get.cpu>1us', goGet({ ...open, server: null })).outcome).toBe('untrusted');
  expect(one('errors>0', { ...goGet(open), trials: [], summary: [] }).value).toBeNull();
  expect(one('get.p50>1us', { ...goGet(open), state: 'interrupted' })).toMatchObject({
    outcome: 'untrusted',
    reason: 'the run is not complete',
  });
  expect(one('get.p50>1us', goGet({ ...open, offered: null }))).toMatchObject({
    outcome: 'untrusted',
    reason: 'it is not known how well the rate was kept',
  });
});

test('of service times alone, as another tool has them, a figure is the least that users wait', () => {
  const imported: Trial = {
    ...open,
    responseTime: null,
    offered: { ...offered, scheduleLag: null },
    limitedBy: null,
  };
  for (const result of [goGet(imported), goGet(imported, open)]) {
    expect(one('get.p50>400us', result).outcome).toBe('broken');
    expect(one('get.p99>900us', result).outcome).toBe('broken');
    expect(one('get.p50>600us', result)).toMatchObject({
      value: 500_000,
      outcome: 'untrusted',
      reason: 'only service times are known, and users may wait longer',
    });
  }
});

test('a round in which nothing was due says nothing', () => {
  const requests = someRequests({ planned: 0, answered: 0, byName: {} });
  const empty = { ...open, requests, serviceTime: null, responseTime: null };
  expect(one('get.p50>600us', goGet(open, empty, open)).outcome).toBe('kept');
  expect(one('get.p50>400us', goGet(open, empty)).outcome).toBe('broken');
});

describe('a ratio', () => {
  /** Rust takes `factor` times as long, in every round about. */
  const ratio = (factor: number, rounds = 10, make = trialWithP50) =>
    aResult(
      pairedRounds(rounds, (target, round) => {
        const p50Ns = 400_000 * (target === 'rust' ? factor : 1) * (1 + (round % 3) / 100);
        const trial = make({ target, round }, p50Ns);
        return { ...trial, serviceTime: trial.responseTime };
      }),
      { operations: ['get'] },
    );

  const withInterval = (result: RunResult, interval: { low: number; high: number }): RunResult => ({
    ...result,
    comparisons: result.comparisons.map((c) => ({ ...c, ratio: { ...c.ratio, ...interval } })),
  });

  test('is decided by its interval', () => {
    expect(one('ratio(rust/go).get.p50>1.2', ratio(1.4))).toMatchObject({
      figure: 'rust/go get P50',
      outcome: 'broken',
      value: expect.closeTo(1.4, 2),
    });
    expect(one('ratio(rust/go).get.p50>1.2', ratio(1.1)).outcome).toBe('kept');
    const noisy = withInterval(ratio(1.2), { low: 1.1, high: 1.3 });
    expect(one('ratio(rust/go).p50>1.2', noisy)).toMatchObject({
      outcome: 'untrusted',
      reason: 'the interval 1.10 to 1.30 holds the bound: more rounds would narrow it',
    });
  });

  test('may be asked for the other way round', () => {
    expect(one('ratio(go/rust).p50<0.8', ratio(1.4))).toMatchObject({
      figure: 'go/rust get P50',
      outcome: 'broken',
      value: expect.closeTo(1 / 1.4, 2),
    });
    const noisy = withInterval(ratio(1.25), { low: 1, high: 1.6 });
    expect(one('ratio(go/rust).p50<0.7', noisy).reason).toContain('the interval 0.63 to 1.00 ');
    expect(one('ratio(go/rust).p50<0.6', noisy).outcome).toBe('kept');
  });

  test('is that of the two targets, the operation, the loop and the metric that are named', () => {
    // A comparison for each of them, all with another ratio.
    const p50 = { rust: 400_000, go: 100_000, zig: 800_000 };
    const trials = Object.entries(p50).flatMap(([target, p50Ns]) =>
      [1, 2].flatMap((slower) => {
        const operation = slower === 1 ? 'get' : 'post';
        const trial = trialWithP50(
          { target, operation },
          target === 'rust' ? p50Ns * slower : p50Ns,
        );
        const closed = aTrial({ target, operation, requestsPerSecond: 1e9 / p50Ns });
        return [trial, closed];
      }),
    );
    const rounds = Array.from({ length: 8 }, (_, i) => trials.map((t) => ({ ...t, round: i + 1 })));
    const result = aResult(rounds.flat(), { targets: Object.keys(p50) });
    const values = (text: string) =>
      evaluate(text, result).map(({ figure, value }) => [figure, value]);
    expect(values('ratio(rust/go).p50>1')).toEqual([
      ['rust/go get P50', expect.closeTo(4, 9)],
      ['rust/go post P50', expect.closeTo(8, 9)],
    ]);
    expect(values('ratio(zig/go).get.p50>1')).toEqual([['zig/go get P50', expect.closeTo(8, 9)]]);
    expect(values('ratio(zig/rust).get.p50>1')).toEqual([
      ['zig/rust get P50', expect.closeTo(2, 9)],
    ]);
    expect(values('ratio(zig/rust).get.p99>1')).toEqual([
      ['zig/rust get P99', expect.closeTo(1, 9)],
    ]);
    expect(values('ratio(rust/go).get.rps<1')).toEqual([
      ['rust/go get requests/s', expect.closeTo(0.25, 9)],
    ]);
  });

  test('over what was never answered has no end, whichever is asked for', () => {
    const result = ratio(1);
    const found = result.comparisons.find(({ metric }) => metric === 'p50Ns');
    if (found) found.ratio = { ...found.ratio, estimate: 0, low: 0, high: 0 };
    expect(one('ratio(rust/go).p50>1.2', result)).toMatchObject({ value: 0, outcome: 'kept' });
    expect(one('ratio(go/rust).p50>1.2', result)).toMatchObject({ value: 1e9, outcome: 'broken' });
  });

  test('to what never answered is not known where nothing is known of the other', () => {
    const trials = pairedRounds(8, (target, round) => {
      if (target === 'rust') return { ...withOffered({ sentShare: 0.5 }), target, round };
      const trial = aLatencyTrial({ target, round });
      return { ...trial, ...neverAnswered(trial) };
    });
    const result = aResult(trials, { operations: ['get'] });
    expect(one('ratio(rust/go).p99>1.2', result)).toMatchObject({ value: 0, outcome: 'untrusted' });
    expect(one('ratio(go/rust).p99>1.2', result)).toMatchObject({
      value: 1e9,
      outcome: 'untrusted',
    });
  });

  test('of too few rounds, of wrong answers, of nothing', () => {
    expect(one('ratio(rust/go).p50>1.2', ratio(1.4, 3))).toMatchObject({
      outcome: 'untrusted',
      reason: "3 rounds can't give an interval: at least 8 are needed",
    });
    const result = ratio(1.4);
    const [first] = result.trials;
    if (first) first.warmup.errors = 1;
    expect(one('ratio(rust/go).p50>1.2', result).reason).toContain('1 wrong or missing');
    expect(one('ratio(rust/go).rps<1', ratio(1.4)).reason).toBe('it was not measured');
  });

  test('is as wide as the lag may make it', () => {
    const lagging = (changes: Partial<Trial>, p50Ns: number) => {
      const trial = trialWithP50(changes, p50Ns);
      return { ...trial, offered: { ...offered, ...lag(200_000) } };
    };
    const result = ratio(1.4, 10, lagging);
    // The service times are as long as the response times: no lag is in them.
    expect(one('ratio(rust/go).p50>1.2', result).outcome).toBe('broken');
    for (const trial of result.trials) trial.serviceTime = quick;
    expect(one('ratio(rust/go).p50>1.2', result).reason).toContain('lag');
    expect(one('ratio(rust/go).p50>0.5', result).outcome).toBe('broken');
    expect(one('ratio(rust/go).p50>3', result).outcome).toBe('kept');
  });

  test('of a throughput of which one side is a lower bound', () => {
    const result = aResult(
      pairedRounds(10, (target, round) =>
        aTrial({
          target,
          round,
          limitedBy: target === 'rust' ? 'generator' : 'server',
          requestsPerSecond: target === 'rust' ? 1000 + round : 500 + round,
        }),
      ),
      { operations: ['get'] },
    );
    expect(one('ratio(rust/go).rps<1.5', result).outcome).toBe('kept');
    expect(one('ratio(rust/go).rps<3', result)).toMatchObject({
      outcome: 'untrusted',
      reason: expect.stringContaining('generator'),
    });
    expect(one('ratio(go/rust).rps>0.4', result).outcome).toBe('untrusted');
    expect(one('ratio(go/rust).rps>0.6', result).outcome).toBe('kept');
  });

  test('says what leaves either side open, and once what both have', () => {
    const open = (goLimitedBy: Trial['limitedBy']) =>
      aResult(
        pairedRounds(10, (target, round) => {
          return aTrial({
            target,
            round,
            limitedBy: target === 'rust' ? 'generator' : goLimitedBy,
          });
        }),
        { operations: ['get'] },
      );
    const limited = 'the load generator was the limit, this server could do more';
    const unknown = 'it is not known whether the load generator was the limit';
    expect(one('ratio(rust/go).rps<2', open(null)).reason).toBe(`${limited}; ${unknown}`);
    expect(one('ratio(rust/go).rps<2', open('generator')).reason).toBe(limited);
  });
});

describe('a threshold about something that is not measured is refused beforehand', () => {
  const outline = {
    targets: ['rust', 'go', 'go#2', 'null-go'],
    operations: ['get', 'get:95,post:5'],
    measures: ['latency' as const],
  };
  const check = (text: string) => checkThresholds([parseThreshold(text)], outline);
  const there =
    'There are the targets rust, go, go#2, null-go and the operations get; get:95,post:5.';
  test.each([
    ['zig.get.p99>5ms', 'names zig, which is no target of this run', there],
    ['go#3.get.p99>5ms', 'names go#3, which is no target of this run', there],
    ['ratio(rust/zig).p99>1', 'names zig, which is no target of this run', there],
    [
      'ratio(rust/null-go).p99>1',
      'names null-go, and null targets are not compared',
      'Name two servers.',
    ],
    ['go.put.p99>5ms', 'names put, which is no operation of this run', there],
    ['go.rust.p99>5ms', 'names rust, which is no operation of this run', there],
    ['ratio(rust/go).go.p99>1', 'names go, which is no operation of this run', there],
    ['put.p99>5ms', 'names put, which is neither an operation nor a target of this run', there],
    [
      'get:55,post:9.p99>5ms',
      'names get:55,post:9, which is neither an operation nor a target of this run',
      there,
    ],
    ['rps<5', 'needs a measure that this run leaves out', 'Add throughput to --measure.'],
  ])('%s', (text, problem, hint) => {
    const message = `The threshold ${text} ${problem}.`;
    expect(() => check(text)).toThrow(expect.objectContaining({ message, hint, exitCode: 2 }));
  });
  test.each([
    'p99>5ms',
    'go.p99>5ms',
    'go#2.p99>5ms',
    'null-go.p99>5ms',
    'post:5,get:95.p99>5ms',
    'errors>0',
  ])('%s is fine', (text) => check(text));
});

describe('the exit code', () => {
  const entry = (outcome: Threshold['outcome'], index: number): Threshold => ({
    expression: 'p99>5ms',
    figure: `go get:${index} P99`,
    value: 1,
    outcome,
    reason: outcome === 'untrusted' ? `this is number ${index}` : null,
  });
  test.each<[Threshold['outcome'][], number | undefined]>([
    [[], undefined],
    [['kept', 'kept'], undefined],
    [['kept', 'untrusted'], 4],
    [['untrusted', 'broken', 'kept'], 1],
  ])('of %j', (all, code) => {
    expect(thresholdFailure(all.map(entry))?.exitCode).toBe(code);
  });
  const bounds = 'The report has what was measured; the bounds are those of --fail-on.';
  test.each<[Threshold['outcome'][], string, string]>([
    [['kept', 'broken'], '1 threshold is broken: go get:1 P99 (p99>5ms).', bounds],
    [
      ['broken', 'untrusted', 'broken'],
      '2 thresholds are broken: go get:0 P99 (p99>5ms), go get:2 P99 (p99>5ms).',
      bounds,
    ],
    [
      ['kept', 'untrusted'],
      "1 threshold can't be decided: go get:1 P99 (p99>5ms).",
      'Of the first: this is number 1.',
    ],
    [
      ['untrusted', 'kept', 'untrusted'],
      "2 thresholds can't be decided: go get:0 P99 (p99>5ms), go get:2 P99 (p99>5ms).",
      'Of the first: this is number 0.',
    ],
  ])('and the words for %j', (all, message, hint) => {
    expect(thresholdFailure(all.map(entry))).toMatchObject({ message, hint });
  });
});

test('more lag never decides what less of it left open', () => {
  const us = fc.integer({ min: 1, max: 2000 });
  fc.assert(
    fc.property(us, us, us, fc.constantFrom('>', '<'), (bound, less, more, comparator) => {
      fc.pre(less <= more);
      const [a, b] = [less, more].map((lagUs) =>
        one(
          `get.p50${comparator}${bound}us`,
          goGet(withOffered(lag(lagUs * 1000), { serviceTime: quick })),
        ),
      );
      if (a?.outcome === 'untrusted') expect(b?.outcome).toBe('untrusted');
      if (b?.outcome !== 'untrusted') expect(a?.outcome).toBe(b?.outcome);
    }),
  );
});

describe('requests without an answer in time', () => {
  const late = (changes: Partial<Trial> = {}) => {
    const trial = aLatencyTrial(changes);
    return { ...trial, ...neverAnswered(trial) };
  };
  const result = goGet(late());
  test('break a bound below what they have waited', () => {
    expect(one('get.p99>50ms', result)).toMatchObject({ outcome: 'broken', value: 1e9 });
    expect(one('get.max>999ms', result).outcome).toBe('broken');
  });
  test('keep none', () => {
    expect(one('get.p99>2s', result)).toMatchObject({ outcome: 'untrusted' });
    expect(one('get.p99<2s', result)).toMatchObject({ outcome: 'untrusted' });
  });
  test('leave the percentiles below them as they are', () => {
    expect(one('get.p50>600us', result).outcome).toBe('kept');
    expect(one('get.p50>400us', result).outcome).toBe('broken');
  });

  const generator = open.generator as NonNullable<Trial['generator']>;
  const stalled = (longestMs: number): Partial<Trial> => ({
    generator: { ...generator, stalls: { timeMs: 9000, longestMs, requests: 50 } },
  });
  const tooFast = { offered: { ...offered, sentShare: 0.5 }, limitedBy: 'generator' } as const;
  test.each<[string, Trial[], Threshold['outcome']]>([
    ['the generator stood still as long as they waited', [late(stalled(1000))], 'untrusted'],
    ['it stood still for less', [late(stalled(999))], 'broken'],
    ['it could not send so many', [late(tooFast)], 'untrusted'],
    ['the server let them wait', [late({ ...tooFast, limitedBy: 'neither' })], 'broken'],
    ['it stood still in one round of three', [late(), late(stalled(5000)), late()], 'broken'],
    [
      'it stood still in two of three',
      [late(), late(stalled(5000)), late(stalled(5000))],
      'untrusted',
    ],
  ])('break none by what may be the generator: %s', (_, trials, outcome) => {
    expect(one('get.p99>50ms', goGet(...trials)).outcome).toBe(outcome);
    expect(one('get.p99>2s', goGet(...trials)).outcome).toBe('untrusted');
  });
  test('break what lies below them all the same', () => {
    expect(one('get.p50>400us', goGet(late(stalled(5000)))).outcome).toBe('broken');
  });
  test('say whose doing they may be', () => {
    expect(one('get.p99>2s', result).reason).toBe(
      'requests that timed out or were never sent have no time, only a least one',
    );
    expect(one('get.p99>2s', goGet(late(stalled(1000)))).reason).toBe(
      "requests were not answered in time, which may be the load generator's doing",
    );
  });
});

test('what met a stall of the generator breaks no bound, and keeps none that it is over', () => {
  const trial = aLatencyTrial({ target: 'go' });
  const low = { p50Ns: 4e5, p90Ns: 6e6, p99Ns: 7e6, p999Ns: 8e6, maxNs: 9e6 };
  const responseTime = { ...trial.responseTime, p90Ns: 142e6, p99Ns: 390e6, low } as Latency;
  const result = goGet({ ...trial, responseTime });
  expect(one('get.p90>50ms', result)).toMatchObject({ outcome: 'untrusted' });
  expect(one('get.p90>5ms', result).outcome).toBe('broken');
  expect(one('get.p90>200ms', result).outcome).toBe('kept');
});
