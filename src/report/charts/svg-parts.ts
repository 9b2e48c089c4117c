import { printable } from '../format.js';
import { xmlAttributes } from '../xml.js';

/** An element; numbers to a tenth, attributes that are undefined left out. */
export function tag(
  name: string,
  values: Record<string, string | number | undefined>,
  ...children: readonly string[]
): string {
  const given = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, typeof value === 'number' ? tenth(value) : value] as const],
  );
  const open = `<${name}${xmlAttributes(Object.fromEntries(given))}`;
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`;
}

/** A length as it stands in a drawing, to a tenth. */
export function tenth(length: number): string {
  return String(Number(length.toFixed(1)));
}

/** A part of a drawing that was laid out from the top down. */
export interface Block {
  height: number;
  content: string;
}

export const lineHeight = 18;

/** Widths of characters of wide fonts, in parts of their size: rather too much than too little. */
const narrow = new Set("ijlI.,:;'|!()[]{} ·-/\\frt1");
const wide = new Set('mwMW%@—…≥×');

/** About how wide a text is, in units of the drawing. */
export function textWidth(text: string, fontSize = 13): number {
  let width = 0;
  for (const char of text) {
    if ((char.codePointAt(0) ?? 0) >= 0x1100) width += 1.05;
    else if (narrow.has(char)) width += 0.4;
    else width += wide.has(char) ? 0.95 : 0.64;
  }
  return width * fontSize;
}

/**
 * A text in one line that is no wider than that. What is too much of it gives way to `…` in its
 * last third, as its end may say which of several figures of one target it is about.
 */
export function fitText(text: string, width: number, fontSize = 13): string {
  const whole = printable(text.replace(/\s+/g, ' '));
  if (textWidth(whole, fontSize) <= width) return whole;
  const chars = [...whole];
  for (let kept = chars.length - 1; kept > 2; kept--) {
    const end = Math.floor(kept / 3);
    const text = `${chars.slice(0, kept - end).join('')}…${chars.slice(-end).join('')}`;
    if (end > 0 && textWidth(text, fontSize) <= width) return text;
  }
  return '…';
}

/** A text broken at spaces into lines of that width; of more than `most` lines the last is cut. */
export function wrapText(text: string, width: number, fontSize: number, most: number): string[] {
  const lines: string[] = [''];
  for (const word of printable(text).split(/\s+/)) {
    const last = lines.at(-1) as string;
    const longer = last === '' ? word : `${last} ${word}`;
    if (last === '' || textWidth(longer, fontSize) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const kept = lines.slice(0, most);
  if (lines.length > most) kept[most - 1] = lines.slice(most - 1).join(' ');
  return kept.map((line) => fitText(line, width, fontSize));
}

/** The outline of a mark: a circle, square, triangle or diamond by number, about a point. */
export function shape(number: number, x: number, y: number, radius: number): string {
  const r = tenth(radius);
  const d = tenth(2 * radius);
  const from = (left: number, up: number) => `M${tenth(x - left)},${tenth(y - up)}`;
  switch (number % 4) {
    case 0:
      return `${from(radius, 0)}a${r},${r} 0 1,0 ${d},0a${r},${r} 0 1,0 -${d},0z`;
    case 1:
      return `${from(radius, radius)}h${d}v${d}h-${d}z`;
    case 2:
      return `${from(0, radius)}l${r},${d}h-${d}z`;
    default:
      return `${from(0, 1.2 * radius)}l${r},${r}l-${r},${r}l-${r},-${r}z`;
  }
}
