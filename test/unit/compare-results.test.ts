import { Chalk } from 'chalk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RequestSpec } from '../../src/config/requests.js';
import type { RunConfig } from '../../src/config/schema.js';
import { reportResultComparison } from '../../src/report/result-comparison.js';
import { byPercentile, percentileNames } from '../../src/result/percentile-table.js';
import type { RunResult, Trial } from '../../src/result/schema.js';
import {
  chanceOfSeparation,
  compareResults,
  type FigureVerdict,
} from '../../src/stats/compare-results.js';
import type { Difference } from '../../src/stats/fingerprint.js';
import {
  aLatencyTrial,
  aResult,
  aTrial,
  failing,
  neverAnswered,
  trialWithP50,
} from '../helpers/results.js';

/** A run of go alone: a round for each median response time, in µs. */
const timed = (p50Us: readonly number[], changes: Partial<RunConfig> = {}) =>
  aResult(
    p50Us.map((us, i) => trialWithP50({ target: 'go', round: i + 1 }, us * 1000)),
    { targets: ['go'], operations: ['get'], measures: ['latency'], ...changes },
  );
const closed = (changes: Partial<Trial>, rounds = 6) =>
  aResult(
    Array.from({ length: rounds }, (_, i) => aTrial({ target: 'go', round: i + 1, ...changes })),
    { targets: ['go'], operations: ['get'], measures: ['throughput'] },
  );
const verdictOf = (
  a: RunResult,
  b: RunResult,
  metric = 'p50Ns',
  options?: { rankAnyway: boolean },
): FigureVerdict | undefined =>
  compareResults(a, b, options).rows[0]?.figures.find((f) => f.metric === metric)?.verdict;

const six = [100, 101, 102, 103, 104, 105];
const times = (factor: number) => six.map((us) => us * factor);

describe('a difference is one where the rounds lie apart', () => {
  test.each<[string, number[], number[], FigureVerdict]>([
    ['all above', six, times(1.06), 'higher'],
    ['all below', times(1.06), six, 'lower'],
    ['one of B among those of A', six, [...times(2).slice(1), 105], 'unclear'],
    ['one of B far below those of A', six, [90, ...six.slice(1)], 'unclear'],
    ['the same', six, six, 'same'],
    ['too few to say so', six.slice(0, 4), times(9).slice(0, 4), 'too-few-rounds'],
    ['more of them on one side', six.slice(0, 3), [...times(9), ...times(9)], 'higher'],
  ])('%s', (_, a, b, verdict) => expect(verdictOf(timed(a), timed(b))).toBe(verdict));

  test.each([
    [0.1, 0.1, 'same'],
    [0.02, 0.1, 'unclear'],
    [0.1, 0.02, 'unclear'],
  ])('of precisions of %d and %d the finer says what is the same', (a, b, verdict) => {
    expect(verdictOf(timed(six, { precision: a }), timed(six, { precision: b }))).toBe(verdict);
  });

  test('the ratio is that of the medians', () => {
    const [row] = compareResults(timed(six), timed(times(2))).rows;
    expect(row).toMatchObject({ target: 'go', operation: 'get', roundsA: 6, roundsB: 6 });
    expect(row?.figures.find(({ metric }) => metric === 'p50Ns')?.ratio).toBe(2);
  });

  test('there is none to a median of 0, and no figure that one of the two lacks', () => {
    const costing = (change: (server: NonNullable<Trial['server']>) => Trial['server']) => {
      const { trials, config } = timed(six);
      return aResult(
        trials.map((trial) => ({ ...trial, server: trial.server && change(trial.server) })),
        config,
      );
    };
    const free = costing((server) => ({ ...server, cpuPerRequestNs: 0 }));
    const figureOf = (a: RunResult, b: RunResult) =>
      compareResults(a, b).rows[0]?.figures.find(({ metric }) => metric === 'cpuPerRequestNs');
    expect(figureOf(free, timed(six))).toMatchObject({ ratio: null, verdict: 'higher' });
    expect(figureOf(timed(six), free)).toMatchObject({ ratio: 0, verdict: 'lower' });
    const unknown = costing(() => null);
    for (const [a, b] of [
      [unknown, timed(six)],
      [timed(six), unknown],
    ] as const) {
      const figures = compareResults(a, b).rows[0]?.figures;
      expect(figures?.map(({ metric }) => metric)).toEqual(['p50Ns', 'p90Ns', 'p99Ns']);
    }
  });

  test('a percentile that all rounds together have ranks nobody: it has no range', () => {
    const ofFew = (factor: number) =>
      aResult(
        Array.from({ length: 20 }, (_, i) => {
          const requests = { ...failing({}), planned: 72, answered: 72 };
          const trial = trialWithP50({ target: 'go', round: i + 1, requests }, 100_000);
          const p99Ns = 1e6 * factor;
          return trial.responseTime
            ? { ...trial, responseTime: { ...trial.responseTime, p99Ns } }
            : trial;
        }),
        { targets: ['go'], operations: ['get'], measures: ['latency'] },
      );
    expect(verdictOf(ofFew(1), ofFew(3), 'p99Ns')).toBe('too-few-requests');
    expect(verdictOf(ofFew(1), ofFew(3))).toBe('same');
  });

  test('it rests on the number of rounds: 2 of all ways to choose them', () => {
    expect(chanceOfSeparation(5, 5)).toBeCloseTo(2 / 252, 12);
    expect(chanceOfSeparation(4, 4)).toBeCloseTo(2 / 70, 12);
    expect(chanceOfSeparation(10, 3)).toBeCloseTo(2 / 286, 12);
    expect(chanceOfSeparation(0, 9)).toBe(1);
    expect(chanceOfSeparation(1, 1)).toBe(1);
    expect(chanceOfSeparation(1000, 1000)).toBe(0);
  });

  test('the other way round says the opposite', () => {
    const rounds = fc.array(fc.integer({ min: 100, max: 400 }), { minLength: 1, maxLength: 12 });
    const opposite: Partial<Record<string, string>> = { higher: 'lower', lower: 'higher' };
    fc.assert(
      fc.property(rounds, rounds, (x, y) => {
        const [one, other] = [timed(x), timed(y)];
        const [there, back] = [verdictOf(one, other), verdictOf(other, one)];
        expect(back).toBe(opposite[there ?? ''] ?? there);
      }),
      { numRuns: 30 },
    );
  });
});

