import { KvbenchError } from '../../errors.js';
import { decodeHistogram, type LatencyHistogram } from '../../result/histogram.js';
import type { Trial } from '../../result/schema.js';
import type { SweepPolicy, SweepStep } from '../../sweep/schema.js';
import type { SavedDocument } from '../documents.js';

/** One trial of a document, and of a sweep the step that it belongs to. */
export interface Measured {
  trial: Trial;
  step: (Omit<SweepStep, 'trial'> & { by: SweepPolicy['by'] }) | null;
}

/** Every trial of a run or a sweep, in the order of the document; a usage error for a gate. */
export function measuredTrials(document: SavedDocument): Measured[] {
  switch (document.kind) {
    case 'run':
      return document.result.trials.map((trial) => ({ trial, step: null }));
    case 'sweep': {
      const { by } = document.result.policy;
      return document.result.curves.flatMap(({ steps }) =>
        steps.map(({ trial, ...step }) => ({ trial, step: { ...step, by } })),
      );
    }
    case 'gate':
      throw gateRefusal();
    case 'costs':
      throw costsRefusal();
  }
}

/** The usage error for a gate where a run or a sweep is asked for. */
export function gateRefusal(): KvbenchError {
  return new KvbenchError(
    'usage',
    'A gate keeps a few figures of each round, and no trials that could be exported.',
    'Use `kvbench gate --replay FILE --report bencher=OUT`, or another form of --report.',
  );
}

/** The usage error for costs where a run or a sweep is asked for. */
export function costsRefusal(): KvbenchError {
  return new KvbenchError(
    'usage',
    'A result of `kvbench costs` holds no trials.',
    'Use `kvbench export csv`, which writes a row for each of its figures.',
  );
}

/** A histogram of a document; a usage error that names what it is of if it is damaged. */
export function storedHistogram(encoded: string, what: string): LatencyHistogram {
  try {
    return decodeHistogram(encoded);
  } catch (cause) {
    const message = `The histogram of ${what} is damaged.`;
    throw new KvbenchError('usage', message, 'Measure again.', { cause });
  }
}
