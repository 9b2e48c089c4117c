/** Cells that are not empty: index, count, index, count, … */
export type SparseCounts = readonly number[];

const halfCells = 128;
const cells = 36 * halfCells;

/**
 * Counts of times in integer ns up to 2^42 in cells whose width is at most 1/128 of their value:
 * coarser than HdrHistogram with three digits, and so small and quick enough to have one for each
 * interval of a series. Log-linear, as HdrHistogram's are.
 */
export class IntervalHistogram {
  readonly #counts = new Uint32Array(cells);
  total = 0;

  /** Runs once a request: must not allocate. */
  record(ns: number): void {
    const index = cellOf(ns);
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.total++;
  }

  add(sparse: SparseCounts): void {
    for (let i = 0; i < sparse.length; i += 2) {
      const index = sparse[i] as number;
      const count = sparse[i + 1] as number;
      this.#counts[index] = (this.#counts[index] as number) + count;
      this.total += count;
    }
  }

  /** The value, in ns, that so many per cent do not exceed; null if there is none. */
  valueAt(percentile: number): number | null {
    if (this.total === 0) return null;
    const wanted = Math.max(1, Math.ceil((percentile / 100) * this.total - 1e-9));
    let seen = 0;
    for (let index = 0; index < cells; index++) {
      seen += this.#counts[index] as number;
      if (seen >= wanted) return highestOf(index);
    }
    return null;
  }

  /** How many were at most that long, to the width of a cell. */
  countAtMost(ns: number): number {
    const last = cellOf(ns);
    let seen = 0;
    for (let index = 0; index <= last; index++) seen += this.#counts[index] as number;
    return seen;
  }

  toSparse(): number[] {
    const sparse: number[] = [];
    for (let index = 0; index < cells; index++) {
      const count = this.#counts[index] as number;
      if (count > 0) sparse.push(index, count);
    }
    return sparse;
  }

  reset(): void {
    this.#counts.fill(0);
    this.total = 0;
  }

  static from(...parts: readonly SparseCounts[]): IntervalHistogram {
    const histogram = new IntervalHistogram();
    for (const part of parts) histogram.add(part);
    return histogram;
  }
}

function cellOf(ns: number): number {
  if (ns < 2 * halfCells) return ns;
  // Above 2^31 the integer operations would overflow.
  const exponent = ns < 2 ** 31 ? 31 - Math.clz32(ns) : 62 - Math.clz32(Math.floor(ns / 2 ** 31));
  const shift = exponent - 7;
  return Math.min(cells - 1, shift * halfCells + Math.floor(ns / 2 ** shift));
}

/** The largest value of a cell. */
function highestOf(index: number): number {
  if (index < 2 * halfCells) return index;
  const shift = Math.floor(index / halfCells) - 1;
  return (index - shift * halfCells + 1) * 2 ** shift - 1;
}
