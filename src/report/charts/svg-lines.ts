import { line } from 'd3-shape';
import { escapeXml } from '../xml.js';
import type { Axis, LineChart, Point, Series } from './chart.js';
import { quantityText } from './quantity.js';
import { type Scale, scaleOf, type Tick } from './scale.js';
import { drawLegend } from './svg-legend.js';
import { drawMarks, sideWidth, topLabels } from './svg-marks.js';
import { type Block, lineHeight, shape, tag, tenth, textWidth } from './svg-parts.js';
import type { Plot } from './svg-plot.js';
import { hitsPerSeries, spreadOut, thinned } from './thin.js';

/** A point with a place. */
interface Placed {
  point: Point;
  x: number;
  y: number | null;
}

const tickSize = 12;
/** Between the frame and the first and last point. */
const inset = 7;
const dotRadius = 3.5;
/** More dots of one series would only cover each other. */
const mostDots = 200;
/** More dots or points than this are drawn finer. */
const many = 80;
/** Lines of a grid on which a figure can still be followed; a decade takes three of them. */
const mostRows = { linear: 8, log: 12, quantile: 12 };

/** Lines and dots over two axes, with their legend, from the top down. */
export function drawLines(chart: LineChart, width: number): Block {
  const legend = drawLegend(chart.series, width);
  const along = (axis: 'x' | 'y') => [
    ...chart.series.flatMap(({ points }) => points.map((p) => p[axis]).filter((v) => v !== null)),
    ...chart.marks.filter((mark) => mark.axis === axis).map(({ at }) => at),
  ];
  const xScale = scaleOf(chart.x, along('x'), { exact: true, fromZero: startsAtZero(chart.x) });
  const yScale = scaleOf(chart.y, along('y'), { fromZero: startsAtZero(chart.y) });
  const plotHeight = Math.round(Math.min(300, Math.max(190, width * 0.45)));
  const yTicks = ticksThatFit(yScale, plotHeight, () => lineHeight, mostRows[chart.y.scale]);
  const left = Math.ceil(Math.max(...yTicks.map(({ text }) => textWidth(text, tickSize)))) + 8;
  const sideRoom = sideWidth(chart.marks, width);
  const right = width - Math.max(12, sideRoom + 6);
  const across = (value: number) => {
    const place = xScale.at(value);
    return place === null ? null : left + inset + place * (right - left - 2 * inset);
  };
  const above = topLabels(chart.marks, across, {
    from: textWidth(`${chart.y.label}  `, tickSize),
    to: width,
  });
  const rowsAbove = Math.max(1, ...above.map(({ row }) => row + 1));
  const top = legend.height + rowsAbove * lineHeight + 8;
  const bottom = top + plotHeight;
  const up = (value: number) => {
    const place = yScale.at(value);
    return place === null ? null : bottom - place * (bottom - top);
  };
  const plot = { left, right, top, bottom, toX: across, toY: up };
  const xTicks = ticksThatFit(xScale, right - left - 2 * inset, ({ text }) =>
    textWidth(`${text} `, tickSize),
  );
  const placed = chart.series.map((series) => place(series, plot));
  const isEmpty = placed.every((points) => points.every(({ y }) => y === null));
  return {
    height: bottom + 2 * lineHeight + 6,
    content: [
      legend.content,
      drawAxes(chart, plot, xTicks, yTicks),
      drawMarks(chart.marks, plot, above, sideRoom),
      ...chart.series.map((series, index) => drawSeries(series, index, placed[index] ?? [])),
      isEmpty ? emptyText(plot) : '',
      drawHits(chart, placed, right - left),
    ].join(''),
  };
}

function startsAtZero({ quantity }: Axis): boolean {
  return quantity !== 'ratio' && quantity !== 'date';
}

/** As many ticks as have room for their texts, which never overlap. */
function ticksThatFit(
  scale: Scale,
  length: number,
  sizeOf: (tick: Tick) => number,
  most = 9,
): Tick[] {
  const fits = (ticks: readonly Tick[]) => {
    let end = Number.NEGATIVE_INFINITY;
    return ticks.every((tick) => {
      if (tick.text === '') return true;
      const start = (scale.at(tick.value) ?? 0) * length - sizeOf(tick) / 2;
      const isClear = start >= end;
      end = start + sizeOf(tick);
      return isClear;
    });
  };
  for (let wanted = most; wanted > 1; wanted--) {
    const ticks = scale.ticks(wanted);
    if (fits(ticks)) return ticks;
  }
  const [first] = scale.ticks(2);
  return first ? [first] : [];
}

