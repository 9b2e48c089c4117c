import { withoutQuery } from '../config/mask.js';
import { decodeHistogram, encodeHistogram, type LatencyHistogram } from '../histogram.js';
import type { LoadOutcome, ReadBackOutcome } from '../load/protocol.js';
import type { TrialFacts } from '../observe/probes.js';
import type { PlannedStretch } from '../plan/plan.js';
import { byPercentile, percentileNames } from './percentile-table.js';
import { figuresOf, type LatencyFigures } from './percentiles.js';
import type { Latency, TimeSeries, Trial } from './schema.js';

/** All that is known of one target's part in a stretch of load. */
export interface TrialMeasurement {
  round: number;
  target: string;
  startedAt: Date;
  /** Of the open loop; null in a closed one. */
  ratePerSecond: number | null;
  load: LoadOutcome;
  warmup: { planned: number; errors: number; firstError: string | null };
  /** How its server came up; undefined: nobody has looked. */
  fresh?: Trial['fresh'];
  /** What was observed beside it. */
  facts: TrialFacts;
  /** Null: none was kept. */
  series: TimeSeries | null;
  readBack: ReadBackOutcome | null;
}

/** A trial as it is stored: what was measured, and the figures that follow from it alone. */
export function toTrial(
  { measure, operation }: Pick<PlannedStretch, 'measure' | 'operation'>,
  measured: TrialMeasurement,
): Trial {
  const { load, warmup, readBack } = measured;
  const { answered } = load;
  const generatorCpuNs = load.generator.cpuUs * 1000;
  // In the order of documents.
  const { server, runtime, limitedBy, ...others } = measured.facts;
  return {
    round: measured.round,
    target: measured.target,
    measure,
    operation,
    startedAt: measured.startedAt.toISOString(),
    windowMs: load.windowMs,
    requests: {
      planned: load.planned,
      answered,
      byName: load.byName,
      misses: load.misses,
      retried: load.retried,
      errors: load.errors,
    },
    warmup: { planned: warmup.planned, errors: warmup.errors },
    ...(measured.fresh && { fresh: measured.fresh }),
    firstError: shownError(warmup.firstError ?? load.firstError ?? readBack?.firstError ?? null),
    requestsPerSecond: load.requestsPerSecond,
    offered: offered(measured),
    serviceTime: answered > 0 ? serviceTime(load) : null,
    responseTime: answered > 0 ? responseTime(load, load.responseTime) : null,
    parts: answered > 0 ? partsOf(load) : null,
    bytes: { sent: load.sentBytes, received: load.receivedBytes },
    connectionsOpened: load.connectionsOpened,
    server,
    runtime,
    limitedBy,
    generator: {
      cpuNs: generatorCpuNs,
      cpuPerRequestNs: answered > 0 ? generatorCpuNs / answered : null,
      utilization: Math.min(1, load.generator.utilization),
      stalls: load.responseTime === null ? null : stalls(load),
    },
    ...others,
    series: measured.series,
    readBack: readBack && {
      checked: readBack.planned,
      lost: readBack.lost,
      unreadable: readBack.planned - readBack.answered - readBack.lost,
    },
  };
}

/** Below this the rate was not kept, and the load was not the one that was asked for. */
export const keptShare = 0.99;

/** Whether an open loop kept its rate; a closed one has none. */
export function keptRate(load: LoadOutcome): boolean {
  return load.responseTime !== null && sentShare(load) >= keptShare;
}

/** A query may hold a secret, and the text is kept. */
function shownError(text: string | null): string | null {
  return text === null ? null : withoutQuery(text);
}

function sentShare({ sentInWindow, planned }: LoadOutcome): number {
  return planned > 0 ? Math.min(1, sentInWindow / planned) : 1;
}

function offered({ load, ratePerSecond }: TrialMeasurement): Trial['offered'] {
  if (ratePerSecond === null || load.scheduleLag === null) return null;
  const lag = decodeHistogram(load.scheduleLag);
  return {
    ratePerSecond,
    sentShare: sentShare(load),
    scheduleLag: {
      p50Ns: Math.min(lag.getValueAtPercentile(50), lag.maxValue),
      p99Ns: Math.min(lag.getValueAtPercentile(99), lag.maxValue),
      maxNs: lag.maxValue,
    },
  };
}

