import { schemaVersion } from './schema.js';

type Json = Record<string, unknown>;

/**
 * A saved run of version 4 as one of version 5; null for any other. What was not recorded then is
 * null, or counts what is known. The document is checked afterwards: whatever is amiss stays so.
 */
export function upgradeRun(document: object, version: number): object | null {
  if (version !== 4) return null;
  const run = document as Json;
  return { ...run, schemaVersion, trials: each(run['trials'], upgradeTrial) };
}

/** A saved sweep of version 1 as one of version 2; null for any other. */
export function upgradeSweep(document: object, version: number): object | null {
  if (version !== 1) return null;
  const sweep = document as Json;
  const upgradeStep = (step: Json) => ({ ...step, trial: upgradeTrial(step['trial']) });
  return {
    ...sweep,
    sweepSchemaVersion: 2,
    curves: each(sweep['curves'], (curve) => ({
      ...curve,
      steps: each(curve['steps'], upgradeStep),
    })),
  };
}

function upgradeTrial(trial: unknown): unknown {
  if (!isObject(trial)) return trial;
  const { warmupErrors: errors, generator, serviceTime, responseTime, ...rest } = trial;
  return {
    ...rest,
    // How many there were was not kept.
    warmup: { planned: errors, errors },
    serviceTime: upgradeLatency(serviceTime),
    responseTime: upgradeLatency(responseTime),
    generator: isObject(generator) ? { ...generator, stalls: null } : generator,
  };
}

function upgradeLatency(latency: unknown): unknown {
  return isObject(latency) ? { ...latency, low: null, censored: null, atLeast: [] } : latency;
}

function each(list: unknown, upgrade: (item: Json) => unknown): unknown {
  return Array.isArray(list) ? list.map((item) => (isObject(item) ? upgrade(item) : item)) : list;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
