import { describe, expect, test } from 'vitest';
import type { Comparison, Trial } from '../../src/result/schema.js';
import {
  comparedMetrics,
  compareTargets,
  comparisonBetween,
  halfWidth,
  isPrecise,
} from '../../src/stats/compare.js';
import { summarize } from '../../src/stats/summary.js';
import {
  aConfig,
  aLatencyTrial,
  aResult,
  aTrial,
  failing,
  pairedRounds,
  trialWithCost,
  trialWithP50,
} from '../helpers/results.js';

const config = aConfig();
const compare = (trials: Trial[], changes = {}) =>
  compareTargets({ config: { ...config, ...changes }, trials });
const find = (comparisons: readonly Comparison[], metric: string) =>
  comparisons.find((comparison) => comparison.metric === metric);
/** Ten rounds with such a cost, a little different from round to round. */
const withCosts = (rust: number, go: number, rounds = 10) =>
  pairedRounds(rounds, (target, round) =>
    trialWithCost({ target, round }, (target === 'rust' ? rust : go) * (1 + round / 1000)),
  );

describe('verdicts', () => {
  test.each([
    ['higher', withCosts(150, 100)],
    ['lower', withCosts(100, 150)],
    [
      'same',
      pairedRounds(10, (target, round) =>
        trialWithCost({ target, round }, target === 'rust' ? 100 + (round % 3) : 101),
      ),
    ],
    [
      'unclear',
      pairedRounds(10, (target, round) =>
        trialWithCost({ target, round }, target === 'rust' ? 80 + (round % 5) * 10 : 100),
      ),
    ],
    ['too-few-rounds', withCosts(150, 100, 7)],
  ])('%s', (verdict, trials) => {
    expect(find(compare(trials), 'requestsPerCpuSecond')?.verdict).toBe(verdict);
  });

  test('equal figures in every round are no difference', () => {
    for (const comparison of compare(withCosts(100, 100))) {
      expect(comparison).toMatchObject({ rounds: 10, verdict: 'same' });
      expect(comparison.ratio).toMatchObject({ estimate: 1, low: 1, high: 1, confidence: 0.99 });
    }
  });

  test('the throughput of a generator is never ranked', () => {
    const trials = pairedRounds(10, (target, round) =>
      aTrial({
        target,
        round,
        requestsPerSecond: target === 'rust' ? 900 : 500,
        limitedBy: target === 'rust' ? 'generator' : 'server',
      }),
    );
    const comparisons = compare(trials);
    expect(find(comparisons, 'requestsPerSecond')?.verdict).toBe('generator-limited');
    expect(find(comparisons, 'requestsPerCpuSecond')?.verdict).toBe('same');
    const turned = compare(trials, { targets: ['go', 'rust'] });
    expect(find(turned, 'requestsPerSecond')?.verdict).toBe('generator-limited');
    const few = compare(trials.slice(0, 6));
    expect(find(few, 'requestsPerSecond')?.verdict).toBe('generator-limited');
  });
});

test('ratios are taken within rounds, so a drift that hits both sides cancels', () => {
  const trials = pairedRounds(10, (target, round) =>
    trialWithCost({ target, round }, 10_000 * round * (target === 'rust' ? 1.5 : 1)),
  );
  const found = find(compare(trials), 'requestsPerCpuSecond');
  expect(found).toMatchObject({ target: 'rust', reference: 'go', rounds: 10, verdict: 'higher' });
  for (const value of [found?.ratio.estimate, found?.ratio.low, found?.ratio.high]) {
    expect(value).toBeCloseTo(1.5, 9);
  }
});

test('a round with an error on either side is not compared', () => {
  const trials = withCosts(150, 100);
  const broken = trials.map((trial, index) =>
    index === 3
      ? { ...trial, requests: failing({ status: 1 }) }
      : index === 8
        ? { ...trial, readBack: { checked: 4, lost: 1, unreadable: 0 } }
        : trial,
  );
  expect(find(compare(broken), 'requestsPerCpuSecond')?.rounds).toBe(8);
  expect(
    compare([
      aTrial({ target: 'rust' }),
      aTrial({ target: 'go', requests: failing({ status: 1 }) }),
    ]),
  ).toEqual([]);
});

test('rounds in which only one side was measured are left out', () => {
  const trials = [...withCosts(150, 100), aTrial({ target: 'rust', round: 11 })];
  expect(find(compare(trials), 'requestsPerCpuSecond')?.rounds).toBe(10);
});

