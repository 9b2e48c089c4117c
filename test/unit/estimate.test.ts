import { describe, expect, test } from 'vitest';
import { expectedMs } from '../../src/api/expected-time.js';
import { nodeClientPlan } from '../../src/api/node-client.js';
import type { RunConfig } from '../../src/config/schema.js';
import { expectedRoundMs } from '../../src/plan/estimate.js';
import { createPlan } from '../../src/plan/plan.js';
import { aConfig } from '../helpers/results.js';

const times = (changes: Partial<RunConfig>, mostAtOnce?: number) => {
  const config = aConfig({ engine: 'native', ...changes });
  const plan = createPlan(config, mostAtOnce);
  return { plan, config, ms: expectedMs(plan, config) as number };
};
const four = { targets: ['a', 'b', 'c', 'd'] };

describe('the time that a run is expected to take', () => {
  test('is more than its load, and more with more of anything', () => {
    const { plan, ms } = times(four);
    expect(ms).toBeGreaterThan(plan.roundMs * plan.maxRounds);
    for (const more of [
      { targets: [...four.targets, 'e'] },
      { ...four, rounds: 11 },
      { ...four, keys: 20_000 },
      { ...four, warmupMs: 201 },
    ]) {
      expect(times(more).ms).toBeGreaterThan(ms);
    }
  });

  test('has what blocks add: each stretch once more', () => {
    const whole = times(four);
    const halves = times(four, 2);
    expect(halves.plan.roundMs).toBe(whole.plan.roundMs);
    expect(halves.ms).toBeGreaterThan(whole.ms);
    // Every server is started once a round all the same.
    expect(halves.ms - whole.ms).toBeLessThan(whole.ms - whole.plan.roundMs * 10);
  });

  test('has no search for a rate where one is given, or none is needed', () => {
    const { ms } = times(four);
    expect(times({ ...four, rate: 100 }).ms).toBeLessThan(ms);
    const closed = { ...four, measures: ['throughput' as const] };
    expect(times({ ...closed, rate: 100 }).ms).toBe(times(closed).ms);
  });

  test('has what a Node client gets, unless one engine is asked for', () => {
    const auto = times({ ...four, engine: 'auto' }, 2);
    const own = nodeClientPlan(auto.config, auto.plan.blockSize);
    expect(own.plan.blockSize).toBe(2);
    const more = own.plan.maxRounds * expectedRoundMs(own.plan, own.config);
    expect(auto.ms - times(four, 2).ms).toBeCloseTo(more);
    expect(times({ ...four, engine: 'undici' }, 2).ms).toBe(times(four, 2).ms);
  });

  test('of automatic rounds nobody knows', () => {
    expect(times({ ...four, rounds: 'auto' }).ms).toBeNull();
  });

  test('a round takes what its servers were seen to take', () => {
    const { plan, config } = times(four);
    const guessed = expectedRoundMs(plan, config);
    expect(expectedRoundMs(plan, config, 60_000) - expectedRoundMs(plan, config, 1000)).toBe(
      59_000,
    );
    expect(guessed).toBeGreaterThan(plan.roundMs);
  });
});
