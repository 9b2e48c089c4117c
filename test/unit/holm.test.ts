import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holm } from '../../src/stats/holm.js';

test.each([
  [[], []],
  [[0.05], [true]],
  [[0.0500001], [false]],
  // 0.01 ≤ .05/4, 0.013 ≤ .05/3, 0.03 > .05/2: the last two stay, though 0.04 ≤ .05.
  [
    [0.04, 0.01, 0.03, 0.013],
    [false, true, false, true],
  ],
  [
    [0.013, 0.02, 0.03],
    [true, true, true],
  ],
  [
    [0.02, 0.02, 0.02],
    [false, false, false],
  ],
  [
    [0, 1],
    [true, false],
  ],
])('of %j it rejects %j', (pValues, rejected) => {
  expect(holm(pValues, 0.05)).toEqual(rejected);
});

const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

test('it rejects no less than Bonferroni, no more than each test alone, and by size alone', () => {
  fc.assert(
    fc.property(pValues, (values) => {
      const rejected = holm(values, 0.05);
      for (const [i, pValue] of values.entries()) {
        if (pValue <= 0.05 / values.length) expect(rejected[i]).toBe(true);
        if (pValue > 0.05) expect(rejected[i]).toBe(false);
        for (const [j, other] of values.entries()) {
          if (rejected[j] && pValue <= other) expect(rejected[i]).toBe(true);
        }
      }
    }),
  );
});