describe('nobody is ranked by', () => {
  test('what the generator limited, nor by wrong answers', () => {
    const better = { requestsPerSecond: 900 };
    expect(verdictOf(closed({}), closed(better), 'requestsPerSecond')).toBe('higher');
    const limited = closed({ ...better, limitedBy: 'generator' });
    expect(verdictOf(closed({}), limited, 'requestsPerSecond')).toBe('generator-limited');
    expect(verdictOf(closed({}), limited, 'requestsPerCpuSecond')).toBe('same');
    const wrong = closed({ requests: failing({ status: 1 }) });
    expect(verdictOf(wrong, closed(better), 'requestsPerSecond')).toBe('wrong-answers');
  });

  test('answers that came too late, where they are; the percentiles below are', () => {
    const late = (factor: number) => {
      const { trials, config } = timed(times(factor));
      return aResult(
        trials.map((trial) => ({ ...trial, ...neverAnswered(trial) })),
        config,
      );
    };
    expect(verdictOf(timed(six), late(1.2))).toBe('higher');
    expect(verdictOf(timed(six), late(1.2), 'p99Ns')).toBe('rate-not-kept');
  });

  test('a schedule that was not kept; CPU a request only needs the rate', () => {
    const offered = aLatencyTrial().offered as NonNullable<Trial['offered']>;
    const withOffered = (changes: Partial<typeof offered>) => {
      const result = timed(six);
      const trials = result.trials.map((t) => ({ ...t, offered: { ...offered, ...changes } }));
      return { ...aResult(trials, result.config) };
    };
    const lagging = withOffered({ scheduleLag: { p50Ns: 1, p99Ns: 90_000, maxNs: 90_000 } });
    expect(verdictOf(timed(six), lagging)).toBe('rate-not-kept');
    expect(verdictOf(timed(six), lagging, 'cpuPerRequestNs')).toBe('same');
    const overloaded = withOffered({ sentShare: 0.5 });
    expect(verdictOf(timed(six), overloaded, 'cpuPerRequestNs')).toBe('rate-not-kept');
  });

  test("figures of which a tenth may be the generator's, or lag is large and a round does not tell", () => {
    const offered = aLatencyTrial().offered as NonNullable<Trial['offered']>;
    const late = { ...offered, scheduleLag: { p50Ns: 1, p99Ns: 90_000, maxNs: 90_000 } };
    /** Of each round the part of its figures that is surely the server's; null where it is not told. */
    const told = (shares: readonly (number | null)[]) => {
      const trials = timed(six).trials.map((trial, i) => {
        const { responseTime } = trial;
        const share = shares[i % shares.length] ?? null;
        const low =
          responseTime && share !== null
            ? byPercentile(percentileNames, (name) => responseTime[name] * share)
            : null;
        return { ...trial, offered: late, responseTime: responseTime && { ...responseTime, low } };
      });
      return aResult(trials, timed(six).config);
    };
    expect(verdictOf(timed(six), told([0.95]))).toBe('same');
    expect(verdictOf(timed(six), told([0.85]))).toBe('rate-not-kept');
    expect(verdictOf(timed(six), told([0.95, null]))).toBe('rate-not-kept');
    expect(verdictOf(timed(six), told([null]))).toBe('rate-not-kept');
    const boundsOf = (a: RunResult, b: RunResult) =>
      compareResults(a, b).rows[0]?.figures.find(({ metric }) => metric === 'p50Ns')?.bounds;
    expect(boundsOf(timed(six), told([0.85]))).toEqual({ a: null, b: 'most' });
    expect(boundsOf(told([0.85]), timed(six))).toEqual({ a: 'most', b: null });
  });

  test('a schedule that another operation of the target did not keep is no matter', () => {
    const offered = aLatencyTrial().offered as NonNullable<Trial['offered']>;
    const gets = timed(six).trials;
    const posts = gets.map((t) => ({
      ...t,
      operation: 'post',
      offered: { ...offered, sentShare: 0.5 },
    }));
    const both = aResult([...gets, ...posts, ...posts.map((t) => ({ ...t, target: 'rust' }))], {
      targets: ['go', 'rust'],
      measures: ['latency'],
    });
    const verdicts = compareResults(both, both).rows.map(({ target, operation, figures }) => [
      target,
      operation,
      figures[0]?.verdict,
    ]);
    expect(verdicts).toEqual([
      ['go', 'get', 'same'],
      ['go', 'post', 'rate-not-kept'],
      ['rust', 'post', 'rate-not-kept'],
    ]);
  });
});

