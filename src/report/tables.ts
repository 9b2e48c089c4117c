import { stripVTControlCharacters } from 'node:util';
import type { ChalkInstance } from 'chalk';
import Table from 'cli-table3';
import type { Cell, FigureTable } from './figures.js';
import { oneLine, wrap } from './format.js';
import { coloured } from './tone.js';

type Row = readonly string[];

interface TableOptions {
  chalk: ChalkInstance;
  /** So many columns are aligned to the left. */
  left?: number | undefined;
  /** So many columns name what a row is about. */
  keys?: number | undefined;
  /** Columns of the terminal; without it a table is as wide as it is. */
  width?: number | undefined;
}

/** Columns of the terminal between two of a table. */
export const columnGap = 2;

/**
 * Columns of text under a heading, two spaces apart, numbers to the right; no trailing spaces. A
 * table that is wider than `width` goes on below, with the columns that name its rows once more.
 */
export function renderTable(
  head: Row,
  rows: readonly Row[],
  { chalk, left = 1, keys = Math.max(1, left), width = Number.POSITIVE_INFINITY }: TableOptions,
): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => widthOf(row[column] ?? ''))),
  );
  return columnGroups(widths, keys, width)
    .map((columns) => {
      const pick = (row: Row) => columns.map((column) => row[column] ?? '');
      const isLeft = columns.map((column) => column < left);
      return renderColumns(pick(head), rows.map(pick), isLeft, chalk);
    })
    .join('\n\n');
}

function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** Which columns stand beside one another: the first `keys` of them in every group. */
export function columnGroups(widths: readonly number[], keys: number, width: number): number[][] {
  const names = widths.slice(0, keys).map((_, column) => column);
  const taken = names.reduce((sum, column) => sum + (widths[column] ?? 0) + columnGap, 0);
  const groups: number[][] = [];
  let room = 0;
  for (let column = keys; column < widths.length; column++) {
    const own = widths[column] ?? 0;
    const group = groups.at(-1);
    if (group && own <= room) group.push(column);
    else {
      groups.push([...names, column]);
      room = width - taken;
    }
    room -= own + columnGap;
  }
  return groups.length > 0 ? groups : [names];
}

function renderColumns(
  head: Row,
  rows: readonly Row[],
  isLeft: readonly boolean[],
  chalk: ChalkInstance,
): string {
  const none = '';
  const table = new Table({
    head: head.map((text) => chalk.bold(text)),
    colAligns: isLeft.map((left) => (left ? 'left' : 'right')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': columnGap },
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
export function renderFigures(figures: FigureTable, chalk: ChalkInstance, width?: number): string {
  const { title, detail, head, rows, left, keys, note } = figures;
  const text = (cell: Cell) =>
    typeof cell === 'string' ? oneLine(cell) : coloured(oneLine(cell.text), cell.tone, chalk);
  const cells = rows.map((row) => row.map(text));
  const about = detail === '' ? '' : ` ${chalk.dim(`(${oneLine(detail)})`)}`;
  return [
    ...(title === '' ? [] : [chalk.bold(oneLine(title)) + about]),
    renderTable(head.map(oneLine), cells, { chalk, left, keys, width }),
    ...(note === null ? [] : note.split('\n').map((line) => chalk.dim(wrap(oneLine(line))))),
  ].join('\n');
}

/** A row as several, where a cell is wider than its column may be: broken at spaces. */
export function brokenRow(row: Row, widths: readonly number[]): string[][] {
  const cells = row.map((cell, column) => {
    const lines = [''];
    for (const word of cell.split(' ')) {
      const line = lines.at(-1) ?? '';
      const longer = line === '' ? word : `${line} ${word}`;
      if (line !== '' && widthOf(longer) > (widths[column] ?? 0)) lines.push(word);
      else lines[lines.length - 1] = longer;
    }
    return lines;
  });
  const height = Math.max(...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, index) => cells.map((lines) => lines[index] ?? ''));
}

/**
 * Breaks what is longer than a terminal is wide, at spaces where there are any; a line's rest is
 * indented two columns more than the line. Without a width nothing is broken.
 */
export function fitted(text: string, width = Number.POSITIVE_INFINITY): string {
  return text
    .split('\n')
    .flatMap((line) => (widthOf(line) > width ? brokenUp(line, width) : [line]))
    .join('\n');
}

function brokenUp(line: string, width: number): string[] {
  const [indent = ''] = /^ */.exec(line) ?? [];
  const lines: string[] = [];
  let current = indent;
  let isEmpty = true;
  for (const word of line.slice(indent.length).split(/(?<=\S) /)) {
    if (!isEmpty && widthOf(current) + 1 + widthOf(word) > width) {
      lines.push(current.trimEnd());
      current = `${indent}  ${word.trimStart()}`;
    } else {
      current += isEmpty ? word : ` ${word}`;
    }
    isEmpty = false;
  }
  return [...lines, current.trimEnd()];
}
