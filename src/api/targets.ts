import type { TargetSpec } from '../config/target-spec.js';
import { ownTarget } from '../targets/own.js';
import type { Target } from '../targets/target.js';
import { bundledTargets } from '../targets/targets.js';

/**
 * All that can be named: the bundled targets, and those of a config file. Throws a usage error for a
 * `url` on another machine, unless that is allowed.
 */
export function allTargets(
  specs: ReadonlyMap<string, TargetSpec>,
  options: { allowRemote: boolean },
): Target[] {
  return [...bundledTargets, ...[...specs.values()].map((spec) => ownTarget(spec, options))];
}
