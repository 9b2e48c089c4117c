import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type {
  Axis,
  Chart,
  ForestChart,
  ForestRow,
  LineChart,
  Series,
} from '../../src/report/charts/chart.js';
import { runCharts } from '../../src/report/charts/run.js';
import { chartSvg } from '../../src/report/charts/svg.js';
import { sweepCharts } from '../../src/report/charts/sweep.js';
import { chartTable } from '../../src/report/charts/table.js';
import { aSeriesResult, aSweepResult } from '../helpers/reports.js';
import { type Element, everyElement, readXml } from '../helpers/xml.js';

function aLine(changes: Partial<LineChart> = {}): LineChart {
  return {
    kind: 'lines',
    id: 'a-chart',
    title: 'get: latency',
    summary: 'How it was.',
    note: null,
    x: { label: 'time', quantity: 'ms', scale: 'linear' },
    y: { label: 'latency', quantity: 'ns', scale: 'log' },
    series: [aSeries([1e5, 2e5, 4e5])],
    marks: [],
    ...changes,
  };
}

function aSeries(ys: readonly (number | null)[], changes: Partial<Series> = {}): Series {
  const points = ys.map((y, index) => ({ x: index * 1000, y }));
  return { name: 'rust', colour: 0, draw: 'line', points, ...changes };
}

function aForest(rows: ForestRow[]): ForestChart {
  return {
    kind: 'forest',
    id: 'a-forest',
    title: 'rust / go',
    summary: 'Ratios.',
    note: null,
    axis: { label: 'rust / go', quantity: 'ratio', scale: 'log' },
    rows,
  };
}

function aRow(changes: Partial<ForestRow> = {}): ForestRow {
  const figures = { estimate: 0.8, low: 0.7, high: 0.9, allowed: 1.05 };
  return { label: 'get P50', ...figures, verdict: 'lower', tone: 'good', ...changes };
}

function draw(chart: Chart, standalone = false, width?: number): Element {
  return readXml(chartSvg(chart, { standalone, ...(width ? { width } : {}) }));
}

/** The elements of a drawing that have a class, as `line` or `hit`. */
function withClass(root: Element, name: string): Element[] {
  return everyElement(root).filter(({ attributes }) =>
    (attributes['class'] ?? '').split(' ').includes(name),
  );
}

