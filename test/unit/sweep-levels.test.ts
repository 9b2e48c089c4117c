import { describe, expect, test } from 'vitest';
import { capacityOf, kneeOf, rungOf } from '../../src/sweep/curve.js';
import { measuredLevels } from '../../src/sweep/levels.js';
import type { SweepStep } from '../../src/sweep/schema.js';
import { parseSlo } from '../../src/sweep/slo.js';
import { isConfirmed, type Rung, standings } from '../../src/sweep/standing.js';
import { aLatencyTrial } from '../helpers/results.js';

const outcomes = { k: 'kept', b: 'broken', g: 'generator-limited' } as const;

/** `50b 100k`: 50 was broken, then 100 kept. */
function rungsOf(text: string): Rung[] {
  return text.split(' ').map((word) => {
    const level = Number.parseInt(word, 10);
    const outcome = outcomes[word.at(-1) as keyof typeof outcomes];
    return { purpose: 'ladder', level, outcome, requestsPerSecond: level };
  });
}

describe('a level', () => {
  test.each([
    ['kept', false, '9k'],
    ['kept', true, '9k 9k'],
    ['kept', true, '9k 9b 9k'],
    ['kept', true, '9g 9k 9k'],
    ['broken', true, '9b 9k 9b'],
    ['broken', true, '9b 9b'],
    ['open', false, '9k 9b'],
    ['open', false, '9b 9k 9k 9b'],
    ['generator-limited', false, '9g'],
    ['generator-limited', true, '9b 9g'],
    ['generator-limited', true, '9g 9k 9b'],
  ] as const)('is %s, believed: %s, after %s', (status, believed, text) => {
    const [standing, ...others] = standings(rungsOf(text));
    expect(others).toEqual([]);
    expect(standing).toMatchObject({ level: 9, status, measured: text.split(' ').length });
    expect(standing && isConfirmed(standing)).toBe(believed);
  });

  test('has answered the most that it ever did', () => {
    const rungs = [80, 90, 70].map((requestsPerSecond) => ({
      ...({ purpose: 'ladder', level: 100, outcome: 'kept' } as const),
      requestsPerSecond,
    }));
    expect(standings(rungs)).toMatchObject([{ level: 100, requestsPerSecond: 90 }]);
  });

  test('past the knee on purpose is none', () => {
    const overloads = rungsOf('20b 30k').map((rung) => ({ ...rung, purpose: 'overload' as const }));
    const [level, ...others] = standings([...rungsOf('20k'), ...overloads]);
    expect(level).toMatchObject({ level: 20, status: 'kept', measured: 1 });
    expect(others).toEqual([]);
  });
});

describe('of a level the step in the middle is shown', () => {
  const slo = parseSlo('p90<5ms');
  /** `k1.5`: kept, with a P90 of 1.5 ms; `b`: broken, nothing answered. */
  const stepOf = (word: string, index: number): SweepStep => {
    const ms = word.slice(1);
    const { responseTime, ...trial } = aLatencyTrial();
    const latency = responseTime && { ...responseTime, p90Ns: Number(ms) * 1e6 };
    const none = { responseTime: null, serviceTime: null };
    return {
      number: index + 1,
      purpose: 'ladder',
      level: 100,
      outcome: outcomes[word.at(0) as keyof typeof outcomes],
      reason: null,
      trial: { ...trial, ...(ms === '' ? none : { responseTime: latency }) },
    };
  };

  test.each([
    ['k1', 'k1', 'kept', 1],
    ['k3 k1 k2', 'k2', 'kept', 3],
    ['k2 k1', 'k1', 'kept', 2],
    ['b0.5 k3 k4', 'k3', 'kept', 2],
    ['b9 k3 k1', 'k1', 'kept', 2],
    ['b9 k1 b7', 'b7', 'broken', 2],
    ['b b9 b6', 'b9', 'broken', 3],
    ['b6 b9 b', 'b9', 'broken', 3],
    ['b9 g20 b7', 'g20', 'generator-limited', 3],
    ['g9 k1 b7', 'g9', 'generator-limited', 2],
    // Half of them say the one, half the other.
    ['k1 b9', 'k1', 'open', 1],
    ['b9 k1', 'k1', 'open', 1],
    ['b9 k1 k2 b8', 'k2', 'open', 2],
  ])('of %s that is %s, and it is %s by %i', (text, middle, status, agreeing) => {
    const words = text.split(' ');
    const levels = measuredLevels(words.map(stepOf), slo);
    const shown = { level: 100, status, measured: words.length, agreeing };
    expect(levels).toEqual([{ ...shown, typical: stepOf(middle, words.indexOf(middle)) }]);
  });

  test('each level shows one of its own, from low to high', () => {
    const steps = ['k2', 'k3', 'k1'].map(stepOf);
    const [high, low, highAgain] = steps.map((step, index) => ({
      ...step,
      level: [200, 100, 200][index] as number,
    })) as [SweepStep, SweepStep, SweepStep];
    expect(measuredLevels([high, low, highAgain], slo)).toMatchObject([
      { level: 100, measured: 1, typical: low },
      { level: 200, measured: 2, typical: highAgain },
    ]);
  });

  test('an overload at the same load is not of them', () => {
    const [kept, past] = ['k2', 'k1'].map(stepOf) as [SweepStep, SweepStep];
    const steps = [kept, { ...past, purpose: 'overload' as const }];
    expect(measuredLevels(steps, slo)).toMatchObject([{ measured: 1, agreeing: 1, typical: kept }]);
  });
});

describe('a knee', () => {
  test.each([
    ['100k 200b', { level: 100, brokenAt: 200, confirmed: false, limitedBy: 'server' }],
    ['50b 100k 100k', { level: 100, brokenAt: null, confirmed: true, limitedBy: 'ladder' }],
    ['50b 100k 200g', { level: 100, brokenAt: null, confirmed: false, limitedBy: 'generator' }],
    ['100k 200g 400b 800b', { level: 100, brokenAt: 400, limitedBy: 'generator' }],
  ])('of %s is %j', (text, knee) => {
    expect(kneeOf(rungsOf(text))).toMatchObject(knee);
  });

  test('is none where nothing is kept', () => {
    expect(kneeOf(rungsOf('50b 100g'))).toBeNull();
  });
});

test('capacity is the most that was answered, and what limited it there', () => {
  const trials = [
    { requestsPerSecond: 300, limitedBy: 'server' as const },
    { requestsPerSecond: 500, limitedBy: 'generator' as const },
    { requestsPerSecond: null, limitedBy: null },
    { requestsPerSecond: 400, limitedBy: 'neither' as const },
  ];
  expect(capacityOf(trials)).toEqual({ requestsPerSecond: 500, limitedBy: 'generator' });
  expect(capacityOf([])).toBeNull();
});

test.each([
  [440, 440],
  [null, 0],
])('a step that answered %d a second has %d for the way on', (requestsPerSecond, expected) => {
  const step: SweepStep = {
    ...({ number: 1, purpose: 'search', level: 450, outcome: 'kept', reason: null } as const),
    trial: aLatencyTrial({ requestsPerSecond }),
  };
  const rung = { purpose: 'search', level: 450, outcome: 'kept', requestsPerSecond: expected };
  expect(rungOf(step)).toEqual(rung);
});
