import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultConfig } from '../../src/config/schema.js';
import { createPlan } from '../../src/plan/plan.js';

const config = { ...defaultConfig, seed: 1 };

test('every round has every target and operation once, and both are asked for the same keys', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.integer({ min: 1, max: 9 }),
      (seed, rounds) => {
        const plan = createPlan({ ...config, seed, rounds });
        expect(plan.rounds.map(({ number }) => number)).toEqual(
          Array.from({ length: rounds }, (_, i) => i + 1),
        );
        for (const round of plan.rounds) {
          expect([...round.startOrder].sort()).toEqual(['go', 'rust']);
          const pairs = round.trials.map(({ target, operation }) => `${target} ${operation}`);
          expect(pairs.sort()).toEqual(['go get', 'go post', 'rust get', 'rust post']);
          for (const operation of ['get', 'post']) {
            const seeds = round.trials.filter((t) => t.operation === operation).map((t) => t.seed);
            expect(new Set(seeds).size).toBe(1);
          }
        }
        expect(plan.loadMs).toBe(rounds * 4 * 2500);
      },
    ),
  );
});

test('the seed decides the order, and rounds differ in it', () => {
  const order = (seed: number) => JSON.stringify(createPlan({ ...config, seed, rounds: 20 }));
  expect(order(1)).toBe(order(1));
  expect(order(1)).not.toBe(order(2));
  const { rounds } = createPlan({ ...config, rounds: 20 });
  expect(new Set(rounds.map((round) => round.trials[0]?.target)).size).toBe(2);
});
