import { trialSchema } from '../../result/schema.js';
import type { SavedDocument } from '../documents.js';
import { type Column, columnsOf } from './csv-columns.js';
import { exportCostsCsv } from './csv-costs.js';
import { csvText } from './csv-text.js';
import { type Measured, measuredTrials } from './trials.js';

/**
 * Every trial as a row, with all of its figures but histograms and series; of a sweep, every step.
 * Units stand in the names of the columns.
 */
export function exportCsv(document: SavedDocument): string {
  if (document.kind === 'costs') return exportCostsCsv(document.result);
  const measured = measuredTrials(document);
  const columns = [
    ...(document.kind === 'sweep' ? stepColumns : []),
    ...columnsOf(
      trialSchema,
      measured.map(({ trial }) => trial),
      (name) => name.endsWith('_histogram') || name.startsWith('series_'),
    ).map(({ name, read }) => ({ name, read: ({ trial }: Measured) => read(trial) })),
  ];
  return csvText(
    columns.map(({ name }) => name),
    measured.map((one) => columns.map(({ read }) => read(one))),
  );
}

/** What a step of a sweep says of its trial. */
export const stepColumns: readonly Column<Measured>[] = [
  { name: 'step', read: ({ step }) => step?.number ?? null },
  { name: 'step_purpose', read: ({ step }) => step?.purpose ?? null },
  {
    name: 'step_rate_per_second',
    read: ({ step }) => (step?.by === 'rate' ? step.level : null),
  },
  {
    name: 'step_connections',
    read: ({ step }) => (step?.by === 'connections' ? step.level : null),
  },
  { name: 'step_outcome', read: ({ step }) => step?.outcome ?? null },
  { name: 'step_reason', read: ({ step }) => step?.reason ?? null },
];
