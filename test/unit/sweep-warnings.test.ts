import { describe, expect, test } from 'vitest';
import { noErrors } from '../../src/load/error-kinds.js';
import type { SweepCurve, SweepStep } from '../../src/sweep/schema.js';
import { parseSlo } from '../../src/sweep/slo.js';
import { curveWarnings } from '../../src/sweep/warnings.js';
import { aLatencyTrial, someRequests } from '../helpers/results.js';

const step = (
  level: number,
  changes: Partial<SweepStep> & { planned?: number } = {},
): SweepStep => {
  const { planned = 5000, ...rest } = changes;
  const requests = someRequests({ planned, answered: planned });
  return {
    number: 1,
    purpose: 'ladder',
    level,
    outcome: 'kept',
    reason: null,
    trial: { ...aLatencyTrial(), requests },
    ...rest,
  };
};
const curve = (steps: SweepStep[], ended: SweepCurve['ended'] = 'saturated'): SweepCurve => ({
  target: 'go',
  operation: 'get',
  steps,
  overload: null,
  capacity: null,
  knee: null,
  ended,
});
const told = (own: SweepCurve, slo = 'p99<5ms') => curveWarnings(own, parseSlo(slo));

test('a curve of which all can be believed has none', () => {
  expect(told(curve([step(100), step(200)]))).toEqual([]);
});

test('the generator that was the limit, and wrong answers, are told', () => {
  expect(told(curve([step(100)], 'generator-limited'))).toEqual([
    {
      code: 'generator-limited',
      message:
        'go get: the load generator was the limit, so the knee is higher than what was found.',
      advice: 'Use a machine with more CPUs, or look at CPU a request, which it does not blur.',
    },
  ]);
  const requests = someRequests({ errors: { ...noErrors(), mismatch: 2 } });
  const wrong = step(300, { reason: 'wrong answers: 2', planned: 5000 });
  expect(told(curve([{ ...wrong, trial: { ...wrong.trial, requests } }]))).toEqual([
    {
      code: 'wrong-answers',
      message: 'go get at 300: wrong answers: 2.',
      advice: 'A server that answers wrongly under load is to be mended before it is measured.',
    },
  ]);
});

describe('an objective of a percentile takes requests', () => {
  const short = curve([step(100, { planned: 150 }), step(50, { planned: 75 }), step(900)]);

  test('the shortest step is told, and how much longer it must be', () => {
    expect(told(short)).toEqual([
      {
        code: 'unresolved',
        message:
          'go get at 50: 75 requests are too few for p99<5ms, which the slowest few of them decide.',
        advice:
          'Make --duration 14 times as long, or begin higher: 1000 requests a step are needed.',
      },
    ]);
  });

  test.each(['p50<5ms', 'max<5ms'])('75 are enough for %s', (slo) => {
    expect(told(short, slo)).toEqual([]);
  });

  test('a thousand are enough for a P99, of which ten lie above it', () => {
    expect(told(curve([step(900, { planned: 1000 })]))).toEqual([]);
    expect(told(curve([step(900, { planned: 999 })]))).toMatchObject([{ code: 'unresolved' }]);
  });

  test('a step past the knee decides nothing', () => {
    expect(told(curve([step(900), step(1350, { purpose: 'overload', planned: 3 })]))).toEqual([]);
  });
});
