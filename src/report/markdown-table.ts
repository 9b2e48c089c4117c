import type { Cell, FigureTable } from './figures.js';
import { escapeMarkdown } from './github.js';

/** Figures as a table of GitHub's Markdown, in which no text from outside is active. */
export function markdownTable({ head, rows, left }: Pick<FigureTable, 'head' | 'rows' | 'left'>) {
  const isVerdict = rows.some((row) => row.some((cell) => typeof cell !== 'string'));
  const align = (column: number) =>
    column < left || (isVerdict && head[column] === 'verdict') ? ':--' : '--:';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(head.map(escapeMarkdown)),
    line(head.map((_, column) => align(column))),
    ...rows.map((row) => line(row.map(cellText))),
  ].join('\n');
}

function cellText(cell: Cell): string {
  if (typeof cell === 'string') return escapeMarkdown(cell);
  const text = escapeMarkdown(cell.text);
  return cell.tone === 'bad' ? `**${text}**` : text;
}
