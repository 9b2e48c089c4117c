import { createHistogram } from '../../histogram.js';
import { percentileNames, percentiles } from '../../result/percentile-table.js';
import { rankOf, valueAtRank } from '../../result/percentiles.js';
import type { Latency, RunResult, Summary, Trial } from '../../result/schema.js';
import { mergedCensus } from '../../stats/latency-summary.js';
import { aboutMetric, type MetricName, type Unit } from '../../stats/metrics.js';
import { isGeneratorLimited, summarize, trialsOf } from '../../stats/summary.js';
import { type MetricFamily, openMetricsText, type Sample } from './openmetrics-text.js';
import { storedHistogram } from './trials.js';

/** Figures of a result as OpenMetrics, after when it was begun. */
export function exportOpenMetrics(
  kind: string,
  { kvbenchVersion, startedAt }: Pick<RunResult, 'kvbenchVersion' | 'startedAt'>,
  families: readonly MetricFamily[],
): string {
  const start: MetricFamily = {
    name: 'kvbench_start_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: `When the ${kind} began.`,
    samples: [{ labels: { version: kvbenchVersion }, value: Date.parse(startedAt) / 1000 }],
  };
  return openMetricsText([start, ...families]);
}

/** What was measured of each target: times, counts, rates, CPU, memory, and how targets compare. */
export function runFamilies(result: RunResult): MetricFamily[] {
  const entries = summarize(result);
  return [
    latencyFamily(result, entries, {
      name: 'kvbench_response_time_seconds',
      help: 'From the moment in the schedule to the answer, in an open loop; all rounds together. +Inf: that many requests were not answered in time.',
      read: ({ responseTime }) => responseTime,
    }),
    latencyFamily(result, entries, {
      name: 'kvbench_service_time_seconds',
      help: 'From the sending of a request to its answer; all rounds together.',
      read: ({ serviceTime }) => serviceTime,
    }),
    {
      name: 'kvbench_requests',
      type: 'counter',
      help: 'Requests that were due, answered or not, those of warm-up and reading back included.',
      samples: entries.map((entry) => total(labelsOf(entry), entry.planned)),
    },
    {
      name: 'kvbench_request_errors',
      type: 'counter',
      help: 'Requests without a right answer, and writes that were lost, by kind.',
      samples: entries.flatMap((entry) =>
        Object.entries(errorsByKind(trialsOf(result.trials, entry))).map(([kind, count]) =>
          total({ ...labelsOf(entry), kind }, count),
        ),
      ),
    },
    medians(entries, 'requestsPerSecond', {
      name: 'kvbench_answers_per_second',
      help: 'Right answers in a second; median over rounds. A lower bound where kvbench_generator_limited is 1.',
    }),
    medians(entries, 'requestsPerCpuSecond', {
      name: 'kvbench_answers_per_cpu_second',
      help: 'Right answers in a second of CPU time of the server; median over rounds.',
    }),
    medians(entries, 'cpuPerRequestNs', {
      name: 'kvbench_request_cpu_seconds',
      help: 'CPU time of the server for a right answer; median over rounds.',
    }),
    medians(entries, 'rssSteadyBytes', {
      name: 'kvbench_rss_steady_bytes',
      help: 'Resident memory of the server during a trial; median over rounds.',
    }),
    medians(entries, 'rssPeakBytes', {
      name: 'kvbench_rss_peak_bytes',
      help: 'The most resident memory that the server had; median over rounds.',
    }),
    {
      name: 'kvbench_generator_limited',
      type: 'gauge',
      help: '1: the load generator was the limit, and the server could do more.',
      samples: entries.map((entry) => flag(labelsOf(entry), isGeneratorLimited(entry))),
    },
    {
      name: 'kvbench_schedule_kept',
      type: 'gauge',
      help: '0: too few requests of the open loop left in time, so that it was another load.',
      samples: entries.flatMap((entry) =>
        entry.rateKept === null ? [] : [flag(labelsOf(entry), entry.rateKept)],
      ),
    },
    {
      name: 'kvbench_response_time_bound',
      type: 'gauge',
      help: '1 for a figure that is a bound. least: requests were not answered in time; most: a tenth of it or more may be the load generator.',
      samples: entries.flatMap((entry) =>
        Object.entries(entry.bounds).map(([figure, bound]) =>
          flag(
            {
              ...labelsOf(entry),
              figure: quantileNames.get(figure) ?? figure,
              bound,
            },
            true,
          ),
        ),
      ),
    },
    ...ratioFamilies(result),
  ];
}

/** By the field of a percentile. 99.9 / 100 is a little more than 0.999. */
const quantileNames: ReadonlyMap<string, string> = new Map(
  percentileNames.map((name) => [name, `${Number((percentiles[name].percent / 100).toFixed(9))}`]),
);

/** Those that a histogram tells: one more than is kept of each trial, as all rounds have the requests. */
const histogramQuantiles = [...quantileNames.values(), '0.9999'].sort(
  (a, b) => Number(a) - Number(b),
);

