import type { CostsResult } from '../../costs/schema.js';
import { type CsvValue, csvText } from './csv-text.js';

/** A row for each figure and target; values over rounds stand in one cell, divided by spaces. */
export function exportCostsCsv({ figures }: CostsResult): string {
  const head = [
    ...['target', 'figure', 'unit', 'value', 'low', 'high', 'values', 'reason', 'detail', 'heap'],
  ];
  const rows = figures.map(
    ({ target, figure, heap, unit, value, low, high, values, reason, detail }): CsvValue[] => [
      ...[target, figure, unit, value, low, high],
      values.map((one) => (one === null ? '' : String(one))).join(' '),
      ...[reason, detail, heap],
    ],
  );
  return csvText(head, rows);
}
