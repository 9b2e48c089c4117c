import { Chalk } from 'chalk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Axis, LineChart, Series } from '../../src/report/charts/chart.js';
import { sparkline } from '../../src/report/charts/sparkline.js';
import { chartText } from '../../src/report/charts/text.js';
import { runPlots } from '../../src/report/plots.js';
import { reportText } from '../../src/report/text.js';
import { aSeriesResult } from '../helpers/reports.js';

const chalk = new Chalk({ level: 0 });
const context = { chalk, ascii: false };

function aChart(series: Series[], changes: Partial<LineChart> = {}): LineChart {
  const axis: Axis = { label: '', quantity: 'count', scale: 'linear' };
  return {
    ...{ kind: 'lines', id: 'a', title: 'A title', summary: '', note: null },
    ...{ x: axis, y: axis, series, marks: [], ...changes },
  };
}

const line = (points: [number, number | null][], name = 'a', colour = 0): Series => ({
  ...{ name, colour, draw: 'line' },
  points: points.map(([x, y]) => ({ x, y })),
});

test('a line goes from its first point to its last, over axes with ticks', () => {
  const chart = aChart(
    [
      line([
        [0, 0],
        [10, 10],
      ]),
    ],
    {
      marks: [{ axis: 'y', at: 5, label: 'half', colour: null }],
    },
  );
  expect(chartText(chart, { ...context, width: 28, height: 6 }).split('\n')).toMatchInlineSnapshot(`
    [
      "A title",
      "10│                      ●●●",
      "  │                 ●●●●●",
      "  │             ●●●●",
      " 5│┄┄┄┄┄┄┄┄●●●●●┄┄┄┄┄┄┄┄┄┄┄┄",
      "  │   ●●●●●",
      " 0│●●●",
      "  └─────────────────────────",
      "   0                      10",
      "  ● a   ┄ half",
    ]
  `);
});

test('in ASCII there is nothing else', () => {
  const chart = aChart(
    [
      line([
        [0, 1],
        [5, 3],
      ]),
      line(
        [
          [0, 3],
          [5, 1],
        ],
        'b',
        1,
      ),
    ],
    {
      marks: [{ axis: 'x', at: 2, label: 'knee', colour: 0 }],
    },
  );
  expect(chartText(chart, { chalk, ascii: true })).toMatch(/^[\n -~]+$/);
});

test('a gap is one', () => {
  const rows = chartText(
    aChart([
      line([
        [0, 1],
        [4, null],
        [10, 1],
      ]),
    ]),
    { ...context, width: 30 },
  );
  // Two points, and the legend.
  expect(rows.match(/●/g)).toHaveLength(3);
});

test('nothing makes no plot', () => {
  expect(chartText(aChart([]), context)).toBe('');
  expect(chartText(aChart([line([[1, null]])]), context)).toBe('');
});

test('nothing is wider than asked for, whatever the numbers', () => {
  const number = fc.oneof(fc.double({ noNaN: true }), fc.integer(), fc.constant(0));
  const points = fc.array(fc.tuple(number, fc.option(number)), { maxLength: 20 });
  const scale = fc.constantFrom<Axis['scale']>('linear', 'log');
  const quantity = fc.constantFrom<Axis['quantity']>('ns', 'bytes', 'perSecond', 'ratio', 'ms');
  const axis = fc.record({ label: fc.constant(''), quantity, scale });
  const many = fc.array(points, { maxLength: 4 });
  fc.assert(
    fc.property(many, axis, axis, fc.integer({ min: 50, max: 120 }), (all, x, y, width) => {
      const series = all.map((each, index) => line(each, `s${'e'.repeat(index * 30)}`, index));
      const marks = [{ axis: 'y' as const, at: 3, label: 'm', colour: null }];
      const text = chartText(aChart(series, { x, y, marks }), { ...context, width });
      for (const row of text.split('\n')) expect([...row].length).toBeLessThanOrEqual(width);
    }),
  );
});

describe('a sparkline', () => {
  test.each<[(number | null)[], number, string]>([
    [[], 10, ''],
    [[null], 10, ''],
    [[5], 10, '▁'],
    [[0, 7, null, 3.5], 10, '▁█ ▅'],
    [[0, 9, 1, 0], 2, '█▁'],
  ])('%j in %d', (values, width, text) =>
    expect(sparkline(values, { width, ascii: false })).toBe(text),
  );

  test('never has more characters than asked for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }))),
        fc.integer({ min: 1, max: 60 }),
        (values, width) => {
          expect([...sparkline(values, { width, ascii: true })].length).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});

describe('the plots of a run', () => {
  const result = aSeriesResult();
  test('fit a terminal, and come before the sentences', () => {
    const text = reportText(result, { chalk, plot: { ascii: false } });
    expect(text).toContain('Over the run');
    for (const row of runPlots(result, context).split('\n')) {
      expect([...row].length, row).toBeLessThanOrEqual(80);
    }
    expect(text.indexOf('Over the run')).toBeLessThan(
      text.indexOf(result.machine?.cpuModel ?? '?'),
    );
  });

  test('are left out when nobody wants them', () => {
    expect(reportText(result, { chalk })).not.toContain('Over the run');
  });
});
