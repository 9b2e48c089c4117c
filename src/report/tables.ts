import type { ChalkInstance } from 'chalk';
import Table from 'cli-table3';

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
