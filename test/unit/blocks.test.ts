import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunConfig } from '../../src/config/schema.js';
import { mostInMemory, mostInTurns } from '../../src/plan/at-once.js';
import { blockSizes, dealBlocks } from '../../src/plan/blocks.js';
import { createPlan } from '../../src/plan/plan.js';
import { createRandom, deriveSeed, shuffled } from '../../src/random.js';
import { aConfig } from '../helpers/results.js';

const named = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`);
const seeds = fc.integer({ min: 0, max: 0xffffffff });
const designs = fc.record({
  targets: fc.integer({ min: 1, max: 40 }),
  most: fc.integer({ min: 1, max: 12 }),
  seed: seeds,
});

/** Of all pairs, in how many of so many rounds they share a block. */
function concurrences(targets: number, most: number, seed: number, rounds: number): number[] {
  const deal = dealBlocks(named(targets), most, seed);
  const counts = new Map<string, number>();
  for (let round = 1; round <= rounds; round++) {
    for (const block of deal(round)) {
      for (const one of block) {
        for (const other of block) {
          const pair = `${one} ${other}`;
          if (one < other) counts.set(pair, (counts.get(pair) ?? 0) + 1);
        }
      }
    }
  }
  const pairs = (targets * (targets - 1)) / 2;
  return [...counts.values(), ...Array(pairs - counts.size).fill(0)];
}

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

describe('blocks', () => {
  test('hold each target once a round, none is too large, and sizes differ by one at most', () => {
    fc.assert(
      fc.property(designs, fc.integer({ min: 1, max: 6 }), ({ targets, most, seed }, rounds) => {
        const deal = dealBlocks(named(targets), most, seed);
        for (let round = 1; round <= rounds; round++) {
          const blocks = deal(round);
          expect(blocks.flat().sort()).toEqual(named(targets).sort());
          const sizes = blocks.map((block) => block.length);
          expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          // No more blocks than it takes.
          expect(blocks).toHaveLength(Math.ceil(targets / most));
          expect(sizes.toSorted()).toEqual(blockSizes(targets, most).toSorted());
        }
      }),
    );
  });

  test('follow from the seed, whichever rounds are asked for', () => {
    fc.assert(
      fc.property(designs, ({ targets, most, seed }) => {
        const deal = dealBlocks(named(targets), most, seed);
        const fifth = structuredClone(deal(5));
        deal(2);
        expect(deal(5)).toEqual(fifth);
        expect(dealBlocks(named(targets), most, seed)(5)).toEqual(fifth);
      }),
    );
    const one = dealBlocks(named(32), 8, 1);
    expect(one(1)).not.toEqual(dealBlocks(named(32), 8, 2)(1));
    expect(one(2)).not.toEqual(one(1));
  });

  test.each([
    [32, 8],
    [30, 10],
    [20, 10],
    [12, 10],
    [9, 2],
    [64, 10],
  ])('bring all pairs of %d targets in blocks of %d together about as often', (targets, most) => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(3, 8, 20, 40), (seed, rounds) => {
        const counts = concurrences(targets, most, seed, rounds);
        const expected = mean(counts);
        for (const count of counts) expect(Math.abs(count - expected)).toBeLessThanOrEqual(5);
        // Of blocks drawn without regard to the rounds before they would vary as a binomial, more by the round.
        const share = expected / rounds;
        const variance = mean(counts.map((count) => (count - expected) ** 2));
        if (rounds >= 20) expect(variance).toBeLessThan(0.6 * rounds * share * (1 - share));
      }),
      { numRuns: 20 },
    );
  });

  test('draw anew where in its block a target stands', () => {
    const deal = dealBlocks(named(12), 6, 7);
    const first = Array.from({ length: 60 }, (_, index) => deal(index + 1)).flatMap((blocks) =>
      blocks.map(([target]) => target),
    );
    expect(new Set(first).size).toBe(12);
  });
});

describe('a plan', () => {
  test('of no more targets than may be up at once is that of one block', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 8 }), (seed, targets) => {
        const config = aConfig({ seed, targets: named(targets), rounds: 3 });
        const plan = createPlan(config, 8);
        expect(plan.blockSize).toBe(targets);
        for (const number of [1, 2, 3]) {
          const order = shuffled(named(targets), createRandom(deriveSeed(seed, 1, number)));
          const round = plan.round(number);
          expect(round).toMatchObject({ startOrder: order, blocks: [order] });
          expect(round).toEqual(createPlan(config).round(number));
        }
      }),
    );
  });

  test('in blocks takes as long under load, but where all of a block are loaded at the same time', () => {
    const config = aConfig({
      targets: named(20),
      durationMs: 100,
      warmupMs: 0,
      operations: ['get'],
    });
    expect(createPlan(config, 8)).toMatchObject({ roundMs: 4000, blockSize: 7 });
    const dealt = { ...config, interleave: 'request' as const };
    expect(createPlan(dealt).roundMs).toBe(100 + 2000);
    expect(createPlan(dealt, 8).roundMs).toBe(300 + 2000);
  });

  test('in as many blocks as another has is the same plan', () => {
    fc.assert(
      fc.property(designs, ({ targets, most, seed }) => {
        const config = aConfig({ seed, targets: named(targets) });
        const plan = createPlan(config, most);
        expect(createPlan(config, plan.blockSize).round(2)).toEqual(plan.round(2));
      }),
    );
  });
});

describe('as many at once', () => {
  test.each([
    [{}, 10],
    [{ sliceMs: 60 }, 33],
    [{ sliceMs: 20 }, 100],
    // Long ones were asked for.
    [{ sliceMs: 1000, durationMs: 10_000 }, 8],
    // Two turns in a stretch there always are.
    [{ durationMs: 100 }, 40],
    [{ interleave: 'request' }, 10],
    [{ interleave: 'request', measures: ['latency'] }, Number.POSITIVE_INFINITY],
    [{ interleave: 'none' }, Number.POSITIVE_INFINITY],
  ] satisfies [Partial<RunConfig>, number][])('as can take turns, with %j: %d', (changes, most) => {
    expect(mostInTurns(aConfig(changes))).toBe(most);
  });

  test.each([
    [[], 10, 0],
    [[4, 4, 4], 12, 3],
    [[4, 4, 4], 11, 2],
    [[4, 4, 4], 3, 0],
    // Whichever share a block: the largest may.
    [[1, 1, 9], 9, 1],
    // Those that run already hold nothing of ours.
    [[0, 0, 8, 8], 8, 1],
    [[0, 0, 8], 8, 3],
  ])('as memory holds of %j in %d: %d', (bytes, room, most) => {
    expect(mostInMemory(bytes, room)).toBe(most);
  });
});
