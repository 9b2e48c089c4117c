import { escapeXml } from '../xml.js';
import type { Mark } from './chart.js';
import type { Plot } from './svg-lines.js';
import { fitText, lineHeight, tag, tenth, textWidth } from './svg-parts.js';

const fontSize = 12;

interface Box {
  left: number;
  top: number;
  width: number;
}

/** Lines across the plot, and their labels, which stay inside it and clear of each other. */
export function drawMarks(marks: readonly Mark[], plot: Plot): { lines: string; labels: string } {
  const taken: Box[] = [];
  const lines: string[] = [];
  const labels: string[] = [];
  for (const { axis, at, label, colour } of marks) {
    const place = axis === 'x' ? plot.toX(at) : plot.toY(at);
    if (place === null) continue;
    const hue = colour === null ? '' : ` c${colour % 8}`;
    const d =
      axis === 'x'
        ? `M${tenth(place)},${tenth(plot.top)}V${tenth(plot.bottom)}`
        : `M${tenth(plot.left)},${tenth(place)}H${tenth(plot.right)}`;
    lines.push(tag('path', { class: `mark${hue}`, d }));
    if (label === '') continue;
    const text = fitText(label, plot.right - plot.left - 8, fontSize);
    const box = freeBox(candidates(axis, place, textWidth(text, fontSize), plot), taken);
    taken.push(box);
    labels.push(tag('text', { class: 'tick halo', x: box.left, y: box.top + 13 }, escapeXml(text)));
  }
  return { lines: lines.join(''), labels: labels.join('') };
}

/** Places for a label beside its line, the best first. */
function candidates(axis: Mark['axis'], place: number, width: number, plot: Plot): Box[] {
  const { left, right, top, bottom } = plot;
  const within = (box: Box): Box => ({
    width,
    left: Math.min(Math.max(box.left, left + 3), Math.max(left + 3, right - width - 3)),
    top: Math.min(Math.max(box.top, top + 1), bottom - lineHeight),
  });
  if (axis === 'y') {
    const tops = [place - lineHeight + 1, place + 1];
    const lefts = [right - width - 4, left + 4, (left + right - width) / 2];
    return lefts.flatMap((x) => tops.map((y) => within({ left: x, top: y, width })));
  }
  const rows = Math.floor((bottom - top) / lineHeight);
  return Array.from({ length: rows }, (_, row) => top + 2 + row * lineHeight).flatMap((y) =>
    [place + 5, place - width - 5]
      .filter((x) => x >= left && x + width <= right)
      .map((x) => within({ left: x, top: y, width })),
  );
}

function freeBox(boxes: readonly Box[], taken: readonly Box[]): Box {
  const isFree = (box: Box) =>
    taken.every(
      (other) =>
        Math.abs(box.top - other.top) >= lineHeight - 3 ||
        box.left + box.width <= other.left ||
        other.left + other.width <= box.left,
    );
  return boxes.find(isFree) ?? (boxes[0] as Box);
}