/** In a closed loop what timed out is in it; in an open one it belongs to the response times. */
function serviceTime({
  serviceTime: text,
  responseTime,
  censored,
}: Pick<LoadOutcome, 'serviceTime' | 'responseTime' | 'censored'>): Latency {
  const histogram = decodeHistogram(text);
  const census = responseTime === null ? censusOf(censored) : null;
  return { ...figuresOf(histogram, census), low: null, histogram: text };
}

/** As read, or without the generator's parts. */
function responseTime(
  { undisturbedTime, censored }: LoadOutcome,
  text: string | null,
): Latency | null {
  if (text === null) return null;
  const histogram = decodeHistogram(text);
  const census = censusOf(censored);
  const figures = figuresOf(histogram, census);
  const low = histogram.totalCount === 0 ? null : lowBounds(figures, undisturbedTime, census);
  return { ...figures, low, histogram: text };
}

function partsOf(load: LoadOutcome): Trial['parts'] {
  const { parts, scheduleLag } = load;
  if (!parts) return null;
  return {
    stamped: parts.stamped,
    heldUp: scheduleLag === null ? null : latencyOfText(scheduleLag),
    waiting: parts.waiting === null ? null : latencyOfText(parts.waiting),
    server: serviceTime({ ...load, serviceTime: parts.server }),
    pickedUp: latencyOfText(parts.pickedUp),
    ours: latencyOfText(parts.ours),
    theirs: responseTime(load, parts.theirs),
  };
}

function latencyOfText(text: string): Latency {
  return latencyFrom(decodeHistogram(text), text);
}

/** Of no figure more than itself; 0 where every request met a stall, and null where nobody tells of them. */
function lowBounds(
  figures: LatencyFigures,
  undisturbedTime: string | null,
  census: Latency['censored'],
): Latency['low'] {
  if (undisturbedTime === null) return null;
  const undisturbed = decodeHistogram(undisturbedTime);
  if (undisturbed.totalCount === 0) return byPercentile(percentileNames, () => 0);
  const own = figuresOf(undisturbed, census);
  return byPercentile(percentileNames, (name) => Math.min(figures[name], own[name]));
}

function censusOf(censored: LoadOutcome['censored']): Latency['censored'] {
  return censored && { count: censored.count, atLeastNs: censored.atLeastMs * 1e6 };
}

function stalls({ generator }: LoadOutcome) {
  const { stalledMs, longestStallMs, disturbed } = generator;
  return { timeMs: stalledMs, longestMs: longestStallMs, requests: disturbed };
}

/** The figures of a histogram that is not empty, and the histogram itself, encoded already or not. */
export function latencyFrom(
  histogram: LatencyHistogram,
  text = encodeHistogram(histogram),
): Latency {
  return { ...figuresOf(histogram, null), low: null, histogram: text };
}

/**
 * The time that the load was about: what a user waits in an open loop, the server's own in a closed
 * one; without the generator's parts where they are known.
 */
export function latencyOf({
  parts,
  responseTime,
  serviceTime,
}: Pick<Trial, 'parts' | 'responseTime' | 'serviceTime'>): Latency | null {
  return parts ? (parts.theirs ?? parts.server) : (responseTime ?? serviceTime);
}

/**
 * How many CPUs' worth of time the server used while it was loaded; null where that is not known. The
 * counters of a trial go on while a backlog is worked off, so what fell into whole intervals under load
 * is taken where there are any.
 */
export function cpusOf({
  server,
  windowMs,
  series,
}: Pick<Trial, 'server' | 'windowMs' | 'series'>): number | null {
  if (!server) return null;
  const cpuNs = series?.cpuNs.filter(
    (ns, index): ns is number =>
      ns !== null && (series.loadedMs[index] ?? 0) >= series.intervalMs * wholeShare,
  );
  if (!series || !cpuNs || cpuNs.length < fewestIntervals) {
    return server.cpuNs === null ? null : server.cpuNs / (windowMs * 1e6);
  }
  return cpuNs.reduce((sum, ns) => sum + ns, 0) / (cpuNs.length * series.intervalMs * 1e6);
}

/** The first interval of a trial begins a moment before its load. */
const wholeShare = 0.95;

/** Of fewer, the moments at which samples are taken would show. */
const fewestIntervals = 5;
