import { trialSchema } from '../../result/schema.js';
import { type Column, columnsOf } from './csv-columns.js';
import { csvText } from './csv-text.js';
import type { MeasuredTrial } from './trials.js';

/**
 * Every trial as a row, with all of its figures but histograms and series, after columns of the kind's own.
 * Units stand in the names of the columns.
 */
export function exportCsv(
  measured: readonly MeasuredTrial[],
  own: readonly Column<MeasuredTrial>[] = [],
): string {
  const columns = [
    ...own,
    ...columnsOf(
      trialSchema,
      measured.map(({ trial }) => trial),
      (name) => name.endsWith('_histogram') || name.startsWith('series_'),
    ).map(({ name, read }) => ({ name, read: ({ trial }: MeasuredTrial) => read(trial) })),
  ];
  return csvText(
    columns.map(({ name }) => name),
    measured.map((one) => columns.map(({ read }) => read(one))),
  );
}
