import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatMs,
  formatNs,
  formatNumber,
  formatPercent,
  formatRate,
  formatRatios,
  formatRequestRate,
  formatSizeRange,
  oneLine,
  printable,
  withBound,
  wrap,
} from '../../src/report/format.js';

test.each([
  [0, '0'],
  [0.1234, '0.123'],
  [1.004, '1.00'],
  [12.34, '12.3'],
  [999.4, '999'],
  [999.6, '1,000'],
  [1234567, '1,234,567'],
])('number %d is %s', (value, text) => expect(formatNumber(value)).toBe(text));

test('a count is whole', () => expect(formatCount(45_806.67)).toBe('45,807'));

test.each([
  [1, '1.00 ns'],
  [999, '999 ns'],
  [999.9, '1.00 µs'],
  [79_400, '79.4 µs'],
  [999_960, '1.00 ms'],
  [1_234_000, '1.23 ms'],
  [2_500_000_000, '2.50 s'],
  [75_000_000_000, '75.0 s'],
])('%d ns is %s', (ns, text) => expect(formatNs(ns)).toBe(text));

test.each([
  [500, '500 ms'],
  [2000, '2 s'],
  [1500, '1.5 s'],
  [125_000, '2 min 5 s'],
])('%d ms is %s', (ms, text) => expect(formatMs(ms)).toBe(text));

test.each([
  [512, '512 B'],
  [1024, '1.00 KiB'],
  [8_300_000, '7.92 MiB'],
  [3 * 2 ** 30, '3.00 GiB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [0.004, '0.4 %'],
  [0.0994, '9.9 %'],
  [0.12, '12 %'],
])('the fraction %d is %s', (fraction, text) => expect(formatPercent(fraction)).toBe(text));

test.each([
  [128, 128, '128 B'],
  [16, 512, '16 B to 512 B'],
  [64, 1024, '64 B to 1.00 KiB'],
])('sizes from %d to %d are %s', (minBytes, maxBytes, text) => {
  expect(formatSizeRange({ minBytes, maxBytes })).toBe(text);
});

test.each([
  [0.3, '0.300 requests/s'],
  [1, '1 request/s'],
  [2, '2 requests/s'],
  [63.62, '63.6 requests/s'],
  [10_000, '10,000 requests/s'],
])('the rate %d is %s', (rate, text) => expect(formatRequestRate(rate)).toBe(text));

test.each([
  ['least', '≥1.00 s'],
  ['most', '≤1.00 s'],
  [null, '1.00 s'],
  [undefined, '1.00 s'],
] as const)('the bound %s prints as %s', (bound, text) => {
  expect(withBound('1.00 s', bound)).toBe(text);
});

const units: Record<string, number> = {
  ns: 1,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};
/** What a text says, as a number. */
const read = (text: string) => {
  const [figure = '', unit] = text.replaceAll(',', '').replace('×', '').split(' ');
  return Number(figure) * (unit ? (units[unit] ?? Number.NaN) : 1);
};

describe.each<[string, (value: number) => string, min: number, max: number]>([
  ['numbers', formatNumber, 1e-6, 1e12],
  ['rates', formatRate, 1e-6, 1e9],
  ['times', formatNs, 1e-3, 1e13],
  ['sizes', formatBytes, 1, 2 ** 45],
  ['ratios', (ratio) => formatRatios(ratio)[0] as string, 1e-6, 9e8],
])('%s as text', (name, format, min, max) => {
  // As many small ones as large ones.
  const values = fc
    .double({ min: Math.log(min), max: Math.log(max), noNaN: true })
    .map((log) => Math.min(max, Math.max(min, Math.exp(log))));

  test('are near what they stand for: never 0, never without an end', () => {
    fc.assert(
      fc.property(values, (value) => {
        const said = read(format(value));
        // Half of the last of three digits; ratios that are not small have two decimals.
        const decimals = name === 'ratios' && value >= 0.0995 ? 0.00501 : 0;
        expect(Math.abs(said - value)).toBeLessThanOrEqual(Math.max(value * 0.00501, decimals));
      }),
    );
  });

  test('rise as they do', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 1, max: 1.1, noNaN: true }), (value, factor) => {
        expect(read(format(value * factor))).toBeGreaterThanOrEqual(read(format(value)));
      }),
    );
  });
});

test.each([
  [999.4, '999 ns'],
  [999.6, '1.00 µs'],
  [999_400, '999 µs'],
  [999_600, '1.00 ms'],
  [999_600_000, '1.00 s'],
])('%d ns steps to the next unit where it rounds to it: %s', (ns, text) => {
  expect(formatNs(ns)).toBe(text);
});

test.each([
  [1023, '1023 B'],
  [1_047_552, '1,023 KiB'],
  [1_048_575, '1.00 MiB'],
  [2 ** 30 - 1, '1.00 GiB'],
])('%d bytes step to the next unit where they round to it: %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('ratios have two decimals, and three if one of them is near 1', () => {
  expect(formatRatios(1.309)).toEqual(['1.31×']);
  expect(formatRatios(1.309, 1.2, 1.4)).toEqual(['1.31×', '1.20×', '1.40×']);
  expect(formatRatios(0.85, 0.76, 0.947)).toEqual(['0.850×', '0.760×', '0.947×']);
});

test('times never get wider than eight characters below 1000 s', () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 9.99e11, noNaN: true }), (ns) => {
      expect(formatNs(ns).length).toBeLessThanOrEqual(8);
    }),
  );
});

test.each([
  ['plain\ttext\nstays', 'plain\ttext\nstays'],
  ['\u001b[2Jgone', '\\x1b[2Jgone'],
  ['a\rb', 'a\\x0db'],
  ['\u009b31m', '\\x9b31m'],
  ['\u202eevil', '\\x202eevil'],
])('%j prints as %j', (text, safe) => expect(printable(text)).toBe(safe));

test('lines break at 80 columns, and never between a figure and its unit', () => {
  const filler = 'x'.repeat(77);
  expect(wrap(`${filler} 128 B over`)).toBe(`${filler}\n  128 B over`);
  expect(wrap(`${filler} 12 %)`)).toBe(`${filler}\n  12 %)`);
  expect(wrap(`${'x'.repeat(74)} 16 KiB`)).toBe(`${'x'.repeat(74)}\n  16 KiB`);
  expect(wrap(`${'x'.repeat(74)} 1.5 µs`)).toMatch(/\n {2}1\.5 µs$/);
  // Only a unit: other words may be on the next line.
  expect(wrap(`${filler} 3 servers`)).toBe(`${filler} 3\n  servers`);
});

test.each([
  ['::error::x', ': :error::x'],
  [':::##[group]', ': : :## [group]'],
  ['a##[error]b', 'a## [error]b'],
  ['listens on ::1 alone', 'listens on ::1 alone'],
  ['of ::ffff:127.0.0.1, ::1::error', 'of ::ffff:127.0.0.1, : :1::error'],
  ['a ::set', 'a : :set'],
  ['##[group] ##[end]', '## [group] ## [end]'],
  ['https://x::y', 'https://x::y'],
  ['two\nlines', 'two lines'],
])('%j has no word that a log would take for a command', (text, safe) => {
  expect(oneLine(text)).toBe(safe);
});
