import { escapeXml } from '../xml.js';
import type { Chart } from './chart.js';
import { drawForest } from './svg-forest.js';
import { drawLines } from './svg-lines.js';
import { type Block, lineHeight, tag, wrapText } from './svg-parts.js';
import { chartStyle } from './svg-style.js';

export interface SvgOptions {
  /** A file of its own, with style, paper and title; else a part of a page with `chartStyle`. */
  standalone: boolean;
  /** Units of the drawing across; one is a pixel where it is shown at that width. */
  width?: number;
}

/** Narrow enough that texts can be read on a phone, where a chart is some 360 pixels wide. */
const inlineWidth = 480;
const standaloneWidth = 680;

/**
 * A chart as SVG: colours by classes alone, nothing from elsewhere, no script. What can be hovered
 * has the class `hit`, its text in `data-tip` and in a title, and the number of its series (of a
 * forest, of its row) in `data-series`; series come one after the other, each in the order of x.
 */
export function chartSvg(chart: Chart, { standalone, width }: SvgOptions): string {
  const across = Math.max(240, width ?? (standalone ? standaloneWidth : inlineWidth));
  const heading = standalone ? textBlock(chart.title, 'heading', across, 2) : nothing;
  const body = chart.kind === 'lines' ? drawLines(chart, across) : drawForest(chart, across);
  const note =
    standalone && chart.note !== null ? textBlock(chart.note, 'note', across, 4) : nothing;
  const height = heading.height + body.height + note.height;
  const [titleId, descId] = [`${chart.id}-title`, `${chart.id}-desc`];
  const margin = standalone ? 12 : 0;
  const box = [-margin, -margin, across + 2 * margin, height + 2 * margin] as const;
  return tag(
    'svg',
    {
      ...(standalone ? { xmlns: 'http://www.w3.org/2000/svg', width: box[2], height: box[3] } : {}),
      class: 'chart',
      viewBox: box.map((length) => String(Math.ceil(length))).join(' '),
      role: 'img',
      'aria-labelledby': `${titleId} ${descId}`,
    },
    tag('title', { id: titleId }, escapeXml(chart.title)),
    tag('desc', { id: descId }, escapeXml(chart.summary)),
    standalone ? `<style>${chartStyle}</style>` : '',
    standalone
      ? tag('rect', { class: 'paper', x: box[0], y: box[1], width: box[2], height: box[3] })
      : '',
    heading.content,
    moved(body, heading.height),
    moved(note, heading.height + body.height),
  );
}

const nothing: Block = { height: 0, content: '' };

function moved({ content }: Block, down: number): string {
  if (down === 0 || content === '') return content;
  return tag('g', { transform: `translate(0 ${down})` }, content);
}

function textBlock(text: string, kind: 'heading' | 'note', width: number, most: number): Block {
  const fontSize = kind === 'heading' ? 16 : 12;
  const lines = wrapText(text, width, fontSize, most);
  const step = lineHeight + (kind === 'heading' ? 4 : 0);
  return {
    height: lines.length * step + 6,
    content: lines
      .map((line, index) =>
        tag('text', { class: kind, x: 0, y: (index + 1) * step - 4 }, escapeXml(line)),
      )
      .join(''),
  };
}
