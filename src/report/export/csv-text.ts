import { printable } from '../format.js';

/** What a cell can hold; null is left empty. */
export type CsvValue = string | number | null;

/** A table as RFC 4180 has it: a head, and lines that end with CR and LF. */
export function csvText(head: readonly string[], rows: readonly (readonly CsvValue[])[]): string {
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** Where a spreadsheet would see the beginning of a formula, also in the wide forms of East Asia. */
const formula = /^[=+\-@\t\r\n＝＋－＠]/;

function cell(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  // An apostrophe makes a spreadsheet show the rest as it stands.
  const text = printable(formula.test(value) ? `'${value}` : value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