test('swapping the targets turns every ratio over', () => {
  const trials = pairedRounds(10, (target, round) =>
    trialWithCost({ target, round }, target === 'rust' ? 100 + round : 80 - round),
  );
  const forth = compare(trials);
  const back = compare(trials, { targets: ['go', 'rust'] });
  expect(back).toHaveLength(forth.length);
  for (const [i, { ratio, verdict }] of forth.entries()) {
    const other = back[i] as Comparison;
    expect(ratio.estimate * other.ratio.estimate).toBeCloseTo(1, 9);
    expect((ratio.low ?? 0) * (other.ratio.high ?? 0)).toBeCloseTo(1, 9);
    const opposite = { higher: 'lower', lower: 'higher' } as Record<string, string>;
    expect(other.verdict).toBe(opposite[verdict] ?? verdict);
  }
});

test('every kind is compared by its own figures', () => {
  const trials = (['get', 'post'] as const).flatMap((operation) =>
    pairedRounds(8, (target, round) => aTrial({ target, round, operation })).concat(
      pairedRounds(8, (target, round) => aLatencyTrial({ target, round, operation })),
    ),
  );
  const seen = compare(trials).map((c) => `${c.measure} ${c.operation} ${c.metric}`);
  expect(seen).toEqual(
    (['latency', 'throughput'] as const).flatMap((measure) =>
      ['get', 'post'].flatMap((operation) =>
        comparedMetrics[measure].map((metric) => `${measure} ${operation} ${metric}`),
      ),
    ),
  );
});

test('every pair is compared by its own figures, but no null target', () => {
  const costs = { go: 100, 'go#2': 200, rust: 800, 'null-rust': 9000, 'null-go': 9000 };
  const trials = pairedRounds(
    8,
    (target, round) => trialWithCost({ target, round }, costs[target as keyof typeof costs]),
    Object.keys(costs),
  );
  const pairs = compare(trials, { targets: ['go', 'go', 'rust'] })
    .filter(({ metric }) => metric === 'requestsPerCpuSecond')
    .map(({ target, reference, ratio }) => [target, reference, Number(ratio.estimate.toFixed(9))]);
  expect(pairs).toEqual([
    ['go', 'go#2', 0.5],
    ['go', 'rust', 0.125],
    ['go#2', 'rust', 0.25],
  ]);
});

test('what is not known is not compared', () => {
  const trials = pairedRounds(8, (target, round) =>
    aTrial({ target, round, server: null, serviceTime: null }),
  );
  expect(compare(trials).map(({ metric }) => metric)).toEqual(['requestsPerSecond']);
  expect(compare([])).toEqual([]);
});

test.each([
  [999, 0, ['p50Ns', 'p90Ns']],
  [1000, 0, ['p50Ns', 'p90Ns', 'p99Ns']],
  // Those without an answer are requests, too.
  [995, 5, ['p50Ns', 'p90Ns', 'p99Ns']],
])('of %d answers a round, and %d in vain, are compared %j', (answered, count, expected) => {
  const requests = { ...failing({ timeout: count }), answered };
  const censored = count > 0 ? { count, atLeastNs: 2e6 } : null;
  const trials = pairedRounds(8, (target, round) => {
    const { responseTime, ...trial } = aLatencyTrial({ target, round, requests, server: null });
    return { ...trial, responseTime: responseTime && { ...responseTime, censored } };
  });
  expect(compare(trials).map(({ metric }) => metric)).toEqual(expected);
});

describe('where half of the requests were waited for in vain', () => {
  /** Ten rounds, and up to which of them those targets were so slow. */
  const slowUntil = (last: Record<string, number>) =>
    compare(
      pairedRounds(10, (target, round) => {
        const trial = aLatencyTrial({ target, round });
        if (!trial.responseTime || round > (last[target] ?? 0)) return trial;
        const requests = { ...failing({ timeout: 400, unfinished: 100 }), answered: 500 };
        const censored = { count: 500, atLeastNs: 1e9 };
        const slow = { p50Ns: 1e9, censored, atLeast: ['p50Ns' as const] };
        return { ...trial, requests, responseTime: { ...trial.responseTime, ...slow } };
      }),
    );

  test.each([
    ['rust', { estimate: 1e9, low: 1e9, high: 1e9 }, 'higher'],
    ['go', { estimate: 0, low: 0, high: 0 }, 'lower'],
  ])('of %s, the ratio has no end', (slow, ratio, verdict) => {
    const comparisons = slowUntil({ [slow]: 10 });
    expect(find(comparisons, 'p50Ns')).toMatchObject({ rounds: 10, ratio, verdict });
    // More rounds would tell no more.
    expect(isPrecise(comparisons, 0.01)).toBe(true);
  });

  test('of both, the round has no ratio', () => {
    const found = find(slowUntil({ rust: 2, go: 2 }), 'p50Ns');
    expect(found).toMatchObject({ rounds: 8, ratio: { estimate: 1, low: 1, high: 1 } });
  });
});