describe('a chart', () => {
  it('is named and described to those who do not see it', () => {
    const svg = draw(aLine());
    expect(svg.attributes).toMatchObject({
      class: 'chart',
      role: 'img',
      'aria-labelledby': 'a-chart-title a-chart-desc',
    });
    expect(svg.children.slice(0, 2)).toMatchObject([
      { name: 'title', attributes: { id: 'a-chart-title' }, text: 'get: latency' },
      { name: 'desc', attributes: { id: 'a-chart-desc' }, text: 'How it was.' },
    ]);
  });

  it('has a text for each point, in its element and in what scripts read', () => {
    const hits = withClass(draw(aLine()), 'hit');
    expect(hits.map(({ attributes }) => attributes['data-tip'])).toEqual([
      'rust: 100 µs at 0 s',
      'rust: 200 µs at 1 s',
      'rust: 400 µs at 2 s',
    ]);
    for (const { attributes, children } of hits) {
      expect(children).toMatchObject([{ name: 'title', text: attributes['data-tip'] }]);
      expect(attributes['data-series']).toBe('0');
    }
  });

  it('walks each series in the order of x', () => {
    const series = [aSeries([1, 2, 3]), aSeries([3, 2, 1], { name: 'go', colour: 1 })];
    const hits = withClass(draw(aLine({ series })), 'hit');
    expect(hits.map(({ attributes }) => attributes['data-series']).join('')).toBe('000111');
    const xs = hits.slice(0, 3).map(({ attributes }) => Number(attributes['cx']));
    expect(xs).toEqual([...xs].sort((a, b) => a - b));
  });

  it('breaks a line where nothing was measured', () => {
    const path = (ys: (number | null)[]) =>
      withClass(draw(aLine({ series: [aSeries(ys)] })), 'line').at(-1)?.attributes['d'] ?? '';
    expect(path([1, 2, 3, 4]).match(/M/g)).toHaveLength(1);
    expect(path([1, 2, null, 3, 4]).match(/M/g)).toHaveLength(2);
  });

  it('cuts a long name in its middle, so that its end still says what it is', () => {
    const name = `${'a long name '.repeat(20)}P99`;
    const texts = everyElement(draw(aLine({ series: [aSeries([1, 2], { name })] })));
    const [shown] = texts.filter(({ text, name }) => name === 'text' && text.includes('…'));
    expect(shown?.text).toMatch(/^a long name .*….* P99$/);
  });

  it('draws what has a note hollow, and says it', () => {
    const points = [
      { x: 1, y: 10 },
      { x: 2, y: 20, note: 'generator-limited' },
    ];
    const svg = draw(aLine({ series: [aSeries([], { draw: 'dots', points })] }));
    // One in the legend, one in the plot.
    expect(withClass(svg, 'hollow')).toHaveLength(2);
    expect(withClass(svg, 'hit').at(1)?.attributes['data-tip']).toContain(', generator-limited');
  });

  it('says so where nothing was measured at all', () => {
    const empty = [aLine({ series: [] }), aLine({ series: [aSeries([null])] }), aForest([])];
    for (const chart of empty) {
      expect(everyElement(draw(chart)).map(({ text }) => text)).toContain('nothing was measured');
    }
  });

  it('keeps labels of marks inside, and apart', () => {
    const mark = (at: number, label: string) => ({ axis: 'x' as const, at, label, colour: 1 });
    const marks = [
      mark(1990, 'a knee with a rather long label'),
      mark(2000, 'and another of the same kind'),
      { axis: 'y' as const, at: 2e5, label: 'p99<5ms', colour: null },
      { axis: 'y' as const, at: 2.01e5, label: 'limit', colour: null },
    ];
    const texts = withClass(draw(aLine({ marks })), 'tick');
    const find = (text: string) => texts.find((element) => element.text === text)?.attributes ?? {};
    const [one, other] = [
      find('a knee with a rather long label'),
      find('and another of the same kind'),
    ];
    expect(one['y']).not.toBe(other['y']);
    expect(Number(one['x'])).toBeGreaterThan(0);
    expect(Number(one['x'])).toBeLessThan(300);
    expect(Math.abs(Number(find('limit')['y']) - Number(find('p99<5ms')['y']))).toBeGreaterThan(12);
  });

  it('shows an interval that is too wide to the edge, with an arrow', () => {
    const rows = [aRow(), aRow({ low: 1e-9, high: 1e9 })];
    const [whole, cut] = withClass(draw(aForest(rows)), 'open');
    expect(whole?.attributes['d']).not.toContain('L');
    expect(cut?.attributes['d']?.match(/L/g)).toHaveLength(2);
  });

  it('has 1 among the ticks of ratios, be they near it or far', () => {
    for (const estimate of [1.001, 1.05, 0.4, 3, 50, 1e6]) {
      const texts = withClass(draw(aForest([aRow({ estimate })])), 'tick').map(({ text }) => text);
      expect(texts).toContain('1×');
    }
  });

  it('tells one from the next by dash and by shape too', () => {
    const series = [0, 1, 2].map((index) =>
      aSeries([1, 2], { name: `s${index}`, draw: 'line-and-dots', colour: 0 }),
    );
    const svg = draw(aLine({ series }));
    const classes = withClass(svg, 'line').map(({ attributes }) => attributes['class']);
    expect(new Set(classes).size).toBe(3);
  });
});

