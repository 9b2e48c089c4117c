import { type PercentileName, percentiles } from '../result/percentile-table.js';
import { requestsFor } from '../stats/resolution.js';

/** A figure of a round that can decide; of all of them less is better. */
interface GateFigure {
  /** Whether each operation has one of its own, or the server one for all. */
  of: 'operation' | 'server';
  /** Where an arm of a round has it. */
  field: string;
  label: string;
  unit: 'ns' | 'bytes';
  /** How much more is allowed where nobody says otherwise, as a fraction. */
  allowance: number;
  /** The percentile that it is, or the last that it is the mean of. */
  percent?: number;
  /** The fewest requests that it is told of, where those are not what its percentile takes. */
  fewest?: number;
}

/** The percentiles of every arm of a round. */
export const gatePercentiles = [
  'p50Ns',
  'p90Ns',
  'p99Ns',
] as const satisfies readonly PercentileName[];

/**
 * Figures of a round that can decide, by what policies call them: response times, server CPU a request; of
 * the whole server its peak memory, how long it took to start, and a key of those that were stored first.
 */
export const gateFigures = {
  p50: { ...ofPercentile('p50Ns'), allowance: 0.05 },
  p90: { ...ofPercentile('p90Ns'), allowance: 0.1 },
  // Of as many as P90 it is the mean of nine, which varies the more from round to round; that is in its interval.
  tail: {
    of: 'operation',
    field: 'tailNs',
    label: 'tail',
    unit: 'ns',
    allowance: 0.2,
    percent: percentiles.p99Ns.percent,
    fewest: requestsFor(percentiles.p90Ns.percent),
  },
  p99: { ...ofPercentile('p99Ns'), allowance: 0.1 },
  cpu: { of: 'operation', field: 'cpuPerRequestNs', label: 'CPU', unit: 'ns', allowance: 0.05 },
  rss: { of: 'server', field: 'rssPeakBytes', label: 'RSS peak', unit: 'bytes', allowance: 0.1 },
  start: { of: 'server', field: 'startNs', label: 'start-up', unit: 'ns', allowance: 0.25 },
  first: { of: 'server', field: 'firstKeysNs', label: 'first keys', unit: 'ns', allowance: 0.25 },
} as const satisfies Readonly<Record<string, GateFigure>>;

export type GateMetric = keyof typeof gateFigures;

export const gateMetrics = Object.keys(gateFigures) as readonly GateMetric[];

/** Whether it is a figure of rounds: size and time of a build are none. */
export function isGateMetric(name: string): name is GateMetric {
  return Object.hasOwn(gateFigures, name);
}

/** How many requests a figure takes of each arm of a round; 0: it can always be told. */
export function requestsTaken(metric: GateMetric): number {
  return aboutFigure(metric).fewest ?? requestsWanted(metric);
}

/** How many it is given where there is time for them: those of its percentile. */
export function requestsWanted(metric: GateMetric): number {
  const { percent } = aboutFigure(metric);
  return percent === undefined ? 0 : requestsFor(percent);
}

/** All that is known of a figure of the gate. */
export function aboutFigure(metric: GateMetric): GateFigure {
  return gateFigures[metric];
}

function ofPercentile<Field extends (typeof gatePercentiles)[number]>(field: Field) {
  const { label, percent } = percentiles[field];
  return { of: 'operation', field, label, unit: 'ns', percent } as const;
}