function labelsOf({ target, operation, measure }: Summary): Record<string, string> {
  return { target, operation, measure };
}

function total(labels: Sample['labels'], value: number): Sample {
  return { suffix: '_total', labels, value };
}

function flag(labels: Sample['labels'], isSet: boolean): Sample {
  return { labels, value: isSet ? 1 : 0 };
}

function errorsByKind(trials: readonly Trial[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { requests, warmup, readBack } of trials) {
    const { lost = 0, unreadable = 0 } = readBack ?? {};
    for (const [kind, count] of Object.entries({
      ...requests.errors,
      warmup: warmup.errors,
      lost,
      unreadable,
    })) {
      counts[kind] = (counts[kind] ?? 0) + count;
    }
  }
  return counts;
}

/** Base units of OpenMetrics, and how many of them one of ours is; a rate has none. */
const baseUnits: Partial<Record<Unit, { unit: 'seconds' | 'bytes'; factor: number }>> = {
  ns: { unit: 'seconds', factor: 1e-9 },
  bytes: { unit: 'bytes', factor: 1 },
};

function medians(
  entries: readonly Summary[],
  metric: MetricName,
  gauge: Pick<MetricFamily, 'name' | 'help'>,
): MetricFamily {
  const base = baseUnits[aboutMetric(metric).unit];
  return {
    ...gauge,
    type: 'gauge',
    ...(base && { unit: base.unit }),
    samples: entries.flatMap((entry) => {
      const values = entry.metrics[metric];
      return values
        ? [{ labels: labelsOf(entry), value: values.median * (base?.factor ?? 1) }]
        : [];
    }),
  };
}

function latencyFamily(
  result: RunResult,
  entries: readonly Summary[],
  { name, help, read }: { name: string; help: string; read: (trial: Trial) => Latency | null },
): MetricFamily {
  const samples = entries.flatMap((entry): Sample[] => {
    const latencies = trialsOf(result.trials, entry).flatMap((trial) => {
      const latency = read(trial);
      return latency ? [{ ...latency, count: trial.requests.answered }] : [];
    });
    const quantiles = quantilesOf(latencies, `${entry.target} ${entry.operation}`);
    if (!quantiles) return [];
    const labels = labelsOf(entry);
    const count = latencies.reduce((sum, latency) => sum + latency.count, 0);
    const sumNs = latencies.reduce((sum, { meanNs, count }) => sum + meanNs * count, 0);
    return [
      ...quantiles.map(([quantile, ns]) => ({ labels: { ...labels, quantile }, value: ns / 1e9 })),
      { suffix: '_count', labels, value: count },
      { suffix: '_sum', labels, value: sumNs / 1e9 },
    ];
  });
  return { name, type: 'summary', unit: 'seconds', help, samples };
}

/**
 * Quantiles of all rounds together. What was imported has percentiles alone, which can't be put
 * together: of a single trial they are taken as they are, of more there are none.
 */
function quantilesOf(
  latencies: readonly Latency[],
  what: string,
): [quantile: string, ns: number][] | null {
  const [first] = latencies;
  if (!first) return null;
  const encoded = latencies.map(({ histogram }) => histogram).filter((text) => text !== null);
  if (encoded.length < latencies.length) {
    if (latencies.length > 1) return null;
    return percentileNames.map((name) => [
      quantileNames.get(name) ?? name,
      first.atLeast.includes(name) ? Number.POSITIVE_INFINITY : first[name],
    ]);
  }
  const merged = createHistogram();
  for (const text of encoded) merged.add(storedHistogram(text, what));
  const all = merged.totalCount + (mergedCensus(latencies)?.count ?? 0);
  const longest = Math.max(
    ...latencies.filter(({ atLeast }) => !atLeast.includes('maxNs')).map(({ maxNs }) => maxNs),
    0,
  );
  return histogramQuantiles.map((quantile) => {
    const rank = rankOf(Number(quantile), all);
    // What was never answered has no end.
    if (rank > merged.totalCount) return [quantile, Number.POSITIVE_INFINITY];
    const ns = valueAtRank(merged, rank);
    return [quantile, longest > 0 ? Math.min(ns, longest) : ns];
  });
}

function ratioFamilies({ comparisons }: RunResult): MetricFamily[] {
  const bounds = [
    { name: 'kvbench_ratio', key: 'estimate', help: 'Figure of target by that of reference.' },
    { name: 'kvbench_ratio_low', key: 'low', help: 'Lower end of the interval of the ratio.' },
    { name: 'kvbench_ratio_high', key: 'high', help: 'Upper end of the interval of the ratio.' },
  ] as const;
  // What the generator limited ranks nobody.
  const shown = comparisons.filter(({ verdict }) => verdict !== 'generator-limited');
  return bounds.map(({ name, key, help }) => ({
    name,
    help,
    type: 'gauge',
    samples: shown.flatMap(({ ratio, target, reference, operation, measure, metric }) => {
      const value = ratio[key];
      const labels = { target, reference, operation, measure, metric };
      return value === null ? [] : [{ labels, value }];
    }),
  }));
}
