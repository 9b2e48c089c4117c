import { each, type Json, upgradeEngine, upgradeTrial, withoutParts } from '../result/upgrade.js';
import { sweepSchemaVersion } from './schema.js';

/** A saved sweep of version 1 or 2 as one of version 3; null for any other. */
export function upgradeSweep(document: object, version: number): object | null {
  if (version !== 1 && version !== 2) return null;
  const sweep = document as Json;
  const upgradeStep = (step: Json) => ({
    ...step,
    trial: withoutParts(version === 1 ? upgradeTrial(step['trial']) : step['trial']),
  });
  return {
    ...sweep,
    sweepSchemaVersion,
    ...(version === 1 && upgradeEngine(sweep)),
    curves: each(sweep['curves'], (curve) => ({
      ...curve,
      steps: each(curve['steps'], upgradeStep),
    })),
  };
}
