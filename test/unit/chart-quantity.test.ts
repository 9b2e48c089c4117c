import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Axis, Quantity } from '../../src/report/charts/chart.js';
import { quantityText, tickTexts } from '../../src/report/charts/quantity.js';
import { scaleOf } from '../../src/report/charts/scale.js';

test.each<[number, Quantity, string]>([
  [1_234_567, 'ns', '1.23 ms'],
  [65_000, 'ms', '1 min 5 s'],
  [8_306_688, 'bytes', '7.92 MiB'],
  [45_806, 'perSecond', '45,806/s'],
  [0.5, 'perSecond', '0.500/s'],
  [1.051, 'ratio', '1.051×'],
  [0.004, 'share', '0.4 %'],
  [0.81234, 'cpus', '0.812 CPUs'],
  [48, 'count', '48'],
  [0, 'quantile', '0 %'],
  [0.999, 'quantile', '99.9 %'],
  [0.99999, 'quantile', '99.999 %'],
  [Date.UTC(2026, 0, 2, 3, 4), 'date', '2026-01-02 03:04'],
  [1e300, 'date', 'no date'],
])('%d as %s is %s', (value, quantity, text) => {
  expect(quantityText(value, quantity)).toBe(text);
});

describe('ticks', () => {
  const axis = (quantity: Quantity, scale: Axis['scale'] = 'linear'): Axis => ({
    label: '',
    quantity,
    scale,
  });
  const textsOf = (...args: [Axis, number[], number]) =>
    scaleOf(args[0], args[1])
      .ticks(args[2])
      .map(({ text }) => text)
      .filter((text) => text !== '');

  test.each<[string, Axis, number[], string[]]>([
    [
      '1-2-5 with a unit each',
      axis('ns', 'log'),
      [100_000, 2e6],
      ['100 µs', '200 µs', '500 µs', '1 ms', '2 ms'],
    ],
    [
      'powers of ten over many decades',
      axis('ns', 'log'),
      [1, 1e12],
      ['1 ns', '100 ns', '10 µs', '1 ms', '100 ms', '10 s', '1,000 s'],
    ],
    [
      'even steps within a decade',
      axis('ns', 'log'),
      [1e6, 2e6],
      ['1 ms', '1.2 ms', '1.4 ms', '1.6 ms', '1.8 ms', '2 ms'],
    ],
    ['binary units', axis('bytes'), [0, 3 * 2 ** 20], ['0', '1 MiB', '2 MiB', '3 MiB']],
    ['minutes', axis('ms'), [0, 600_000], ['0', '2 min', '4 min', '6 min', '8 min', '10 min']],
    ['thousands', axis('perSecond'), [0, 40_000], ['0', '10k/s', '20k/s', '30k/s', '40k/s']],
    [
      'as many digits as they differ by',
      axis('ratio'),
      [1, 1.0004],
      ['1×', '1.0001×', '1.0002×', '1.0003×', '1.0004×'],
    ],
    [
      'nines',
      axis('quantile', 'quantile'),
      [0, 0.9999],
      ['0 %', '50 %', '90 %', '99 %', '99.9 %', '99.99 %'],
    ],
    [
      'days',
      axis('date'),
      [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 5)],
      ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04', '2026-01-05'],
    ],
    ['whole things', axis('count'), [0, 3], ['0', '1', '2', '3']],
  ])('%s', (_, given, values, texts) => {
    expect(textsOf(given, values, 6)).toEqual(texts);
  });

  const quantities: Quantity[] = [
    'ns',
    'ms',
    'bytes',
    'count',
    'perSecond',
    'ratio',
    'share',
    'cpus',
    'date',
  ];
  const anyAxis = fc
    .record({
      label: fc.constant(''),
      quantity: fc.constantFrom(...quantities),
      scale: fc.constantFrom('linear' as const, 'log' as const),
    })
    // Time has no logarithm.
    .filter(({ quantity, scale }) => quantity !== 'date' || scale === 'linear');

  // What is beyond 1e300 or, on a logarithmic axis, below 1e-300 has no place; the limits around a
  // single number may be twice as far out.
  const number = fc.oneof(
    fc
      .double({ min: -4e299, max: 4e299, noNaN: true })
      .map((value) => (Math.abs(value) < 1e-299 ? 0 : value)),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -Number.MAX_VALUE, 2e300),
  );

  it('are on the axis and in order', () => {
    fc.assert(
      fc.property(
        anyAxis,
        fc.array(number),
        fc.integer({ min: 1, max: 12 }),
        (given, values, wanted) => {
          const scale = scaleOf(given, values);
          const ticks = scale.ticks(wanted);
          expect(ticks.length).toBeLessThan(700);
          const places = ticks.map(({ value }) => scale.at(value));
          for (const place of places) {
            expect(place).toBeGreaterThan(-0.001);
            expect(place).toBeLessThan(1.001);
          }
          expect(places).toEqual([...places].sort((a, b) => (a ?? 0) - (b ?? 0)));
        },
      ),
    );
  });

  it('have texts that differ where the numbers do', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...quantities.filter((quantity) => quantity !== 'date')),
        fc.uniqueArray(fc.integer({ min: 1, max: 1e9 }), { minLength: 1, maxLength: 10 }),
        (quantity, values) => {
          expect(new Set(tickTexts(values, quantity, 'linear')).size).toBe(values.length);
        },
      ),
    );
  });

  it('puts every value between the ends', () => {
    fc.assert(
      fc.property(anyAxis, fc.array(fc.double({ noNaN: true })), (given, values) => {
        const scale = scaleOf(given, values);
        for (const value of values) {
          const place = scale.at(value);
          if (place === null) continue;
          expect(place).toBeGreaterThan(-1e-6);
          expect(place).toBeLessThan(1 + 1e-6);
        }
      }),
    );
  });
});
