import { latencyOf } from '../result/trial.js';
import { rungOf } from './curve.js';
import type { Slo, SweepStep } from './schema.js';
import { type Standing, standings } from './standing.js';

/** One level with all that was measured of it. */
export interface MeasuredLevel extends Pick<Standing, 'level' | 'status' | 'measured'> {
  /**
   * How many of the measurements say what most of them say, that it was kept or that it was not; half of
   * them where it is open.
   */
  agreeing: number;
  /** Of those with that outcome the one in the middle, by the figure of the objective. */
  typical: SweepStep;
}

/** The levels of a climb from low to high; an overload is none of them. */
export function measuredLevels(steps: readonly SweepStep[], slo: Slo): MeasuredLevel[] {
  const climb = steps.filter(({ purpose }) => purpose !== 'overload');
  return standings(climb.map(rungOf)).map(({ level, status, lead, measured }) => {
    const same = climb.filter(
      (step) => step.level === level && (status === 'open' || step.outcome === status),
    );
    const latency = ({ trial }: SweepStep) =>
      latencyOf(trial)?.[slo.metric] ?? Number.POSITIVE_INFINITY;
    const sorted = same.toSorted((a, b) => latency(a) - latency(b));
    const typical = sorted[(sorted.length - 1) >> 1] as SweepStep;
    return { level, status, measured, agreeing: (measured + lead) / 2, typical };
  });
}
