import { createHistogram, decodeHistogram } from '../histogram.js';
import { median } from '../median.js';
import { type PercentileName, percentiles } from '../result/percentile-table.js';
import { figuresOf } from '../result/percentiles.js';
import type { Latency, Spread } from '../result/schema.js';
import { resolves } from './resolution.js';
import { spread } from './spread.js';

/** One round's latency, and of how many requests: those included that were waited for in vain. */
export interface RoundLatency {
  latency: Latency;
  requests: number;
}

/** A percentile over rounds. */
export interface PercentileSummary {
  /** Null: all rounds together have too few requests for it. */
  spread: Spread | null;
  /** The truth is that or more (requests were not answered), or less (the generator has a part in it). */
  bound: 'least' | 'most' | null;
  /** Whether it is of all rounds together, as a single one has too few requests for it. */
  isPooled: boolean;
}

/** So much of a figure may be the generator's before it is called a bound. */
const ownShare = 0.1;

/**
 * A percentile of several rounds: its spread over them where each has the requests that it takes, else
 * that of all rounds' requests together. The slowest answer is of however many.
 */
export function summarizePercentile(
  rounds: readonly RoundLatency[],
  name: PercentileName,
): PercentileSummary {
  const latencies = rounds.map(({ latency }) => latency);
  const isResolved = isOfRounds(rounds, name);
  const pooled = isResolved ? null : poolOf(rounds, name);
  const own = isResolved
    ? spread(latencies.map((latency) => latency[name]))
    : pooled && spread([pooled.value]);
  return {
    spread: own,
    bound:
      own &&
      ((pooled?.isBound ?? isUnanswered(latencies, name)) ? 'least' : mostOf(latencies, name)),
    isPooled: own !== null && !isResolved,
  };
}

/** Whether a typical round has the requests that a percentile takes. */
export function isOfRounds(rounds: readonly RoundLatency[], name: PercentileName): boolean {
  return name === 'maxNs' || resolves(percentiles[name].percent, typicalRequests(rounds));
}

/** How many requests a typical round has; 0 without any round. */
export function typicalRequests(rounds: readonly RoundLatency[]): number {
  return rounds.length > 0 ? median(rounds.map(({ requests }) => requests)) : 0;
}

/** Whether the median over rounds, of the slowest answer the slowest of all, has no end that is known. */
function isUnanswered(latencies: readonly Latency[], name: PercentileName): boolean {
  const bounds = latencies.filter(({ atLeast }) => atLeast.includes(name)).length;
  return name === 'maxNs' ? bounds > 0 : bounds * 2 >= latencies.length;
}

function mostOf(latencies: readonly Latency[], name: PercentileName): 'most' | null {
  const lows = latencies.flatMap(({ low }) => (low ? [low[name]] : []));
  if (lows.length < latencies.length) return null;
  const typical = (values: number[]) => (name === 'maxNs' ? Math.max(...values) : median(values));
  const value = typical(latencies.map((latency) => latency[name]));
  return typical(lows) < value * (1 - ownShare) ? 'most' : null;
}

function poolOf(rounds: readonly RoundLatency[], name: PercentileName) {
  const requests = rounds.reduce((sum, round) => sum + round.requests, 0);
  const encoded = rounds.map(({ latency }) => latency.histogram);
  if (!resolves(percentiles[name].percent, requests) || encoded.includes(null)) return null;
  const all = createHistogram();
  for (const text of encoded) all.add(decodeHistogram(text as string));
  const figures = figuresOf(all, mergedCensus(rounds.map(({ latency }) => latency)));
  const isBound = figures.atLeast.includes(name);
  // A stored histogram knows its longest answer by the cell alone.
  const longest = Math.max(...rounds.map(({ latency }) => latency.maxNs));
  return { value: isBound ? figures[name] : Math.min(figures[name], longest), isBound };
}

/** Whether a percentile of one trial is a bound, and of which kind. */
export function boundOf(latency: Latency, name: PercentileName): PercentileSummary['bound'] {
  return isUnanswered([latency], name) ? 'least' : mostOf([latency], name);
}

/** What was waited for in vain in any of them; null: nothing was. */
export function mergedCensus(latencies: readonly Latency[]): Latency['censored'] {
  const parts = latencies.flatMap(({ censored }) => censored ?? []);
  if (parts.length === 0) return null;
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    atLeastNs: Math.min(...parts.map(({ atLeastNs }) => atLeastNs)),
  };
}