describe('whatever its numbers are, a chart', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '<script>alert(1)</script>',
      '"&\'',
      '\u202eabc',
      '\ud800',
      'مرحبا',
      '\u0000\u001b[2J',
      ']]>',
      '',
    ),
  );
  const number = fc.oneof(
    fc.double(),
    fc.constantFrom(0, -0, 1, 1e-320, 1e308, -1e308, Number.MAX_SAFE_INTEGER, 5),
  );
  const axis: fc.Arbitrary<Axis> = fc.record({
    label: text,
    quantity: fc.constantFrom(
      'ns',
      'ms',
      'bytes',
      'count',
      'perSecond',
      'ratio',
      'share',
      'cpus',
      'quantile',
      'date',
    ),
    scale: fc.constantFrom('linear', 'log', 'quantile'),
  });
  const common = { id: fc.constant('any'), title: text, summary: text, note: fc.option(text) };
  const point = fc.oneof(
    fc.record({ x: number, y: fc.option(number) }),
    fc.record({ x: number, y: fc.option(number), note: text }),
  );
  const series: fc.Arbitrary<Series> = fc.record({
    name: text,
    colour: fc.nat(20),
    draw: fc.constantFrom('line', 'dots', 'line-and-dots'),
    points: fc.array(point, { maxLength: 30 }),
  });
  const mark = fc.record({
    axis: fc.constantFrom('x' as const, 'y' as const),
    at: number,
    label: text,
    colour: fc.option(fc.nat(9)),
  });
  const row = fc.record({
    label: text,
    estimate: number,
    low: fc.option(number),
    high: fc.option(number),
    verdict: text,
    tone: fc.constantFrom('good' as const, 'bad' as const, 'neutral' as const),
    allowed: fc.option(number),
  });
  const chart: fc.Arbitrary<Chart> = fc.oneof(
    fc.record({
      ...common,
      kind: fc.constant('lines' as const),
      x: axis,
      y: axis,
      series: fc.array(series, { maxLength: 10 }),
      marks: fc.array(mark, { maxLength: 4 }),
    }),
    fc.record({
      ...common,
      kind: fc.constant('forest' as const),
      axis,
      rows: fc.array(row, { maxLength: 6 }),
    }),
  );

  const known = new Set(['svg', 'title', 'desc', 'style', 'rect', 'g', 'path', 'text', 'circle']);
  const isText = new Set(['data-tip', 'aria-labelledby']);

  it('is well-formed, all of its lengths are numbers, and it holds neither styles nor links', () => {
    fc.assert(
      fc.property(
        chart,
        fc.boolean(),
        fc.integer({ min: 1, max: 1200 }),
        (any, standalone, width) => {
          const written = chartSvg(any, { standalone, width });
          const elements = everyElement(readXml(written));
          expect(elements.filter(({ name }) => !known.has(name))).toEqual([]);
          const strays = elements.flatMap(({ attributes }) =>
            Object.entries(attributes).filter(
              ([key, value]) =>
                /^(style|on.*|href)$/.test(key) ||
                (!isText.has(key) && /NaN|Infinity|undefined|null/.test(value)),
            ),
          );
          expect(strays).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('has a table as wide as its head', () => {
    fc.assert(
      fc.property(chart, (any) => {
        const { head, rows } = chartTable(any);
        for (const cells of rows) expect(cells).toHaveLength(head.length);
      }),
    );
  });
});

describe('a standalone chart', () => {
  it('brings its colours for light and dark, its paper and its title', () => {
    const svg = draw(aLine({ note: 'A note.' }), true);
    expect(svg.attributes['xmlns']).toBe('http://www.w3.org/2000/svg');
    const [style] = everyElement(svg).filter(({ name }) => name === 'style');
    expect(style?.text).toContain('prefers-color-scheme:dark');
    expect(withClass(svg, 'paper')).toHaveLength(1);
    const texts = everyElement(svg)
      .filter(({ name }) => name === 'text')
      .map(({ text }) => text);
    expect(texts).toContain('get: latency');
    expect(texts).toContain('A note.');
  });

  it('has none of it as part of a page', () => {
    expect(everyElement(draw(aLine())).map(({ name }) => name)).not.toContain('style');
  });
});

test('ten minutes by the second stay far below a megabyte', () => {
  const charts = runCharts([aSeriesResult({ rounds: 1, intervals: 600, intervalMs: 1000 })]);
  const sizes = charts.map((chart) => chartSvg(chart, { standalone: false }).length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(600_000);
});

test('a day by the second is no larger', () => {
  const series = [aSeries(Array.from({ length: 86_400 }, (_, index) => 1e5 + (index % 977) * 1e3))];
  expect(chartSvg(aLine({ series }), { standalone: false }).length).toBeLessThan(60_000);
});

test('a spike among many points is drawn, and can be pointed at', () => {
  const ys = Array.from({ length: 20_000 }, (_, index) => (index === 7777 ? 9e9 : 1e5));
  const svg = draw(aLine({ series: [aSeries(ys)] }));
  expect(withClass(svg, 'hit').map(({ attributes }) => attributes['data-tip'])).toContain(
    'rust: 9.00 s at 129 min 37 s',
  );
});

test('drawings are the same wherever they are made', () => {
  const before = { tz: process.env['TZ'], lang: process.env['LANG'] };
  const drawn = () =>
    [
      ...runCharts([aSeriesResult(), aSeriesResult({ startedAt: '2026-03-01T23:30:00.000Z' })]),
      ...sweepCharts(aSweepResult()),
    ]
      .map((chart) => chartSvg(chart, { standalone: true }) + JSON.stringify(chartTable(chart)))
      .join('\n');
  const here = drawn();
  process.env['TZ'] = 'Pacific/Kiritimati';
  process.env['LANG'] = 'ar_EG.UTF-8';
  expect(drawn()).toBe(here);
  if (before.tz === undefined) delete process.env['TZ'];
  else process.env['TZ'] = before.tz;
  if (before.lang === undefined) delete process.env['LANG'];
  else process.env['LANG'] = before.lang;
});
