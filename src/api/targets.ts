import type { TargetSpec } from '../config/target-spec.js';
import type { BundledTarget } from '../targets/bundled.js';
import { ownTarget } from '../targets/own.js';
import type { Target } from '../targets/target.js';
import { bundledTargets } from '../targets/targets.js';

interface Among {
  allowRemote: boolean;
  bundled?: readonly BundledTarget[] | undefined;
}

/**
 * All that can be named: the bundled targets, and those of a config file. Throws a usage error for a
 * `url` on another machine, unless that is allowed.
 */
export function allTargets(
  specs: ReadonlyMap<string, TargetSpec>,
  { allowRemote, bundled = bundledTargets }: Among,
): Target[] {
  return [...bundled, ...[...specs.values()].map((spec) => ownTarget(spec, { allowRemote }))];
}
