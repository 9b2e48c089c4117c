import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IntervalHistogram } from '../../src/interval-histogram.js';

const times = fc.array(fc.integer({ min: 1, max: 2 ** 42 - 1 }), { minLength: 1, maxLength: 200 });
const small = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 200 });

function histogramOf(values: readonly number[]): IntervalHistogram {
  const histogram = new IntervalHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

test('a value is at most 1/128 above the one of the sorted list', () => {
  fc.assert(
    fc.property(fc.oneof(times, small), fc.integer({ min: 1, max: 100 }), (values, percentile) => {
      const sorted = values.toSorted((a, b) => a - b);
      const index = Math.max(0, Math.ceil((percentile / 100) * sorted.length - 1e-9) - 1);
      const exact = sorted[index] as number;
      const found = histogramOf(values).valueAt(percentile) as number;
      expect(found).toBeGreaterThanOrEqual(exact);
      expect(found - exact).toBeLessThanOrEqual(exact / 128);
    }),
  );
});

test('counts survive their sparse form, and add up', () => {
  fc.assert(
    fc.property(times, small, (a, b) => {
      const both = IntervalHistogram.from(histogramOf(a).toSparse(), histogramOf(b).toSparse());
      expect(both.total).toBe(a.length + b.length);
      expect(both.toSparse()).toEqual(histogramOf([...a, ...b]).toSparse());
    }),
  );
});

test('as many are at most a value as there are, to the width of a cell', () => {
  fc.assert(
    fc.property(times, fc.integer({ min: 1, max: 2 ** 42 - 1 }), (values, limit) => {
      const found = histogramOf(values).countAtMost(limit);
      const atMost = (most: number) => values.filter((value) => value <= most).length;
      expect(found).toBeGreaterThanOrEqual(atMost(limit));
      expect(found).toBeLessThanOrEqual(atMost(limit * (1 + 1 / 128)));
    }),
  );
});

test.each([1, 255, 256, 511, 512, 2 ** 31 - 1, 2 ** 31, 2 ** 42 - 1])('%d has a cell', (value) => {
  const histogram = histogramOf([value]);
  expect(histogram.valueAt(50)).toBeGreaterThanOrEqual(value);
  expect(histogram.countAtMost(value)).toBe(1);
  histogram.reset();
  expect(histogram.valueAt(50)).toBeNull();
  expect(histogram.toSparse()).toEqual([]);
});

test('what is longer than it can hold counts as the longest', () => {
  expect(histogramOf([2 ** 45]).valueAt(100)).toBe(2 ** 42 - 1);
});
