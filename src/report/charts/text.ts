import type { ChalkInstance } from 'chalk';
import type { LineChart, Mark, Series } from './chart.js';
import { type Scale, scaleOf, type Tick } from './scale.js';

export interface PlotOptions {
  chalk: ChalkInstance;
  /** Columns and rows, of the plot alone the rows. */
  width?: number;
  height?: number;
  /** For terminals that have nothing else. */
  ascii: boolean;
}

/** One a series, told apart without colour. */
const glyphs = { plain: [...'●○■□▲△◆◇'], ascii: [...'*o#+x@%='] };
const lines = { plain: ['│', '└', '─', '┆', '┄'], ascii: ['|', '+', '-', ':', '.'] };

interface Cell {
  text: string;
  colour: number | null;
}

/**
 * A line chart for a terminal: axes, a glyph a series, marks, and a legend, never wider than `width`.
 * Empty if there is nothing to draw.
 */
export function chartText(
  chart: LineChart,
  { chalk, width = 78, height = 11, ascii }: PlotOptions,
): string {
  const series = chart.series.filter(({ points }) => points.some(({ y }) => y !== null));
  if (series.length === 0) return '';
  const points = series.flatMap((each) => each.points);
  const atAxis = (axis: 'x' | 'y') => chart.marks.filter((mark) => mark.axis === axis);
  const y = scaleOf(chart.y, [
    ...points.flatMap((point) => point.y ?? []),
    ...atAxis('y').map(({ at }) => at),
  ]);
  const x = scaleOf(
    chart.x,
    points.filter((point) => point.y !== null).map((point) => point.x),
    { exact: true },
  );
  const yTicks = rowsOf(y, height);
  const gutter = Math.max(...yTicks.map((text) => text.length));
  const columns = Math.max(8, width - gutter - 1);
  const [wall = '', corner = '', floor = '', xMark = '', yMark = ''] = ascii
    ? lines.ascii
    : lines.plain;
  const symbols = ascii ? glyphs.ascii : glyphs.plain;
  const symbolOf = (index: number) => symbols[index % symbols.length] as string;

  const cells = Array.from({ length: height }, () =>
    Array.from({ length: columns }, (): Cell => ({ text: ' ', colour: null })),
  );
  const put = (column: number, row: number, cell: Cell, over = true) => {
    const found = cells[row]?.[column];
    if (found && (over || found.text === ' ')) Object.assign(found, cell);
  };
  for (const [index, each] of series.entries()) {
    for (const [column, row] of dotsOf(each, { x, y, columns, height })) {
      // Where several run over each other each shows in its own columns.
      const own = column % series.length === index;
      put(column, row, { text: symbolOf(index), colour: each.colour }, own);
    }
  }
  for (const mark of chart.marks) {
    const place = (mark.axis === 'x' ? x : y).at(mark.at);
    if (place === null || place < 0 || place > 1) continue;
    if (mark.axis === 'x') {
      const column = Math.round(place * (columns - 1));
      for (let row = 0; row < height; row++)
        put(column, row, { text: xMark, colour: mark.colour }, false);
    } else {
      const row = rowAt(place, height);
      for (let column = 0; column < columns; column++)
        put(column, row, { text: yMark, colour: mark.colour }, false);
    }
  }

  const paint = paints(chalk);
  const body = cells.map((row, index) => {
    const drawn = row.map(({ text, colour }) => (text === ' ' ? text : paint(colour)(text)));
    return `${(yTicks[index] ?? '').padStart(gutter)}${wall}${drawn.join('')}`.trimEnd();
  });
  const legend = [
    ...series.map(({ name, colour }, index) => ({ text: `${symbolOf(index)} ${name}`, colour })),
    ...chart.marks.map(({ axis, label, colour }: Mark) => ({
      text: `${axis === 'x' ? xMark : yMark} ${label}`,
      colour,
    })),
  ];
  return [
    chalk.bold(cut(chart.title, width)),
    ...body,
    `${' '.repeat(gutter)}${corner}${floor.repeat(columns)}`,
    `${' '.repeat(gutter + 1)}${tickLine(x, columns)}`.trimEnd(),
    ...legendLines(legend, width, paint),
  ].join('\n');
}

/** Texts of the rows that have a tick. */
function rowsOf(y: Scale, height: number): string[] {
  const rows = Array.from({ length: height }, () => '');
  for (const { value, text } of y.ticks(Math.ceil(height / 2))) {
    const place = y.at(value);
    if (place !== null && place >= 0 && place <= 1) rows[rowAt(place, height)] ||= text;
  }
  return rows;
}

function rowAt(place: number, height: number): number {
  return Math.round((1 - place) * (height - 1));
}

interface Frame {
  x: Scale;
  y: Scale;
  columns: number;
  height: number;
}

/** The cells of a series: its points, and between those that a line joins all columns. */
function* dotsOf(
  { points, draw }: Series,
  { x, y, columns, height }: Frame,
): Generator<readonly [column: number, row: number]> {
  let last: { column: number; place: number } | null = null;
  for (const point of points) {
    const across = x.at(point.x);
    const place = point.y === null ? null : y.at(point.y);
    if (across === null || place === null || across < 0 || across > 1) {
      last = null;
      continue;
    }
    const column = Math.round(across * (columns - 1));
    if (last && draw !== 'dots') {
      const step = Math.sign(column - last.column);
      for (let at: number = last.column + step; step !== 0 && at !== column; at += step) {
        const share = (at - last.column) / (column - last.column);
        yield [at, rowAt(last.place + share * (place - last.place), height)];
      }
    }
    yield [column, rowAt(place, height)];
    last = { column, place };
  }
}

/** Texts under the axis, as many as fit beside each other. */
function tickLine(x: Scale, columns: number): string {
  let line = '';
  for (const { value, text } of x.ticks(Math.floor(columns / 10)) satisfies Tick[]) {
    const place = x.at(value);
    if (text === '' || place === null || place < 0 || place > 1) continue;
    const centre = Math.round(place * (columns - 1));
    const start = Math.max(0, Math.min(columns - text.length, centre - (text.length >> 1)));
    if (line !== '' && start < line.length + 1) continue;
    line = line.padEnd(start) + text;
  }
  return line.slice(0, columns);
}

type Paint = (colour: number | null) => (text: string) => string;

function paints(chalk: ChalkInstance): Paint {
  const colours = [chalk.cyan, chalk.yellow, chalk.magenta, chalk.green, chalk.blue, chalk.red];
  return (colour) =>
    colour === null ? chalk.dim : (colours[colour % colours.length] as ChalkInstance);
}

function legendLines(
  entries: readonly { text: string; colour: number | null }[],
  width: number,
  paint: Paint,
): string[] {
  const out: string[] = [];
  let used = 0;
  for (const { text, colour } of entries) {
    const shown = cut(text, width - 2);
    const isFirst = out.length === 0 || used + 3 + shown.length > width;
    if (isFirst) out.push('  ');
    used = isFirst ? 2 + shown.length : used + 3 + shown.length;
    out[out.length - 1] += `${isFirst ? '' : '   '}${paint(colour)(shown)}`;
  }
  return out;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
