import { escapeXml } from '../xml.js';
import type { ForestChart, ForestRow } from './chart.js';
import { quantityText, tickTexts } from './quantity.js';
import { scaleOf, type Tick } from './scale.js';
import { type Block, fitText, lineHeight, shape, tag, tenth, textWidth } from './svg-parts.js';

const rowHeight = 26;
const tickSize = 12;
/** Intervals that are wider than this about 1, and than all estimates, run off at an arrow. */
const widest = 4;

/** On either side of 1. */
const mostTicks = 12;

type Limits = readonly [number, number];

const shapes: Record<ForestRow['tone'], number> = { good: 0, neutral: 0, bad: 3 };

/** Ratios with their intervals, a row each, with the label before and the verdict behind them. */
export function drawForest({ axis, rows }: ForestChart, width: number): Block {
  const drawn = rows.filter(({ estimate }) => estimate > 0 && Number.isFinite(estimate));
  const verdicts = drawn.map((row) => fitText(verdictText(row, axis.quantity), width * 0.34, 12));
  const widestOf = (texts: readonly string[]) =>
    Math.ceil(Math.max(0, ...texts.map((text) => textWidth(text, tickSize))));
  const labels = drawn.map(({ label }) => fitText(label, width * 0.3, tickSize));
  const left = widestOf(labels) + 12;
  const right = width - widestOf(verdicts) - 12;
  const top = 6;
  const bottom = top + Math.max(1, drawn.length) * rowHeight;
  const scale = scaleOf(axis, limits(drawn), { exact: true });
  const toX = (value: number) => {
    const place = scale.at(value) ?? 0;
    return left + 8 + Math.min(1.02, Math.max(-0.02, place)) * (right - left - 16);
  };
  const ticks = forestTicks(scale.domain, toX);
  const column = (value: number) => `M${tenth(toX(value))},${top}V${tenth(bottom)}`;
  const parts = [
    tag('path', { class: 'grid', d: ticks.map(({ value }) => column(value)).join('') || 'M0,0' }),
    tag('path', { class: 'axis', d: `M${tenth(left)},${tenth(bottom)}H${tenth(right)}` }),
    tag('path', { class: 'mark', d: column(1) }),
    ...ticks.map(({ value, text }) =>
      tag(
        'text',
        { class: 'tick', x: toX(value), y: bottom + 16, 'text-anchor': 'middle' },
        escapeXml(text),
      ),
    ),
    tag(
      'text',
      { class: 'tick', x: right, y: bottom + 16 + lineHeight, 'text-anchor': 'end' },
      escapeXml(fitText(axis.label, right, tickSize)),
    ),
    ...drawn.map((row, index) => {
      const y = top + (index + 0.5) * rowHeight;
      return [
        tag('text', { class: 'tick', x: 0, y: y + 4 }, escapeXml(labels[index] ?? '')),
        drawRow(row, y, toX, scale.domain),
        tag(
          'text',
          { class: `tick ${row.tone}`, x: right + 12, y: y + 4 },
          escapeXml(verdicts[index] ?? ''),
        ),
        drawHit(row, index, { y, left, right, quantity: axis.quantity }),
      ].join('');
    }),
    drawn.length === 0 ? tag('text', { x: left + 8, y: bottom - 8 }, 'nothing was measured') : '',
  ];
  return { height: bottom + 2 * lineHeight + 6, content: parts.join('') };
}

type Quantity = ForestChart['axis']['quantity'];

function verdictText({ estimate, verdict }: ForestRow, quantity: Quantity): string {
  return `${quantityText(estimate, quantity)} ${verdict}`;
}

