import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimeLeft } from '../../src/cli/time-left.js';

test('before the first block has ended it is what was expected, less what has passed', () => {
  const left = new TimeLeft(10_000, 14_000);
  expect(left.at(0, 0)).toBe(14_000);
  // Finding a rate is no part of it, whatever that takes, but may tell more.
  expect(left.at(50_000, 0)).toBe(14_000);
  left.begin(60_000, 15_000);
  expect(left.at(60_000, 0)).toBe(15_000);
  expect(left.at(61_000, 500)).toBe(14_000);
});

test('then it is as the blocks that are done', () => {
  const left = new TimeLeft(10_000, 14_000);
  left.begin(1000, 14_000);
  // Beside others' work, three times as long as its load.
  left.blockEnded(1000 + 7500, 2500);
  expect(left.at(8500, 2500)).toBe(22_500);
  expect(left.at(9500, 2500)).toBe(21_500);
  left.blockEnded(1000 + 10_000, 5000);
  expect(left.at(11_000, 5000)).toBe(10_000);
});

test('it is never less than the load that is left, nor below nothing', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 1e6 }),
      (blocks, expectedMs) => {
        const loadMs = blocks.length * 100;
        const left = new TimeLeft(loadMs, expectedMs);
        left.begin(0, expectedMs);
        let nowMs = 0;
        for (const [index, tookMs] of blocks.entries()) {
          nowMs += tookMs;
          left.blockEnded(nowMs, (index + 1) * 100);
          const restMs = loadMs - (index + 1) * 100;
          expect(left.at(nowMs, loadMs - restMs)).toBeGreaterThanOrEqual(restMs);
          expect(left.at(nowMs + 1e9, loadMs - restMs)).toBe(restMs);
        }
        expect(left.at(nowMs, loadMs)).toBe(0);
      },
    ),
  );
});

test('what is told before a round of load is done changes nothing', () => {
  const left = new TimeLeft(1000, 2000);
  left.blockEnded(5, 0);
  left.begin(10, 2000);
  left.blockEnded(500, 0);
  expect(left.at(510, 0)).toBe(1500);
});
