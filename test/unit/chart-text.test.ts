import { Chalk } from 'chalk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  Axis,
  ForestChart,
  ForestRow,
  LineChart,
  Series,
} from '../../src/report/charts/chart.js';
import { sparkline } from '../../src/report/charts/sparkline.js';
import { chartText } from '../../src/report/charts/text.js';
import { forestText } from '../../src/report/charts/text-forest.js';
import { gateKind } from '../../src/report/kinds/gate.js';
import { known } from '../../src/report/kinds/kind.js';
import { runKind } from '../../src/report/kinds/run.js';
import { gatePlots, runPlots } from '../../src/report/plots.js';
import { documentText } from '../../src/report/text.js';
import { aSeriesResult } from '../helpers/reports.js';
import { recordedGate } from '../helpers/saved.js';

const chalk = new Chalk({ level: 0 });
const context = { chalk, ascii: false };

function aChart(series: Series[], changes: Partial<LineChart> = {}): LineChart {
  const axis: Axis = { label: '', quantity: 'count', scale: 'linear' };
  return {
    kind: 'lines',
    id: 'a',
    title: 'A title',
    summary: '',
    note: null,
    x: axis,
    y: axis,
    series,
    marks: [],
    ...changes,
  };
}

const line = (points: [number, number | null][], name = 'a', colour = 0): Series => ({
  name,
  colour,
  draw: 'line',
  points: points.map(([x, y]) => ({ x, y })),
});

const row = (label: string, estimate: number, low: number | null, high: number | null) => ({
  label,
  estimate,
  low,
  high,
  verdict: 'higher',
  tone: 'bad' as const,
  allowed: null,
});
const aForest = (rows: ForestRow[]): ForestChart => ({
  kind: 'forest',
  id: 'a',
  title: 'A title',
  summary: '',
  note: null,
  rows,
  axis: { label: '', quantity: 'ratio', scale: 'log' },
});

describe('a forest', () => {
  test('has 1 in one column, and intervals where they lie', () => {
    const chart = aForest([row('a', 1, 0.5, 2), row('bb', 2, 1.5, 3), row('c', 0.5, null, null)]);
    const [title, ...lines] = forestText(chart, { chalk, width: 60, ascii: true }).split('\n');
    expect(title).toBe('A title');
    expect(lines.map((text) => text.replace(/ +/g, ' '))).toEqual([
      expect.stringMatching(/^a \[-+\*-+\] 1\.000× \(0\.500× to 2\.000×\)$/),
      expect.stringMatching(/^bb \| \[-+\*-+\] 2\.00× \(1\.50× to 3\.00×\)$/),
      'c * | 0.50×',
    ]);
    const one = lines[1]?.indexOf('|') ?? -1;
    expect(lines[0]?.[one]).toBe('*');
    expect(lines[2]?.[one]).toBe('|');
  });

  test('has a line a row, and keeps to a width, whatever is in it', () => {
    const ratio = fc.double({ min: 1e-9, max: 1e9, noNaN: true });
    const rows = fc.array(
      fc.tuple(fc.string({ unit: 'grapheme-ascii', maxLength: 40 }), ratio, fc.option(ratio)),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(rows, fc.boolean(), (drawn, ascii) => {
        const chart = aForest(
          drawn.map(([label, estimate, wide]) =>
            row(label, estimate, wide && estimate / (1 + wide), wide && estimate * (1 + wide)),
          ),
        );
        const lines = forestText(chart, { chalk, width: 78, ascii }).split('\n');
        expect(lines).toHaveLength(drawn.length + 1);
        for (const text of lines) expect([...text].length).toBeLessThanOrEqual(90);
      }),
    );
  });

  test('of nothing is nothing', () => {
    expect(forestText(aForest([]), context)).toBe('');
  });
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
      "10│                     ⣀⠤⠒●",
      "  │                 ⣀⠤⠒⠉",
      "  │            ⢀⡠⠔⠊⠉",
      " 5│┄┄┄┄┄┄┄┄⣀⡠⠔⠊⠁┄┄┄┄┄┄┄┄┄┄┄┄",
      "  │    ⣀⠤⠒⠉",
      " 0│●⠤⠒⠉",
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

test('lines that cross are told apart by their signs, without colour', () => {
  const up = line(
    Array.from({ length: 40 }, (_, i) => [i, i]),
    'up',
  );
  const down = line(
    Array.from({ length: 40 }, (_, i) => [i, 39 - i]),
    'down',
    1,
  );
  const text = chartText(aChart([up, down]), { ...context, width: 60 });
  const [plot = ''] = text.split('└');
  for (const sign of ['●', '○']) {
    const count = plot.split(sign).length - 1;
    expect(count).toBeGreaterThanOrEqual(3);
    expect(count).toBeLessThanOrEqual(4);
  }
  expect(plot).toMatch(/[\u2801-\u28ff]/);
});

test('a line passes behind every sign of another', () => {
  const dots: Series = {
    name: 'dots',
    colour: 0,
    draw: 'dots',
    points: [0, 5, 10].map((x) => ({ x, y: 5 })),
  };
  const flat = line(
    [
      [0, 5],
      [10, 5],
    ],
    'flat',
    1,
  );
  const text = chartText(aChart([dots, flat]), { ...context, width: 40 });
  // Three on the line but for those at its ends, where the line has its own; and the legend.
  expect(text.split('●').length - 1).toBe(2);
  expect(text.split('○').length - 1).toBe(3);
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

describe('the plot of a gate', () => {
  const result = recordedGate('regression');
  test('is a line for each figure that decides, between table and verdict', () => {
    const text = documentText(known(gateKind, result), { chalk, plot: { ascii: false } });
    const lines = text.split('\n');
    const at = lines.indexOf('Round by round (head / base)');
    expect(at).toBeGreaterThan(lines.findIndex((row) => row.startsWith('build time')));
    expect(at).toBeLessThan(lines.findIndex((row) => row.startsWith('regression: ')));
    const plotted = lines.slice(at + 1, lines.indexOf('', at));
    const gated = result.judgement.metrics.filter(({ allowance }) => allowance !== null);
    expect(plotted).toHaveLength(gated.filter(({ name }) => name !== 'binarySize').length);
    for (const row of plotted) {
      expect([...row].length).toBeLessThanOrEqual(80);
      expect(row).toMatch(/ [▁-█]{24} \d\S*× to \d\S*×$/);
    }
  });

  test('is none without rounds, or when nobody wants it', () => {
    expect(documentText(known(gateKind, result), { chalk })).not.toContain('Round by round');
    expect(gatePlots({ ...result, rounds: [] }, context)).toBe('');
  });
});

describe('the plots of a run', () => {
  const result = aSeriesResult();
  test('fit a terminal, and come before the sentences', () => {
    const text = documentText(known(runKind, result), { chalk, plot: { ascii: false } });
    expect(text).toContain('Over the run');
    for (const row of runPlots(result, context).split('\n')) {
      expect([...row].length, row).toBeLessThanOrEqual(80);
    }
    expect(text.indexOf('Over the run')).toBeLessThan(
      text.indexOf(result.machine?.cpuModel ?? '?'),
    );
  });

  test('are left out when nobody wants them', () => {
    expect(documentText(known(runKind, result), { chalk })).not.toContain('Over the run');
  });
});
