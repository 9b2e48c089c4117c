import { deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHistogram, decodeHistogram, encodeHistogram } from '../../src/histogram.js';

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

/** A histogram of one value whose bytes, before they are compressed, have been changed. */
function forged(change: (plain: Buffer) => Buffer): string {
  const histogram = createHistogram();
  histogram.recordValue(1000);
  const encoded = Buffer.from(encodeHistogram(histogram), 'base64');
  const compressed = deflateSync(change(inflateSync(encoded.subarray(8))));
  const head = Buffer.from(encoded.subarray(0, 8));
  head.writeInt32BE(compressed.length, 4);
  return Buffer.concat([head, compressed]).toString('base64');
}

function written(at: number, value: number | bigint): (plain: Buffer) => Buffer {
  return (plain) => {
    if (typeof value === 'bigint') plain.writeBigInt64BE(value, at);
    else plain.writeInt32BE(value, at);
    return plain;
  };
}

test.each<[claim: string, change: (plain: Buffer) => Buffer, message: RegExp]>([
  ['a length of 2 GB', written(4, 0x7fffffff), /its length is wrong/],
  ['a negative length', written(4, -1), /its length is wrong/],
  ['9 digits', written(12, 9), /digits is wrong/],
  ['values from 0', written(16, 0n), /its range is wrong/],
  ['values up to 2^62', written(24, 2n ** 62n), /its range is wrong/],
  ['another encoding', written(0, 7), /its header is wrong/],
  ['100 MB of zeros', () => Buffer.alloc(1e8), /larger than/],
])('a histogram that claims %s is refused before it is decoded', (_, change, message) => {
  expect(() => decodeHistogram(forged(change))).toThrow(message);
  expect(decodeHistogram(forged((plain) => plain)).totalCount).toBe(1);
});
