import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPlan, isNullTarget, type Plan, targetOf } from '../../src/plan/plan.js';
import { aConfig } from '../helpers/results.js';

const roundsOf = (plan: Plan) =>
  Array.from({ length: plan.maxRounds }, (_, index) => plan.round(index + 1));

test('every round starts every target once and has a stretch of every kind, for all of them', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.integer({ min: 1, max: 9 }),
      (seed, rounds) => {
        const plan = createPlan(aConfig({ seed, rounds, durationMs: 400, warmupMs: 100 }));
        expect(plan).toMatchObject({ maxRounds: rounds, automatic: false });
        const seeds = new Set<number>();
        for (const [index, round] of roundsOf(plan).entries()) {
          expect(round.number).toBe(index + 1);
          expect([...round.startOrder].sort()).toEqual(['go', 'rust']);
          expect(round.stretches.map((s) => `${s.measure} ${s.operation}`)).toEqual([
            'latency get',
            'latency post',
            'throughput get',
            'throughput post',
          ]);
          for (const stretch of round.stretches) seeds.add(stretch.seed);
        }
        expect(seeds.size).toBe(4 * rounds);
        // Two targets, two measures and two operations of half a second.
        expect(plan.roundMs).toBe(8 * 500);
      },
    ),
  );
});

test('the seed decides the order, and rounds differ in it', () => {
  const orders = (seed: number) =>
    JSON.stringify(roundsOf(createPlan(aConfig({ seed, rounds: 20 }))));
  expect(orders(1)).toBe(orders(1));
  expect(orders(1)).not.toBe(orders(2));
  const first = roundsOf(createPlan(aConfig({ rounds: 20 }))).map((round) => round.startOrder[0]);
  expect(new Set(first)).toEqual(new Set(['rust', 'go']));
});

test('a round does not depend on which were asked for before', () => {
  const plan = createPlan(aConfig({ rounds: 5 }));
  const third = plan.round(3);
  plan.round(1);
  expect(plan.round(3)).toEqual(third);
});

test('automatic rounds are as many as are needed, up to a limit', () => {
  const plan = createPlan(aConfig({ rounds: 'auto' }));
  expect(plan.automatic).toBe(true);
  expect(plan.maxRounds).toBeGreaterThanOrEqual(100);
});

describe('names', () => {
  test.each([
    [
      ['go', 'go'],
      ['go', 'go#2'],
    ],
    [
      ['go', 'rust', 'go', 'go'],
      ['go', 'rust', 'go#2', 'go#3'],
    ],
    [['rust'], ['rust']],
  ])('%j run as %j', (targets, names) => {
    const plan = createPlan(aConfig({ targets }));
    expect(plan.targets).toEqual(names);
    expect(plan.targets.map(targetOf)).toEqual(targets);
    expect([...plan.round(1).startOrder].sort()).toEqual([...names].sort());
  });

  test.each([
    [
      ['rust', 'go'],
      ['rust', 'go', 'null-rust', 'null-go'],
    ],
    [['go'], ['go', 'null-go']],
    [
      ['go', 'go'],
      ['go', 'go#2', 'null-go'],
    ],
    [['null-go'], ['null-go']],
  ])('%j are calibrated by %j', (targets, names) => {
    const plan = createPlan(aConfig({ targets, calibrate: true, durationMs: 100, warmupMs: 0 }));
    expect(plan.targets).toEqual(names);
    expect(plan.roundMs).toBe(400 * names.length);
  });

  test.each([
    ['null-go', true],
    ['null-go#2', true],
    ['go', false],
    ['go#2', false],
  ])('%s is a null target: %s', (name, isNull) => expect(isNullTarget(name)).toBe(isNull));
});