describe('the comparison of two targets', () => {
  const about = { measure: 'latency', operation: 'get', metric: 'p50Ns' } as const;
  const aComparison = (changes: Partial<Comparison> = {}): Comparison => ({
    ...about,
    target: 'rust',
    reference: 'go',
    rounds: 10,
    ratio: { estimate: 2, low: 1.6, high: 2.5, confidence: 0.99 },
    verdict: 'higher',
    ...changes,
  });
  const between = (all: Comparison[], target = 'rust', reference = 'go') =>
    comparisonBetween(all, about, target, reference);

  test('is that of both names, and of the figure that is asked for', () => {
    const asked = aComparison();
    const others = [
      aComparison({ metric: 'p90Ns' }),
      aComparison({ operation: 'post' }),
      aComparison({ measure: 'throughput' }),
      aComparison({ target: 'go#2' }),
      aComparison({ reference: 'go#2' }),
    ];
    expect(between([...others, asked])).toBe(asked);
    expect(between(others)).toBeNull();
  });

  test('from the other side is turned over', () => {
    expect(between([aComparison()], 'go', 'rust')).toEqual(
      aComparison({
        target: 'go',
        reference: 'rust',
        ratio: { estimate: 0.5, low: 0.4, high: 0.625, confidence: 0.99 },
        verdict: 'lower',
      }),
    );
  });

  test.each([
    ['without an interval', [2, null, null], 'too-few-rounds', [0.5, null, null], 'too-few-rounds'],
    ['of what never ended', [0, 0, 0.5], 'lower', [1e9, 2, 1e9], 'higher'],
    ['that is the same', [1, 0.8, 1.25], 'same', [1, 0.8, 1.25], 'same'],
  ] as const)('%s, too', (_, [estimate, low, high], verdict, expected, opposite) => {
    const ratio = { estimate, low, high, confidence: 0.99 };
    const turned = between([aComparison({ ratio, verdict })], 'go', 'rust');
    expect(turned?.verdict).toBe(opposite);
    expect([turned?.ratio.estimate, turned?.ratio.low, turned?.ratio.high]).toEqual(expected);
  });
});

describe('precise enough', () => {
  const noisy = (percent: number, rounds = 10) =>
    compare(
      pairedRounds(rounds, (target, round) =>
        trialWithCost(
          { target, round },
          100 + (target === 'rust' ? ((round % 5) - 2) * percent : 0),
        ),
      ).concat(
        pairedRounds(rounds, (target, round) =>
          trialWithP50({ target, round }, 1000 + (target === 'go' ? (round % 3) * percent : 0)),
        ),
      ),
    );

  test('is what the intervals decide', () => {
    expect(isPrecise(noisy(0), 0)).toBe(true);
    expect(isPrecise(noisy(1), 0.05)).toBe(true);
    expect(isPrecise(noisy(10), 0.05)).toBe(false);
    expect(isPrecise(noisy(10), 1)).toBe(true);
  });

  test('is never what no interval says', () => {
    expect(isPrecise(noisy(0, 7), 1)).toBe(false);
  });

  test('does not wait for tails, nor for a throughput that may be our own', () => {
    const trials = pairedRounds(10, (target, round) => {
      const trial = aLatencyTrial({ target, round });
      const p99Ns = target === 'rust' ? 1000 * round ** 3 : 1000;
      return { ...trial, responseTime: trial.responseTime && { ...trial.responseTime, p99Ns } };
    });
    expect(isPrecise(compare(trials), 0.01)).toBe(true);
  });

  test.each([
    [1, 1, 0],
    [0.5, 2, 1],
    [0.95, 0.95 * 1.1 ** 2, 0.1],
    [0, 0, 0],
    [0, 2, Number.POSITIVE_INFINITY],
  ])('from %d to %d is ± %d', (low, high, half) => {
    expect(halfWidth({ estimate: 1, low, high, confidence: 0.99 })).toBeCloseTo(half, 9);
  });

  test.each([
    [null, null],
    [0.5, null],
    [null, 2],
  ])('from %j to %j has no width', (low, high) => {
    expect(halfWidth({ estimate: 1, low, high, confidence: 0.99 })).toBeNull();
  });
});

test('CPU that is unknown in one round is in no figure: the others would be a choice by outcome', () => {
  const trials = pairedRounds(8, (target, round) => aTrial({ target, round }));
  const spoilt = trials.map((trial, index) =>
    index === 0 && trial.server
      ? { ...trial, server: { ...trial.server, cpuUnknown: 'coarse' as const, cpuNs: null } }
      : trial,
  );
  const of = (all: Trial[]) => ({
    compared: compareTargets(aResult(all)).map(({ metric }) => metric),
    summary: summarize(aResult(all)).map(({ metrics }) => metrics['requestsPerCpuSecond'] !== null),
  });
  expect(of(trials).compared).toContain('requestsPerCpuSecond');
  expect(of(trials).summary).toEqual([true, true]);
  expect(of(spoilt).compared).not.toContain('requestsPerCpuSecond');
  expect(of(spoilt).compared).toContain('requestsPerSecond');
  expect(of(spoilt).summary.filter((known) => known)).toHaveLength(1);
});