describe('runs that were not alike', () => {
  const base = timed(six);
  const slower = timed(times(2));
  const machine = base.machine as NonNullable<RunResult['machine']>;
  const placement = base.placement as NonNullable<RunResult['placement']>;
  const config = (changes: Partial<RunConfig>) => ({ config: { ...slower.config, ...changes } });
  const said = ({ about, what, a, b, measure }: Difference) =>
    `${about}: ${what}: ${a} | ${b}${measure === null ? '' : `, ${measure}`}`;
  const k6 = (version: string | null) => ({ importedFrom: { tool: 'k6', version } });
  const get = (changes: Partial<RequestSpec>) => ({ targets: withGet(slower, changes) });

  test.each<[difference: string, changes: Partial<RunResult>]>([
    ['machine: cpuModel: A CPU | Another', { machine: { ...machine, cpuModel: 'Another' } }],
    ['machine: cpuQuota: none | 1.5', { machine: { ...machine, cpuQuota: 1.5 } }],
    ['machine: machine: A CPU | unknown', { machine: null }],
    ['placement: serverCpus: [0] | [1,2]', { placement: { ...placement, serverCpus: [1, 2] } }],
    ['instrument: tool: kvbench 0.0.0 | kvbench 9.9.9', { kvbenchVersion: '9.9.9' }],
    ['instrument: tool: kvbench 0.0.0 | k6 1.2.0', k6('1.2.0')],
    ['instrument: tool: kvbench 0.0.0 | k6', k6(null)],
    ['workload: keys: 10000 | 5', config({ keys: 5 })],
    ['workload: go, request get, path: /{key} | /v2/{key}', get({ path: '/v2/{key}' })],
    // No body, and one that is this word.
    ['workload: go, request get, body: none | none', get({ body: 'none' })],
  ])('%s: shown, not ranked, unless one insists', (difference, changes) => {
    const other = { ...slower, ...changes };
    expect(compareResults(base, other).differences.map(said)).toEqual([difference]);
    expect(verdictOf(base, other)).toBe('not-comparable');
    expect(verdictOf(base, other, 'p50Ns', { rankAnyway: true })).toBe('higher');
  });

  const rate = { ratePerSecond: 9, chosenBy: 'user' as const, capacities: [] };
  test.each<[difference: string, changes: Partial<RunResult>]>([
    ['workload: ratePerSecond: 500 | 9, latency', { rate }],
    ['workload: ratePerSecond: 500 | unknown, latency', { rate: null }],
    ['workload: arrivals: constant | poisson, latency', config({ arrivals: 'poisson' })],
  ])('%s: touches the open loop alone', (difference, changes) => {
    const trials = [...base.trials, ...closed({}).trials];
    const both = aResult(trials, { ...base.config, measures: ['latency', 'throughput'] });
    const { differences, rows } = compareResults(both, { ...both, ...changes });
    expect(differences.map(said)).toEqual([difference]);
    expect(rows.map(({ measure, figures }) => [measure, figures[0]?.verdict])).toEqual([
      ['latency', 'not-comparable'],
      ['throughput', 'same'],
    ]);
  });

  test('memory, seed and the number of rounds are no difference', () => {
    const other = { ...slower, machine: { ...machine, memoryBytes: 1 } };
    other.config = { ...other.config, seed: 99, rounds: 3 };
    expect(compareResults(base, other).differences).toEqual([]);
  });

  const undescribed = { machine: null, placement: null };
  test.each([
    ['as the other', { ...base, ...undescribed }, { ...slower, ...undescribed }],
    [
      'and one whose CPU has no name',
      { ...base, machine: { ...machine, cpuModel: 'unknown' } },
      { ...slower, machine: null },
    ],
  ])('a machine that nobody has described is not known to be the same: %s', (_, a, b) => {
    const { differences } = compareResults(a, b);
    expect(differences.map(said)).toEqual(['machine: machine: unknown | unknown']);
    expect(verdictOf(a, b)).toBe('not-comparable');
  });

  test('targets of one side alone are no difference in the workload', () => {
    const both = aResult([...slower.trials, aLatencyTrial({ target: 'zig' })], slower.config);
    expect(compareResults(base, both).differences).toEqual([]);
    expect(compareResults(both, base).differences).toEqual([]);
  });
});