function drawAxes(
  { x, y }: LineChart,
  { left, right, top, bottom, toX, toY }: Plot,
  xTicks: readonly Tick[],
  yTicks: readonly Tick[],
): string {
  const columns = xTicks.flatMap((tick) => ({ ...tick, at: toX(tick.value) ?? 0 }));
  const rows = yTicks.flatMap((tick) => ({ ...tick, at: toY(tick.value) ?? 0 }));
  const gridOf = (isMinor: boolean) =>
    [
      ...rows.filter(({ text }) => (text === '') === isMinor).map(({ at }) => row(at)),
      ...columns.filter(({ text }) => (text === '') === isMinor).map(({ at }) => column(at)),
    ].join('');
  const row = (at: number) => `M${tenth(left)},${tenth(at)}H${tenth(right)}`;
  const column = (at: number) => `M${tenth(at)},${tenth(top)}V${tenth(bottom)}`;
  const minor = gridOf(true);
  const tickText = (text: string, at: Record<string, string | number>) =>
    text === '' ? '' : tag('text', { class: 'tick', ...at }, escapeXml(text));
  return [
    minor === '' ? '' : tag('path', { class: 'minor', d: minor }),
    tag('path', { class: 'grid', d: gridOf(false) || row(bottom) }),
    tag('path', { class: 'axis', d: row(bottom) }),
    ...rows.map(({ text, at }) => tickText(text, { x: left - 6, y: at + 4, 'text-anchor': 'end' })),
    ...columns.map(({ text, at }) => {
      // The last texts stay inside the drawing.
      const half = textWidth(text, tickSize) / 2;
      const middle = Math.min(Math.max(at, half), right + 12 - half);
      return tickText(text, { x: middle, y: bottom + 16, 'text-anchor': 'middle' });
    }),
    tag('text', { class: 'tick', x: 0, y: top - 10 }, escapeXml(y.label)),
    tag(
      'text',
      { class: 'tick', x: right, y: bottom + 16 + lineHeight, 'text-anchor': 'end' },
      escapeXml(x.label),
    ),
  ].join('');
}

function place({ points }: Series, { toX, toY }: Plot): Placed[] {
  return points.flatMap((point) => {
    const x = toX(point.x);
    return x === null ? [] : [{ point, x, y: point.y === null ? null : toY(point.y) }];
  });
}

function drawSeries({ draw, colour }: Series, index: number, points: readonly Placed[]): string {
  const parts: string[] = [];
  if (draw !== 'dots') {
    const toPath = line<Placed>()
      .defined(({ y }) => y !== null)
      .x(({ x }) => x)
      .y(({ y }) => y as number)
      .digits(1);
    const d = toPath(thinned(points)) ?? '';
    if (d !== '') {
      const fine = points.length > 2 * many ? ' fine' : '';
      parts.push(tag('path', { class: `line c${colour % 8} d${index % 8}${fine}`, d }));
    }
  }
  if (draw !== 'line') {
    const seen = spreadOut(
      points.filter(({ y }) => y !== null),
      mostDots,
    );
    const radius = seen.length > many ? dotRadius / 2 : dotRadius;
    for (const isHollow of [false, true]) {
      const d = seen
        .filter(({ point }) => (point.note !== undefined) === isHollow)
        .map(({ x, y }) => shape(index, x, y as number, radius))
        .join('');
      const fill = isHollow ? 'hollow' : `f${colour % 8}`;
      if (d !== '') parts.push(tag('path', { class: `dot c${colour % 8} ${fill}`, d }));
    }
  }
  return parts.join('');
}

function drawHits(chart: LineChart, placed: readonly Placed[][], width: number): string {
  const most = hitsPerSeries(placed.length, width);
  return placed
    .flatMap((points, index) => {
      const name = chart.series[index]?.name ?? '';
      return spreadOut(
        points.filter(({ y }) => y !== null),
        most,
      ).map(({ point, x, y }) => {
        const tip = [
          `${name}: ${quantityText(point.y ?? 0, chart.y.quantity)} at ${quantityText(point.x, chart.x.quantity)}`,
          ...(point.note === undefined ? [] : [point.note]),
        ].join(', ');
        return tag(
          'circle',
          { class: 'hit', cx: x, cy: y ?? 0, r: 7, 'data-series': String(index), 'data-tip': tip },
          tag('title', {}, escapeXml(tip)),
        );
      });
    })
    .join('');
}

function emptyText({ left, right, top, bottom }: Plot): string {
  const at = { x: (left + right) / 2, y: (top + bottom) / 2, 'text-anchor': 'middle' };
  return tag('text', at, 'nothing was measured');
}
