import { estimate } from './estimate.js';
import {
  aboutFigure,
  type CostFigureName,
  type CostPartName,
  figureNames,
  rowNameOf,
} from './figures.js';
import type { Samples, SamplesByHeap } from './part.js';
import type { CostSettings, Heap, MeasuredCost } from './schema.js';

/** What is known of one figure: of one heap where it is taken of each. */
interface Row {
  figure: CostFigureName;
  heap: Heap | null;
  /** Null: no round of its part was tried. */
  values: (number | null)[] | null;
  reason: string | null;
  detail: string | null;
}

/** Takes down what rounds give of one target. */
export class CostRecord {
  readonly #target: string;
  readonly #rows: readonly Row[];

  /** Of figures that are taken of each heap, or for each number of jobs, those of the settings are. */
  constructor(
    target: string,
    { jobs = [], heaps = [] }: Partial<Pick<CostSettings, 'jobs' | 'heaps'>> = {},
  ) {
    this.#target = target;
    this.#rows = figureNames(jobs).flatMap((figure) =>
      (aboutFigure(figure).isByHeap ? heaps : [null]).map((heap) => ({
        figure,
        heap,
        values: null,
        reason: null,
        detail: null,
      })),
    );
  }

  /**
   * One round of a part; figures of it that the round does not name have no value in it. What it says of a
   * row is said of all that are measured for it.
   */
  add(part: CostPartName, samples: Samples | SamplesByHeap): void {
    for (const row of this.#of(part)) {
      const own = isByHeap(samples) ? samples.get(row.heap as Heap) : samples;
      const sample = own?.[row.figure] ?? own?.[rowNameOf(row.figure)];
      const value =
        typeof sample === 'number' ? sample : sample && 'value' in sample ? sample.value : null;
      const isNumber = value !== null && Number.isFinite(value);
      row.values = [...(row.values ?? []), isNumber ? value : null];
      if (typeof sample !== 'object') continue;
      if ('reason' in sample) row.reason = sample.reason;
      else row.detail = sample.detail;
    }
  }

  /** Why a part ended before its rounds were done. */
  fail(part: CostPartName, reason: string): void {
    for (const row of this.#of(part)) {
      if (row.values?.some((value) => value !== null)) continue;
      row.values = [];
      row.reason = reason;
    }
  }

  /** What is known so far: figures of parts that were begun. */
  figures(): MeasuredCost[] {
    return this.#rows.flatMap(({ figure, heap, values, reason, detail }) => {
      if (values === null) return [];
      const known = values.filter((value) => value !== null);
      const { unit, isExact = false } = aboutFigure(figure);
      const { value, low, high } =
        known.length === 0 ? { value: null, low: null, high: null } : estimate(known);
      return [
        {
          target: this.#target,
          figure,
          heap,
          unit,
          values,
          value,
          ...(isExact ? { low: null, high: null } : { low, high }),
          reason: value === null ? (reason ?? 'it was not measured') : null,
          detail,
        },
      ];
    });
  }

  #of(part: CostPartName): Row[] {
    return this.#rows.filter(({ figure }) => aboutFigure(figure).part === part);
  }
}

function isByHeap(samples: Samples | SamplesByHeap): samples is SamplesByHeap {
  return samples instanceof Map;
}
