import type { CostPartName } from './figures.js';
import type { CostSettings } from './schema.js';

/**
 * About how long a part takes of one target, in s, where nobody has seen it yet: of the bundled servers on a
 * machine with two CPUs. */
const expectedS: Readonly<Record<CostPartName, (settings: CostSettings) => number>> = {
  build: ({ builds }) => 48 * builds,
  artifact: () => 2,
  source: () => 4,
  start: ({ rounds }) => 0.4 * rounds,
  memory: ({ rounds, keys }) => rounds * (4 + keys / 50_000),
  release: ({ builds, parts }) => 3 * builds + (meanwhile(parts) ? 0 : 25),
  collector: ({ rounds, heaps }) => rounds * heaps.length * 6,
  threads: ({ rounds }) => 3 * rounds,
};

/** Whether something is measured in the minute for which servers are left alone. */
function meanwhile(parts: CostSettings['parts']): boolean {
  return parts.includes('collector') || parts.includes('threads');
}

/** How long a measurement still takes: its present part by its own pace, parts to come by what is usual. */
export class CostProgress {
  readonly #leftMs: Map<CostPartName, number>;
  readonly #now: () => number;
  #sinceMs = 0;
  #part: CostPartName | null = null;

  constructor(
    parts: readonly CostPartName[],
    settings: CostSettings,
    targets: number,
    now = () => performance.now(),
  ) {
    this.#leftMs = new Map(parts.map((part) => [part, 1000 * targets * expectedS[part](settings)]));
    this.#now = now;
  }

  begin(part: CostPartName): void {
    this.#part = part;
    this.#sinceMs = this.#now();
  }

  end(part: CostPartName): void {
    this.#leftMs.delete(part);
    this.#part = null;
  }

  /** When such a share of the present part is done. */
  leftMs(share: number): number {
    let leftMs = 0;
    for (const [part, expectedMs] of this.#leftMs) {
      const isSeen = part === this.#part && share > 0;
      leftMs += isSeen ? ((this.#now() - this.#sinceMs) * (1 - share)) / share : expectedMs;
    }
    return leftMs;
  }
}
