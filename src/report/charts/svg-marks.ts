import { escapeXml } from '../xml.js';
import type { Mark } from './chart.js';
import { fitText, lineHeight, tag, tenth, textWidth } from './svg-parts.js';
import type { Plot } from './svg-plot.js';

const fontSize = 12;
const labelHeight = 15;

/** A label above the plot: of a mark on x, in a row that is free there. */
export interface TopLabel {
  text: string;
  left: number;
  row: number;
  mark: Mark;
}

/**
 * Labels of marks on x, each as near to its mark as the drawing has room: between `from`, where the
 * name of the other axis ends, and `to`. Labels that would overlap go to rows of their own.
 */
export function topLabels(
  marks: readonly Mark[],
  toX: (value: number) => number | null,
  { from, to }: { from: number; to: number },
): TopLabel[] {
  const ends: number[] = [];
  return labelled(marks, 'x')
    .map((mark) => {
      const text = fitText(mark.label, to - from, fontSize);
      const width = textWidth(text, fontSize);
      const middle = toX(mark.at) ?? from;
      return { mark, text, width, left: Math.max(from, Math.min(middle - width / 2, to - width)) };
    })
    .sort((a, b) => a.left - b.left)
    .map(({ mark, text, width, left }) => {
      const free = ends.findIndex((end) => end + 8 <= left);
      const row = free < 0 ? ends.length : free;
      ends[row] = left + width;
      return { mark, text, left, row };
    });
}

/** How much room labels of marks on y take to the right of the plot. */
export function sideWidth(marks: readonly Mark[], width: number): number {
  const texts = labelled(marks, 'y').map(({ label }) => fitText(label, width * 0.28, fontSize));
  return texts.length === 0
    ? 0
    : Math.ceil(Math.max(...texts.map((text) => textWidth(text, fontSize))));
}

/** Lines across the plot with their labels beside it, where they hide nothing. */
export function drawMarks(
  marks: readonly Mark[],
  plot: Plot,
  above: readonly TopLabel[],
  sideRoom: number,
): string {
  const lines = marks.flatMap(({ axis, at, colour }) => {
    const place = axis === 'x' ? plot.toX(at) : plot.toY(at);
    if (place === null) return [];
    const d =
      axis === 'x'
        ? `M${tenth(place)},${tenth(plot.top)}V${tenth(plot.bottom)}`
        : `M${tenth(plot.left)},${tenth(place)}H${tenth(plot.right)}`;
    return tag('path', { class: colour === null ? 'mark' : `mark c${colour % 8}`, d });
  });
  const top = above.map(({ text, left, row }) => {
    const y = plot.top - 6 - row * lineHeight;
    return tag('text', { class: 'tick', x: left, y }, escapeXml(text));
  });
  return [...lines, ...top, ...sideLabels(marks, plot, sideRoom)].join('');
}

/** From the top down, each pushed below the one before it where they are too near. */
function sideLabels(marks: readonly Mark[], plot: Plot, room: number): string[] {
  const placed = labelled(marks, 'y')
    .flatMap(({ label, at }) => {
      const y = plot.toY(at);
      return y === null ? [] : [{ label, y }];
    })
    .sort((a, b) => a.y - b.y);
  const lowest = plot.bottom - (placed.length - 1) * labelHeight;
  let free = plot.top;
  return placed.map(({ label, y }, index) => {
    const at = Math.max(free, Math.min(y, lowest + index * labelHeight));
    free = at + labelHeight;
    const text = fitText(label, room, fontSize);
    return tag('text', { class: 'tick', x: plot.right + 6, y: at + 4 }, escapeXml(text));
  });
}

function labelled(marks: readonly Mark[], axis: Mark['axis']): Mark[] {
  return marks.filter((mark) => mark.axis === axis && mark.label !== '');
}
