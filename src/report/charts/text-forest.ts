import { formatRatios, oneLine } from '../format.js';
import type { ForestChart, ForestRow } from './chart.js';
import { scaleOf } from './scale.js';
import type { PlotOptions } from './text.js';

/** Of a line, an interval's ends and its inside, an estimate, the line at 1, and what runs off. */
const signs = {
  plain: { ends: '├┤', inside: '─', dot: '●', one: '│', off: '◂▸' },
  ascii: { ends: '[]', inside: '-', dot: '*', one: '|', off: '<>' },
};

/** Intervals that are wider than this about 1, and than all estimates, run off. */
const widest = 4;

/** A forest plot for a terminal, a line a row, as wide as `width` where its texts leave room; empty without rows. */
export function forestText(
  { title, rows, axis }: ForestChart,
  { chalk, width = 78, ascii }: Omit<PlotOptions, 'height'>,
): string {
  const drawn = rows.filter(({ estimate }) => estimate > 0 && Number.isFinite(estimate));
  if (drawn.length === 0) return '';
  const texts = drawn.map(ratioText);
  const labelWidth = Math.min(28, Math.max(...drawn.map(({ label }) => oneLine(label).length)));
  const textWidth = Math.max(...texts.map(({ length }) => length));
  const columns = Math.max(8, Math.min(40, width - labelWidth - textWidth - 2));
  const scale = scaleOf(axis, limits(drawn), { exact: true });
  const at = (value: number) => {
    const place = scale.at(value) ?? 0;
    return Math.round(Math.min(1, Math.max(0, place)) * (columns - 1));
  };
  const [least, most] = scale.domain;
  const colours = { good: chalk.green, bad: chalk.red, neutral: chalk.dim };
  const { ends, inside, dot, one, off } = ascii ? signs.ascii : signs.plain;
  const lines = drawn.map(({ label, estimate, low, high, tone }, index) => {
    const cells = Array.from({ length: columns }, () => ' ');
    cells[at(1)] = one;
    if (low !== null && high !== null) {
      cells.fill(inside, at(low), at(high) + 1);
      cells[at(low)] = (low < least * 0.999 ? off : ends)[0] as string;
      cells[at(high)] = (high > most * 1.001 ? off : ends)[1] as string;
    }
    cells[at(estimate)] = dot;
    const name = oneLine(label).slice(0, labelWidth).padEnd(labelWidth);
    return `${name} ${colours[tone](cells.join(''))} ${texts[index]}`;
  });
  return [chalk.bold(oneLine(title).slice(0, width)), ...lines].join('\n');
}

/** Every estimate and 1, and intervals as far as they leave the others room. */
function limits(rows: readonly ForestRow[]): number[] {
  const fixed = [1, ...rows.map(({ estimate }) => estimate)];
  const least = Math.min(1 / widest, ...fixed.map((value) => value / 1.2));
  const most = Math.max(widest, ...fixed.map((value) => value * 1.2));
  const inside = (value: number) => Math.min(most, Math.max(least, value));
  return [...fixed, ...rows.flatMap(({ low, high }) => [inside(low ?? 1), inside(high ?? 1)])];
}

function ratioText({ estimate, low, high }: ForestRow): string {
  if (low === null || high === null) return formatRatios(estimate).join('');
  const [ratio, from, to] = formatRatios(estimate, low, high);
  return `${ratio} (${from} to ${to})`;
}
