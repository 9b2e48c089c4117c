import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultConfig } from '../../src/config/schema.js';
import { noErrors } from '../../src/result/schema.js';
import { median, relativeHalfRange, spread } from '../../src/stats/spread.js';
import { compareTargets, errorsOf, summarize } from '../../src/stats/summary.js';
import { runWarnings } from '../../src/stats/warnings.js';
import { aTrial, trialWithCost } from '../helpers/results.js';

const config = { ...defaultConfig, seed: 1 };

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
    requests: { planned: 10, answered: 7, errors: { ...noErrors(), mismatch: 2, reset: 1 } },
    readBack: { checked: 9, lost: 3, unreadable: 1 },
    serviceTime: null,
    server: null,
  });
  const [summary, ...others] = summarize({ config, trials: [...trials, broken] });
  expect(others).toEqual([]);
  expect(summary).toMatchObject({ target: 'rust', operation: 'get', rounds: 4, errors: 7 });
  expect(summary?.metrics['requestsPerSecond']).toEqual({ median: 25, min: 10, max: 40 });
  expect(summary?.metrics['p50Ns']?.median).toBe(500_000);
  expect(errorsOf(broken)).toBe(7);
  expect(errorsOf({ ...broken, warmupErrors: 2 })).toBe(9);
});

test('ratios are taken within rounds, so a drift that hits both sides cancels', () => {
  const trials = [1, 2, 3].flatMap((round) => {
    const speed = 10_000 * round;
    return [
      trialWithCost({ round, target: 'rust' }, 1.5 * speed),
      trialWithCost({ round, target: 'go' }, speed),
    ];
  });
  expect(compareTargets({ config, trials })).toEqual([
    {
      operation: 'get',
      metric: 'requestsPerCpuSecond',
      target: 'rust',
      reference: 'go',
      ratio: { median: 1.5, min: 1.5, max: 1.5 },
    },
  ]);
});

test('a round with an error on either side is not compared', () => {
  const errors = { ...noErrors(), status: 1 };
  const trials = [
    trialWithCost({ target: 'rust' }, 100),
    trialWithCost({ target: 'go', requests: { planned: 2, answered: 1, errors } }, 50),
  ];
  expect(compareTargets({ config, trials })).toEqual([]);
});

test('swapping the targets turns every ratio over', () => {
  const trials = [1, 2, 3].flatMap((round) => [
    trialWithCost({ round, target: 'rust' }, 100 + round),
    trialWithCost({ round, target: 'go' }, 80 - round),
  ]);
  const [forth] = compareTargets({ config, trials });
  const [back] = compareTargets({ config: { ...config, targets: ['go', 'rust'] }, trials });
  expect((forth?.ratio.median ?? 0) * (back?.ratio.median ?? 0)).toBeCloseTo(1);
  expect((forth?.ratio.min ?? 0) * (back?.ratio.max ?? 0)).toBeCloseTo(1);
});

test('warnings say what is wrong and what to do', () => {
  expect(runWarnings({ config, trials: [aTrial()] })).toEqual([]);
  const lossy = aTrial({ operation: 'post', readBack: { checked: 9, lost: 3, unreadable: 0 } });
  expect(runWarnings({ config, trials: [lossy] }).map(({ code }) => code)).toEqual([
    'wrong-answers',
    'lost-writes',
  ]);
  const blind = aTrial({ server: null });
  expect(runWarnings({ config, trials: [blind] }).map(({ code }) => code)).toEqual(['no-proc']);
});
