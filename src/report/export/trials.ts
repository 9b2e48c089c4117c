import { KvbenchError } from '../../errors.js';
import { decodeHistogram, type LatencyHistogram } from '../../histogram.js';
import type { RunResult, Trial } from '../../result/schema.js';
import type { SweepPolicy, SweepResult, SweepStep } from '../../sweep/schema.js';
import type { Column } from './csv-columns.js';

/** One trial of a document, and of a sweep the step that it belongs to. */
export interface MeasuredTrial {
  trial: Trial;
  step: (Omit<SweepStep, 'trial'> & { by: SweepPolicy['by'] }) | null;
}

/** Every trial of a run, in its order. */
export function trialsOfRun({ trials }: RunResult): MeasuredTrial[] {
  return trials.map((trial) => ({ trial, step: null }));
}

/** Every trial of a sweep, in its order, with its step. */
export function trialsOfSweep({ policy: { by }, curves }: SweepResult): MeasuredTrial[] {
  return curves.flatMap(({ steps }) =>
    steps.map(({ trial, ...step }) => ({ trial, step: { ...step, by } })),
  );
}

/** What a step of a sweep says of its trial. */
export const stepColumns: readonly Column<MeasuredTrial>[] = [
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

/** A histogram of a document; a usage error that names what it is of if it is damaged. */
export function storedHistogram(encoded: string, what: string): LatencyHistogram {
  try {
    return decodeHistogram(encoded);
  } catch (cause) {
    const message = `The histogram of ${what} is damaged.`;
    throw new KvbenchError('usage', message, 'Measure again.', { cause });
  }
}
