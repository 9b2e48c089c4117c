import { byPercentile, percentileNames } from './percentile-table.js';
import { isSame } from './same.js';
import { schemaVersion } from './schema.js';

export type Json = Record<string, unknown>;

/**
 * A saved run of version 4 or 5 as one of version 6; null for any other. What was not recorded then is
 * null, or counts what is known. The document is checked afterwards: whatever is amiss stays so.
 */
export function upgradeRun(document: object, version: number): object | null {
  if (version !== 4 && version !== 5) return null;
  const run = document as Json;
  const five = version === 4 ? upgradeFour(run) : run;
  return { ...upgradeTrials(five), schemaVersion, nodeClient: upgradeClient(five) };
}

function upgradeFour(run: Json): Json {
  const { precision } = (isObject(run['config']) ? run['config'] : {}) as { precision?: unknown };
  return {
    ...run,
    ...upgradeEngine(run),
    nodeClient: null,
    trials: each(run['trials'], upgradeTrial),
    summary: each(run['summary'], (entry) => upgradeSummary(entry, run['trials'])),
    comparisons: each(run['comparisons'], (entry) => upgradeComparison(entry, Number(precision))),
  };
}

function upgradeTrials(holder: Json): Json {
  return { ...holder, trials: each(holder['trials'], withoutParts) };
}

function upgradeClient({ nodeClient }: Json): unknown {
  return isObject(nodeClient) ? upgradeTrials(nodeClient) : nodeClient;
}

/** A trial, where what latencies are made of was not told yet. */
export function withoutParts(trial: unknown): unknown {
  return isObject(trial) ? { ...trial, parts: null } : trial;
}

/** What names the engine: there was but one, and which version of it is told of the machine. */
export function upgradeEngine({ placement, machine }: Json): Json {
  const version = isObject(machine) ? String(machine['undiciVersion']) : 'unknown';
  const engine = { name: 'undici', version };
  return { placement: isObject(placement) ? { ...placement, engine } : placement };
}

/**
 * A schedule that was not kept was one from which too few requests left in time, or one with much lag,
 * of which the figures are told now: of all, as nobody knows of which.
 */
function upgradeSummary(entry: Json, trials: unknown): Json {
  const own = (Array.isArray(trials) ? trials : []).filter(
    (trial) =>
      isObject(trial) &&
      ['target', 'measure', 'operation'].every((key) => trial[key] === entry[key]),
  ) as { offered?: { sentShare?: number } | null }[];
  const isLate =
    entry['rateKept'] === false &&
    own.every(({ offered }) => (offered?.sentShare ?? 0) >= keptShare);
  const bounds = isLate ? byPercentile(percentileNames, () => 'most') : {};
  return { ...entry, rateKept: isLate ? true : entry['rateKept'], bounds, pooled: [], retried: 0 };
}

/** The share of the requests that had to leave in time. */
const keptShare = 0.99;

/** What held 1 is now the same within what matters, or can't be told. */
function upgradeComparison(comparison: Json, precision: number): Json {
  if (comparison['verdict'] !== 'no-difference' || !isObject(comparison['ratio']))
    return comparison;
  const ratio = comparison['ratio'] as { low: number; high: number };
  return { ...comparison, verdict: isSame(ratio, precision) ? 'same' : 'unclear' };
}

/** A trial of version 4 of a run, as one of version 5. */
export function upgradeTrial(trial: unknown): unknown {
  if (!isObject(trial)) return trial;
  const { warmupErrors: errors, generator, server, serviceTime, responseTime, ...rest } = trial;
  const { requests } = rest;
  return {
    ...rest,
    requests: isObject(requests) ? { ...requests, retried: 0 } : requests,
    // How many there were was not kept.
    warmup: { planned: errors, errors },
    serviceTime: upgradeLatency(serviceTime),
    responseTime: upgradeLatency(responseTime),
    server: isObject(server) ? { ...server, cpuUnknown: null } : server,
    generator: isObject(generator) ? { ...generator, stalls: null } : generator,
  };
}

function upgradeLatency(latency: unknown): unknown {
  return isObject(latency) ? { ...latency, low: null, censored: null, atLeast: [] } : latency;
}

/** Those items of a list that are objects, upgraded; all else stays as it is. */
export function each(list: unknown, upgrade: (item: Json) => unknown): unknown {
  return Array.isArray(list) ? list.map((item) => (isObject(item) ? upgrade(item) : item)) : list;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
