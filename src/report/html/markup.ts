import { tag } from '../charts/svg-parts.js';
import { type Cell, type FigureTable, isNames } from '../figures.js';
import { escapeXml } from '../xml.js';

/** Letters that are written from the right to the left, words of them included. */
const rightToLeft =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]+(?: +[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]+)*/gu;

/**
 * Any text as HTML in which it is nothing but text, in one line; what is written from the right does
 * not turn round the figures beside it.
 */
export function text(outside: string): string {
  return escapeXml(outside).replace(rightToLeft, '<bdi>$&</bdi>');
}

type Attributes = Record<string, string | number | undefined>;

/** An element that has an end, with what is in it already HTML. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  return tag(name, attributes, children.join(''));
}

/** A table in a box of its own that scrolls where the page is narrow. */
export function figureTable(table: FigureTable): string {
  const { title, detail, head, rows, note } = table;
  const about = detail === '' ? '' : ` ${element('small', {}, `(${text(detail)})`)}`;
  const html = scrolling(title || 'figures', {
    caption: title === '' ? null : text(title) + about,
    head,
    rows: rows.map((row) => row.map(toCell)),
    isName: (column) => isNames(table, column),
  });
  return html + noteHtml(note);
}

/** What a sign means, or what is said besides; nothing for null. */
export function noteHtml(note: string | null): string {
  return note === null ? '' : element('p', { class: 'note' }, text(note));
}

/** Texts as a table that scrolls, the first column naming each row. */
export function plainTable(
  title: string,
  { head, rows }: { head: readonly string[]; rows: readonly (readonly string[])[] },
): string {
  const cells = rows.map((row) => row.map(toCell));
  return scrolling(title, { caption: null, head, rows: cells, isName: (column) => column === 0 });
}

interface HtmlCell {
  html: string;
  tone: string | undefined;
}

function toCell(cell: Cell): HtmlCell {
  return typeof cell === 'string'
    ? { html: text(cell), tone: undefined }
    : { html: text(cell.text), tone: cell.tone };
}

interface HtmlTable {
  caption: string | null;
  head: readonly string[];
  rows: readonly (readonly HtmlCell[])[];
  isName: (column: number) => boolean;
}

function scrolling(label: string, { caption, head, rows, isName }: HtmlTable): string {
  const kind = (column: number) => (isName(column) ? undefined : 'n');
  const headCells = head.map((name, column) =>
    name === ''
      ? element('td', {})
      : element('th', { scope: 'col', class: kind(column) }, text(name)),
  );
  const bodyCells = (row: readonly HtmlCell[]) =>
    row.map(({ html, tone }, column) =>
      column === 0
        ? element('th', { scope: 'row', class: kind(column) }, html)
        : element(
            'td',
            { class: [kind(column), tone].filter(Boolean).join(' ') || undefined },
            html,
          ),
    );
  const table = element(
    'table',
    {},
    caption === null ? '' : element('caption', {}, caption),
    element('thead', {}, element('tr', {}, ...headCells)),
    element('tbody', {}, ...rows.map((row) => element('tr', {}, ...bodyCells(row)))),
  );
  // Focusable, so that it can be scrolled by keys.
  return element(
    'div',
    { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': `Table: ${label}` },
    table,
  );
}