function withGet(result: RunResult, changes: Partial<RequestSpec>): RunResult['targets'] {
  return result.targets.map((target) => ({
    ...target,
    requests: {
      ...target.requests,
      requests: target.requests.requests.map((request) =>
        request.name === 'get' ? { ...request, ...changes } : request,
      ),
    },
  }));
}

test('rows of one side alone are named, and builds told apart', () => {
  const artifact = (target: string, sha256: string) => ({
    target,
    path: '/x',
    sizeBytes: 1,
    sha256,
    toolchain: 'go',
    flags: [],
    buildMs: 1,
    builtAt: '2026-01-02T03:04:05.000Z',
  });
  const a = { ...timed(six), artifacts: [artifact('zig', 'cc'), artifact('go', 'aa')] };
  const b = { ...closed({}), artifacts: [artifact('rust', 'cc'), artifact('go', 'bb')] };
  const comparison = compareResults(a, b);
  expect(comparison.rows).toEqual([]);
  expect(comparison.onlyA).toEqual([{ target: 'go', operation: 'get', measure: 'latency' }]);
  expect(comparison.onlyB).toEqual([{ target: 'go', operation: 'get', measure: 'throughput' }]);
  expect(comparison.artifacts).toEqual([{ target: 'go', a: 'aa', b: 'bb', isSame: false }]);
  const again = compareResults(a, a);
  expect(again).toMatchObject({ onlyA: [], onlyB: [] });
  expect(again.artifacts.map(({ isSame }) => isSame)).toEqual([true, true]);
});

describe('as text', () => {
  const text = (a: RunResult, b: RunResult) =>
    reportResultComparison(
      compareResults(a, b),
      [
        { path: 'a.json', result: a },
        { path: `${'long/'.repeat(20)}\u001b[31mb.json`, result: b },
      ],
      { chalk: new Chalk({ level: 0 }) },
    );

  test('every figure with its spread, the ratio and what may be said', () => {
    const shown = text(timed(six), timed(times(2)));
    expect(shown).toMatch(/^P50 +103 µs ±2.4% +205 µs ±2.4% +2.00× +higher$/m);
    expect(shown).toMatch(/^CPU a request +20.0 µs +20.0 µs +1.000× +the same$/m);
    expect(shown).not.toContain('Not all else');
  });

  test('no ranking word where something differed, and what it was', () => {
    const other = { ...timed(times(2), { keys: 7 }), state: 'interrupted' as const };
    const shown = text(timed(six), other);
    expect(shown).not.toMatch(/higher|lower/);
    expect(shown).toContain('\n  workload: keys: A 10000, B 7\n');
    expect(shown).toContain('--rank-anyway');
    expect(shown).toMatch(/is not complete:\s+interrupted/);
  });

  test('fits 80 columns, and moves no cursor', () => {
    const big = closed({ requestsPerSecond: 1_234_567 });
    const noisy = { ...big.trials[0], round: 9, requestsPerSecond: 1 } as Trial;
    for (const shown of [
      text(timed(six), timed(times(1000))),
      text(aResult([...big.trials, noisy], big.config), big),
      text(timed(six), big),
    ]) {
      expect(shown).not.toContain('\u001b');
      for (const line of shown.split('\n').filter((l) => !l.includes('long/'))) {
        expect(line.length, line).toBeLessThanOrEqual(80);
      }
    }
  });
});
