import type { LoadMeasurement } from '../load/protocol.js';
import type { PlannedTrial } from '../plan/plan.js';
import { decodeHistogram } from './histogram.js';
import type { Trial } from './schema.js';

interface TrialContext {
  round: number;
  startedAt: Date;
  /** Median of the samples; null where there is no /proc. */
  rssSteadyBytes: number | null;
  /** How many CPUs the server can keep busy. */
  serverCpus: number;
}

/** A trial as it is stored: what was measured, and the figures that follow from it alone. */
export function toTrial(
  planned: PlannedTrial,
  measured: LoadMeasurement,
  context: TrialContext,
): Trial {
  const { answered } = measured;
  const perRequest = (total: number) => (answered > 0 ? total / answered : null);
  const generatorCpuNs = measured.generator.cpuUs * 1000;
  return {
    round: context.round,
    target: planned.target,
    operation: planned.operation,
    startedAt: context.startedAt.toISOString(),
    windowMs: measured.windowMs,
    requests: { planned: measured.planned, answered, errors: measured.errors },
    warmupErrors: measured.warmupErrors,
    firstError: measured.firstError ?? measured.readBack?.firstError ?? null,
    requestsPerSecond: (measured.answeredInWindow / measured.windowMs) * 1000,
    serviceTime: answered > 0 ? percentiles(measured.serviceTimeNs) : null,
    bytes: { sent: measured.bytesSent, received: measured.bytesReceived },
    server: serverCost(measured, context.rssSteadyBytes),
    limitedBy: limitedBy(measured, context.serverCpus),
    generator: {
      cpuNs: generatorCpuNs,
      cpuPerRequestNs: perRequest(generatorCpuNs),
      eventLoopUtilization: Math.min(1, measured.generator.eventLoopUtilization),
    },
    readBack: measured.readBack && {
      checked: measured.readBack.planned,
      lost: measured.readBack.lost,
      unreadable: measured.readBack.planned - measured.readBack.answered - measured.readBack.lost,
    },
  };
}

/** Above this a CPU, or the generator's one thread, has next to nothing left to give. */
const busyServer = 0.9;
const busyGenerator = 0.95;

/**
 * What held the throughput back. A server whose CPUs are busy is the limit, however busy the
 * generator is; with one that has time left, a generator that has none is.
 */
function limitedBy(measured: LoadMeasurement, serverCpus: number): Trial['limitedBy'] {
  if (!measured.server) return null;
  const { elapsedMs, eventLoopUtilization } = measured.generator;
  const cpuNs = measured.server.after.cpuNs - measured.server.before.cpuNs;
  if (cpuNs / (elapsedMs * 1e6 * serverCpus) >= busyServer) return 'server';
  return eventLoopUtilization >= busyGenerator ? 'generator' : 'neither';
}

function percentiles(histogramText: string): Trial['serviceTime'] {
  const histogram = decodeHistogram(histogramText);
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile);
  return {
    meanNs: histogram.mean,
    p50Ns: at(50),
    p90Ns: at(90),
    p99Ns: at(99),
    p999Ns: at(99.9),
    maxNs: histogram.maxValue,
    histogram: histogramText,
  };
}

function serverCost(measured: LoadMeasurement, rssSteadyBytes: number | null): Trial['server'] {
  if (!measured.server) return null;
  const { before, after } = measured.server;
  const { answered } = measured;
  const cpuNs = Math.max(0, after.cpuNs - before.cpuNs);
  const switches = (c: typeof after) => c.voluntarySwitches + c.involuntarySwitches;
  return {
    cpuNs,
    cpuPerRequestNs: answered > 0 ? cpuNs / answered : null,
    requestsPerCpuSecond: answered > 0 && cpuNs > 0 ? (answered / cpuNs) * 1e9 : null,
    rssSteadyBytes: rssSteadyBytes ?? after.rssBytes,
    rssPeakBytes: after.rssPeakBytes,
    threads: after.threads,
    contextSwitches: Math.max(0, switches(after) - switches(before)),
  };
}
