import type { SweepCurve, SweepResult } from '../../sweep/schema.js';
import type { MetricFamily } from './openmetrics-text.js';

/** What a sweep found: knee, capacity, and what an overload did, by target and operation. */
export function sweepFamilies({ curves, policy }: SweepResult): MetricFamily[] {
  const gauge = (
    family: Omit<MetricFamily, 'type' | 'samples'>,
    read: (curve: SweepCurve) => number | null | undefined,
  ): MetricFamily => ({
    ...family,
    type: 'gauge',
    samples: curves.flatMap((curve) => {
      const { target, operation } = curve;
      const value = read(curve) ?? null;
      return value === null ? [] : [{ labels: { target, operation }, value }];
    }),
  });
  const objective = {
    labels: { objective: policy.slo.expression },
    value: 1e-9 * policy.slo.limitNs,
  };
  return [
    {
      name: 'kvbench_objective_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'What the latency had to keep.',
      samples: [objective],
    },
    gauge(
      policy.by === 'rate'
        ? {
            name: 'kvbench_knee_requests_per_second',
            help: 'The highest rate that kept the objective. A lower bound where kvbench_knee_is_bound is 1.',
          }
        : {
            name: 'kvbench_knee_connections',
            help: 'The most connections that kept the objective. A lower bound where kvbench_knee_is_bound is 1.',
          },
      ({ knee }) => knee?.level,
    ),
    gauge(
      {
        name: 'kvbench_knee_is_bound',
        help: '1: the load generator or the end of the ladder ended the climb, not the server.',
      },
      ({ knee }) => knee && (knee.limitedBy === 'server' ? 0 : 1),
    ),
    gauge(
      {
        name: 'kvbench_capacity_answers_per_second',
        help: 'The most that was answered in a second.',
      },
      ({ capacity }) => capacity?.requestsPerSecond,
    ),
    gauge(
      {
        name: 'kvbench_overload_goodput_per_second',
        help: 'Right answers within the objective, in a second past the knee.',
      },
      ({ overload }) => overload?.goodputPerSecond,
    ),
    gauge(
      {
        name: 'kvbench_overload_recovery_seconds',
        unit: 'seconds',
        help: 'From the end of the overload until the objective was kept again.',
      },
      ({ overload }) =>
        overload && overload.recoveryMs !== null ? overload.recoveryMs / 1000 : null,
    ),
  ];
}
