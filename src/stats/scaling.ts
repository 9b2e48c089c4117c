import { withoutWorkers, workersOf } from '../config/workers.js';
import type { Comparison, RunResult, Summary } from '../result/schema.js';
import { comparisonBetween, turned } from './compare.js';
import { isGeneratorLimited, targetsOf } from './summary.js';

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

type ScaledRun = Pick<RunResult, 'config' | 'trials' | 'summary' | 'comparisons'>;

/** Every operation and target of a run that was measured with several numbers of workers. */
export function scalingOf(result: ScaledRun): Scaling[] {
  const names = targetsOf(result).filter((name) => workersOf(name) !== null);
  const targets = [...new Set(names.map(withoutWorkers))];
  return result.config.operations.flatMap((operation) =>
    targets.flatMap((target) => {
      const entries = names
        .filter((name) => withoutWorkers(name) === target)
        .flatMap((name) => {
          const entry = result.summary.find(
            (one) =>
              one.target === name && one.operation === operation && one.measure === 'throughput',
          );
          return entry ? [entry] : [];
        })
        .sort((a, b) => workersIn(a) - workersIn(b));
      const [fewest, ...more] = entries.map((entry) =>
        stepOf(entry, entries[0] as Summary, result),
      );
      return fewest && more.length > 0 ? [{ operation, target, steps: [fewest, ...more] }] : [];
    }),
  );
}

function workersIn({ target }: Summary): number {
  return workersOf(target) ?? 0;
}

function stepOf(entry: Summary, fewest: Summary, { comparisons }: ScaledRun): ScalingStep {
  const { target: name, operation, metrics } = entry;
  const workers = workersIn(entry);
  const over = (metric: string) =>
    comparisonBetween(
      comparisons,
      { measure: 'throughput', operation, metric },
      name,
      fewest.target,
    );
  const speedUp = over('requestsPerSecond');
  const perCpu = over('requestsPerCpuSecond');
  return {
    name,
    workers,
    requestsPerSecond: metrics['requestsPerSecond']?.median ?? null,
    cpuPerRequestNs: metrics['cpuPerRequestNs']?.median ?? null,
    isLimited: isGeneratorLimited(entry),
    efficiency: speedUp && scaled(speedUp.ratio, workersIn(fewest) / workers),
    cost: perCpu && scaled(turned(perCpu).ratio, 1),
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