/** Every estimate and allowance, 1, and intervals as far as they leave the others room. */
function limits(rows: readonly ForestRow[]): number[] {
  const fixed = [1, ...rows.flatMap(({ estimate, allowed }) => [estimate, allowed ?? 1])];
  const least = Math.min(1 / widest, ...fixed.map((value) => value / 1.2));
  const most = Math.max(widest, ...fixed.map((value) => value * 1.2));
  const ends = rows.flatMap(({ low, high }) => [low ?? 1, high ?? 1]);
  return [...fixed, ...ends.map((value) => Math.min(most, Math.max(least, value)))];
}

/** Even steps about 1 while they are few and their texts clear of each other, else powers of 2, 10, … */
function forestTicks([low, high]: Limits, toX: (value: number) => number): Tick[] {
  const inside = (value: number) => value >= low * 0.9999 && value <= high * 1.0001;
  const about = (make: (step: number) => number) =>
    Array.from({ length: 2 * mostTicks + 1 }, (_, index) => make(index - mostTicks));
  const even = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5].map((size) =>
    about((step) => Number((1 + step * size).toFixed(3))).filter((value) => value > 0),
  );
  const powers = [2, 4, 10, 100, 1e4, 1e8].map((base) => about((step) => base ** step));
  for (const values of [...even, ...powers]) {
    const [least = 1, most = 1] = [values[0], values.at(-1)];
    const shown = values.filter(inside);
    if (least * 0.9 > low || most < high * 0.9) continue;
    const ticks = tickTexts(shown, 'ratio', 'linear').map((text, index) => ({
      text,
      value: shown[index] as number,
    }));
    if (areClear(ticks, toX)) return ticks;
  }
  return [{ value: 1, text: '1×' }];
}

function areClear(ticks: readonly Tick[], toX: (value: number) => number): boolean {
  return ticks.every((tick, index) => {
    const before = ticks[index - 1];
    const room = (textWidth(tick.text, tickSize) + textWidth(before?.text ?? '', tickSize)) / 2 + 6;
    return !before || toX(tick.value) - toX(before.value) >= room;
  });
}

function drawRow(
  { estimate, low, high, tone, allowed }: ForestRow,
  y: number,
  toX: (value: number) => number,
  [least, most]: Limits,
): string {
  const parts: string[] = [];
  if (low !== null && high !== null) {
    const [from, to] = [toX(low), toX(high)];
    const end = (x: number, isCut: boolean, inward: number) =>
      isCut
        ? `M${tenth(x + 5 * inward)},${tenth(y - 4)}L${tenth(x)},${tenth(y)}l${5 * inward},4`
        : `M${tenth(x)},${tenth(y - 4)}v8`;
    const d = `M${tenth(from)},${tenth(y)}H${tenth(to)}${end(from, low < least * 0.999, 1)}${end(to, high > most * 1.001, -1)}`;
    parts.push(tag('path', { class: `line ${tone} open`, d }));
  }
  if (allowed !== null) {
    parts.push(tag('path', { class: 'mark', d: `M${tenth(toX(allowed))},${tenth(y - 9)}v18` }));
  }
  parts.push(tag('path', { class: `dot ${tone}`, d: shape(shapes[tone], toX(estimate), y, 4.5) }));
  return parts.join('');
}

function drawHit(
  row: ForestRow,
  index: number,
  at: { y: number; left: number; right: number; quantity: Quantity },
): string {
  const tip = rowText(row, at.quantity);
  return tag(
    'rect',
    {
      class: 'hit',
      x: at.left,
      y: at.y - rowHeight / 2,
      width: Math.max(1, at.right - at.left),
      height: rowHeight,
      'data-series': String(index),
      'data-tip': tip,
    },
    tag('title', {}, escapeXml(tip)),
  );
}

function rowText({ label, estimate, low, high, verdict, allowed }: ForestRow, quantity: Quantity) {
  const text = (value: number) => quantityText(value, quantity);
  const interval = low === null || high === null ? '' : ` (${text(low)} to ${text(high)})`;
  const limit = allowed === null ? '' : `, up to ${text(allowed)} is allowed`;
  return `${label}: ${text(estimate)}${interval}, ${verdict}${limit}`;
}
