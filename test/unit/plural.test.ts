import fc from 'fast-check';
import { expect, test } from 'vitest';
import { grouped, plural } from '../../src/plural.js';

test.each([
  [0, '0 rounds'],
  [1, '1 round'],
  [2, '2 rounds'],
  [1.2, '1 round'],
  [10_000, '10,000 rounds'],
])('%d is %s', (count, text) => expect(plural(count, 'round')).toBe(text));

test('separators stand, and halves are rounded, as in English', () => {
  const format = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
  const max = Number.MAX_SAFE_INTEGER;
  const halves = fc.maxSafeInteger().map((integer) => Math.trunc(integer / 8) + 0.5);
  const value = fc.oneof(fc.double({ min: -max, max, noNaN: true }), fc.maxSafeInteger(), halves);
  fc.assert(
    fc.property(value, (value) => {
      fc.pre(!Object.is(value, -0));
      expect(grouped(value)).toBe(format.format(value));
    }),
  );
});
