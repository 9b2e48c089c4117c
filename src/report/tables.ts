import type { ChalkInstance } from 'chalk';
import Table from 'cli-table3';
import type { Cell, FigureTable } from './figures.js';
import { oneLine } from './format.js';

/** Columns of text under a heading, two spaces apart, numbers to the right; no trailing spaces. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: { chalk: ChalkInstance; left?: number },
): string {
  const { chalk, left = 1 } = options;
  const none = '';
  const table = new Table({
    head: head.map((text) => chalk.bold(text)),
    colAligns: head.map((_, column) => (column < left ? 'left' : 'right')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: none,
      'top-mid': none,
      'top-left': none,
      'top-right': none,
      bottom: none,
      'bottom-mid': none,
      'bottom-left': none,
      'bottom-right': none,
      left: none,
      'left-mid': none,
      mid: none,
      'mid-mid': none,
      right: none,
      'right-mid': none,
      middle: none,
    },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Figures under their title for a terminal. */
export function renderFigures(figures: FigureTable, chalk: ChalkInstance): string {
  const { title, detail, head, rows, left, note } = figures;
  const colours = { good: chalk.green, bad: chalk.red, warn: chalk.yellow, quiet: chalk.dim };
  const text = (cell: Cell) =>
    typeof cell === 'string' ? oneLine(cell) : colours[cell.tone](oneLine(cell.text));
  const cells = rows.map((row) => row.map(text));
  return [
    `${chalk.bold(oneLine(title))}${detail === '' ? '' : ` ${chalk.dim(`(${oneLine(detail)})`)}`}`,
    renderTable(head.map(oneLine), cells, { chalk, left }),
    ...(note === null ? [] : [chalk.dim(note)]),
  ].join('\n');
}
