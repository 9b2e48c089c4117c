import { type Cell, type FigureTable, isNames } from './figures.js';
import { escapeMarkdown } from './github.js';

/** Figures as a table of GitHub's Markdown, in which no text from outside is active. */
export function markdownTable(table: FigureTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(table.head.map(escapeMarkdown)),
    line(table.head.map((_, column) => (isNames(table, column) ? ':--' : '--:'))),
    ...table.rows.map((row) => line(row.map(cellText))),
  ].join('\n');
}

function cellText(cell: Cell): string {
  if (typeof cell === 'string') return escapeMarkdown(cell);
  const text = escapeMarkdown(cell.text);
  return cell.tone === 'bad' ? `**${text}**` : text;
}
