import { estimate } from './estimate.js';
import {
  aboutFigure,
  type CostFigureName,
  type CostPartName,
  figureNames,
  rowNameOf,
} from './figures.js';
import type { Samples } from './part.js';
import type { MeasuredCost } from './schema.js';

/** Takes down what rounds give of one target. */
export class CostRecord {
  readonly #target: string;
  readonly #figures: readonly CostFigureName[];
  readonly #values = new Map<CostFigureName, (number | null)[]>();
  readonly #reasons = new Map<CostFigureName, string>();
  readonly #details = new Map<CostFigureName, string>();

  /** `jobs`: numbers of them for which builds are timed. */
  constructor(target: string, jobs: readonly number[] = []) {
    this.#target = target;
    this.#figures = figureNames(jobs);
  }

  /**
   * One round of a part; figures of it that the round does not name have no value in it. What it says of a
   * row is said of all that are measured for it.
   */
  add(part: CostPartName, samples: Samples): void {
    for (const name of this.#figures) {
      if (aboutFigure(name).part !== part) continue;
      const sample = samples[name] ?? samples[rowNameOf(name)];
      const value =
        typeof sample === 'number' ? sample : sample && 'value' in sample ? sample.value : null;
      const isNumber = value !== null && Number.isFinite(value);
      this.#values.set(name, [...(this.#values.get(name) ?? []), isNumber ? value : null]);
      if (typeof sample !== 'object') continue;
      if ('reason' in sample) this.#reasons.set(name, sample.reason);
      else this.#details.set(name, sample.detail);
    }
  }

  /** Why a part ended before its rounds were done. */
  fail(part: CostPartName, reason: string): void {
    for (const name of this.#figures) {
      if (aboutFigure(name).part === part && !this.#values.get(name)?.some((v) => v !== null)) {
        this.#values.set(name, []);
        this.#reasons.set(name, reason);
      }
    }
  }

  /** What is known so far: figures of parts that were begun. */
  figures(): MeasuredCost[] {
    return this.#figures.flatMap((figure) => {
      const values = this.#values.get(figure);
      if (!values) return [];
      const known = values.filter((value) => value !== null);
      const { unit, isExact = false } = aboutFigure(figure);
      const { value, low, high } =
        known.length === 0 ? { value: null, low: null, high: null } : estimate(known);
      return [
        {
          ...{ target: this.#target, figure, unit, values, value },
          ...(isExact ? { low: null, high: null } : { low, high }),
          reason: value === null ? (this.#reasons.get(figure) ?? 'it was not measured') : null,
          detail: this.#details.get(figure) ?? null,
        },
      ];
    });
  }
}
