import { withoutWorkers, workersOf } from '../config/workers.js';
import type { Comparison, RunResult, Summary } from '../result/schema.js';
import { comparisonBetween } from './compare.js';
import { isGeneratorLimited } from './summary.js';

type Ratio = Pick<Comparison['ratio'], 'estimate' | 'low' | 'high'>;

/** A target with so many workers, in a closed loop, beside itself with the fewest. */
export interface ScalingStep {
  /** Its name in the run. */
  name: string;
  workers: number;
  /** Medians over rounds; null: not known. */
  requestsPerSecond: number | null;
  cpuPerRequestNs: number | null;
  /** Whether the load generator was the limit, so that the server could do more. */
  isLimited: boolean;
  /**
   * Speed-up / workers, both over those of the fewest: 1 is as much more as there are more workers.
   * Null: of the fewest themselves, or not measured. What the generator limits is a bound of it.
   */
  efficiency: Ratio | null;
  /** The CPU of a request as a multiple of that with the fewest; null likewise. */
  cost: Ratio | null;
}

/** How an operation of a target goes with more workers: the fewest first, two steps or more. */
export interface Scaling {
  operation: string;
  target: string;
  steps: readonly [ScalingStep, ...ScalingStep[]];
}

/** Every operation and target of a run that was measured with several numbers of workers. */
export function scalingOf({
  summary,
  comparisons,
}: Pick<RunResult, 'summary' | 'comparisons'>): Scaling[] {
  const entries = summary.flatMap((entry) => {
    const workers = workersOf(entry.target);
    return entry.measure === 'throughput' && workers !== null ? [{ ...entry, workers }] : [];
  });
  const operations = [...new Set(entries.map(({ operation }) => operation))];
  const targets = [...new Set(entries.map(({ target }) => withoutWorkers(target)))];
  return operations.flatMap((operation) =>
    targets.flatMap((target) => {
      const [fewest, ...more] = entries
        .filter((entry) => entry.operation === operation && withoutWorkers(entry.target) === target)
        .sort((a, b) => a.workers - b.workers);
      if (!fewest || more.length === 0) return [];
      const step = (entry: Entry) => stepOf(entry, fewest, comparisons);
      return [{ operation, target, steps: [step(fewest), ...more.map(step)] as const }];
    }),
  );
}

type Entry = Summary & { workers: number };

function stepOf(entry: Entry, fewest: Entry, comparisons: readonly Comparison[]): ScalingStep {
  const { target: name, operation, metrics, workers } = entry;
  const ratioOf = (metric: string, { target }: Entry, reference: Entry) => {
    const kind = { measure: 'throughput', operation, metric } as const;
    return comparisonBetween(comparisons, kind, target, reference.target)?.ratio ?? null;
  };
  const speedUp = ratioOf('requestsPerSecond', entry, fewest);
  return {
    name,
    workers,
    requestsPerSecond: metrics['requestsPerSecond']?.median ?? null,
    cpuPerRequestNs: metrics['cpuPerRequestNs']?.median ?? null,
    isLimited: isGeneratorLimited(entry),
    efficiency: speedUp && scaled(speedUp, fewest.workers / workers),
    // Of two that spend the same CPU, the one that answers fewer requests costs more a request.
    cost: ratioOf('requestsPerCpuSecond', fewest, entry),
  };
}

function scaled({ estimate, low, high }: Ratio, factor: number): Ratio {
  return {
    estimate: estimate * factor,
    low: low === null ? null : low * factor,
    high: high === null ? null : high * factor,
  };
}

/** Where more workers stop paying in full, and what shows that. */
export interface Contention {
  step: ScalingStep;
  /** The efficiency falls short of 1, or a request costs more CPU. */
  shownBy: 'efficiency' | 'cost';
}

/**
 * The fewest workers at which contention is proven: the whole interval of the efficiency lies below 1, or
 * that of the CPU a request above it, by more than the precision that matters. Looked for up to as many
 * workers as there are CPUs: beyond that they take turns, which costs too. Null: not shown.
 */
export function contentionOf(
  { steps }: Scaling,
  cpus: number,
  precision: number,
): Contention | null {
  for (const step of steps) {
    if (step.workers > cpus) return null;
    const { efficiency, cost } = step;
    // What the generator held back could have been more; of the fewest that would make it fall shorter.
    if (!step.isLimited && (efficiency?.high ?? 1) * (1 + precision) < 1) {
      return { step, shownBy: 'efficiency' };
    }
    if ((cost?.low ?? 1) > 1 + precision) return { step, shownBy: 'cost' };
  }
  return null;
}
