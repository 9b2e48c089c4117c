import type { ChalkInstance } from 'chalk';
import { oneLine } from '../format.js';
import type { LineChart, Mark, Series } from './chart.js';
import { type Scale, scaleOf, type Tick } from './scale.js';
import { type Place, rowAt, TextCanvas } from './text-canvas.js';

export interface PlotOptions {
  chalk: ChalkInstance;
  /** Columns and rows, of the plot alone the rows. */
  width?: number;
  height?: number;
  /** For terminals that have nothing else. */
  ascii: boolean;
}

/** One a series, told apart without colour. */
const signs = { plain: [...'●○■□▲△◆◇'], ascii: [...'*o#+x@%='] };
const lines = { plain: ['│', '└', '─', '┆', '┄'], ascii: ['|', '+', '-', ':', '.'] };

/** On a line without dots of its own, so many signs say whose it is. */
const signsOfLine = 4;

/**
 * A line chart for a terminal: axes, lines with a sign for each series, marks, and a legend, never wider
 * than `width`. Empty if there is nothing to draw.
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
  const all = ascii ? signs.ascii : signs.plain;
  const signOf = (index: number) => all[index % all.length] as string;

  const canvas = new TextCanvas({ columns, rows: height, ascii });
  const drawn = series.map((each, index) => ({
    draw: each.draw,
    strokes: strokesOf(each, x, y),
    cell: { text: signOf(index), colour: each.colour },
  }));
  for (const { draw, strokes, cell } of drawn) {
    if (draw === 'dots') continue;
    for (const stroke of strokes) {
      for (const [index, to] of stroke.slice(1).entries()) {
        canvas.line(stroke[index] as Place, to, cell);
      }
    }
  }
  // Signs over all lines, or those of the first series would be lost under the last one's line.
  for (const [index, { draw, strokes, cell }] of drawn.entries()) {
    const places = draw === 'line' ? signPlaces(strokes, index / drawn.length) : strokes.flat();
    for (const [across, up] of places) canvas.put(across, up, cell);
  }
  for (const { axis, at, colour } of chart.marks) {
    const place = (axis === 'x' ? x : y).at(at);
    if (place === null || place < 0 || place > 1) continue;
    canvas.rule(axis, place, { text: axis === 'x' ? xMark : yMark, colour });
  }

  const paint = paints(chalk);
  const body = canvas
    .lines(({ text, colour }) => (text === ' ' ? text : paint(colour)(text)))
    .map((row, index) => `${(yTicks[index] ?? '').padStart(gutter)}${wall}${row}`.trimEnd());
  const legend = [
    ...series.map(({ name, colour }, index) => ({ text: `${signOf(index)} ${name}`, colour })),
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

/** The points of a series that have a place, broken where one has none. */
function strokesOf({ points }: Series, x: Scale, y: Scale): Place[][] {
  const strokes: Place[][] = [[]];
  for (const point of points) {
    const across = x.at(point.x);
    const up = point.y === null ? null : y.at(point.y);
    if (across === null || up === null || across < 0 || across > 1) strokes.push([]);
    else strokes.at(-1)?.push([across, up]);
  }
  return strokes.filter((stroke) => stroke.length > 0);
}

/**
 * Where a mere line has its sign: at a few of its points, which `shift`, from 0 to 1, keeps off those of
 * other series, and at each point that nothing joins.
 */
function* signPlaces(strokes: readonly Place[][], shift: number): Generator<Place> {
  yield* strokes.filter(({ length }) => length === 1).flat();
  const joined = strokes.filter(({ length }) => length > 1).flat();
  const at = (across: number) =>
    joined.reduce<Place | undefined>(
      (best, place) =>
        best && Math.abs(best[0] - across) <= Math.abs(place[0] - across) ? best : place,
      undefined,
    );
  for (let index = 0; index < signsOfLine; index++) {
    const place = at((index + 0.5 + shift * 0.8) / signsOfLine);
    if (place) yield place;
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

/** Names come from files. */
function cut(text: string, width: number): string {
  const shown = oneLine(text);
  return shown.length <= width ? shown : `${shown.slice(0, width - 1)}…`;
}
