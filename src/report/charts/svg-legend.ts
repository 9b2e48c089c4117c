import { escapeXml } from '../xml.js';
import type { Series } from './chart.js';
import { type Block, fitText, lineHeight, shape, tag, tenth, textWidth } from './svg-parts.js';

const sampleWidth = 28;
const gap = 16;

/** The names of the series beside a sample of each, in as many rows as they take. */
export function drawLegend(series: readonly Series[], width: number): Block {
  let x = 0;
  let row = 0;
  const items = series.map(({ name, colour, draw }, index) => {
    const text = fitText(name, width - sampleWidth - 6);
    const itemWidth = sampleWidth + 6 + textWidth(text);
    if (x > 0 && x + itemWidth > width) {
      x = 0;
      row++;
    }
    const [left, y] = [x, row * lineHeight + 9];
    x += itemWidth + gap;
    const hue = `c${colour % 8}`;
    const isNoted = series[index]?.points.some(({ note }) => note !== undefined);
    return [
      draw === 'dots'
        ? ''
        : tag('path', {
            class: `line ${hue} d${index % 8}`,
            d: `M${tenth(left + 1)},${tenth(y)}h${sampleWidth - 2}`,
          }),
      draw === 'line'
        ? ''
        : tag('path', {
            class: `dot ${hue} ${draw === 'dots' && isNoted ? 'hollow' : `f${colour % 8}`}`,
            d: shape(index, left + sampleWidth / 2, y, 3.5),
          }),
      tag('text', { x: left + sampleWidth + 6, y: y + 4.5 }, escapeXml(text)),
    ].join('');
  });
  return { height: series.length === 0 ? 0 : (row + 1) * lineHeight + 4, content: items.join('') };
}
