import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHistogram, decodeHistogram, encodeHistogram } from '../../src/result/histogram.js';

test('percentiles are within three digits of those of the sorted list', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 5_000_000_000 }), { minLength: 1, maxLength: 300 }),
      fc.constantFrom(50, 90, 99, 99.9),
      (values, percentile) => {
        const histogram = createHistogram();
        for (const value of values) histogram.recordValue(value);
        const sorted = [...values].sort((a, b) => a - b);
        const rank = Math.max(1, Math.ceil((percentile / 100) * sorted.length - 1e-9));
        const exact = sorted[rank - 1] as number;
        const measured = histogram.getValueAtPercentile(percentile);
        expect(Math.abs(measured - exact)).toBeLessThanOrEqual(Math.max(1, exact * 0.001));
      },
    ),
  );
});

test('the compressed form carries everything, and does not depend on where it is read', () => {
  const histogram = createHistogram();
  for (let i = 1; i <= 10_000; i++) histogram.recordValue(i * 997);
  const copy = decodeHistogram(encodeHistogram(histogram));
  expect(copy.totalCount).toBe(10_000);
  for (const p of [0, 50, 99, 99.99, 100]) {
    expect(copy.getValueAtPercentile(p)).toBe(histogram.getValueAtPercentile(p));
  }
  expect(() => decodeHistogram('not a histogram')).toThrow();
});
