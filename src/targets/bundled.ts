import { contractRequests, nullRequests } from '../config/requests.js';
import { buildBundled } from './build.js';
import type { Recipe } from './recipe.js';
import { startServer } from './server.js';
import type { StartOptions, Target } from './target.js';

/** A server that comes with kvbench. */
export interface BundledTarget extends Target {
  readonly recipe: Recipe;
}

/** Whether a target comes with kvbench, so that its recipe is known. */
export function isBundled(target: Target): target is BundledTarget {
  return target.source === 'bundled';
}

/** The target that a recipe makes. */
export function bundledTarget(recipe: Recipe): BundledTarget {
  return {
    recipe,
    name: recipe.name,
    description: recipe.description,
    source: 'bundled',
    url: null,
    contract: true,
    requests: contractRequests,
    requestPlace: null,
    builder: recipe.tool.command,
    fixedPort: null,
    takesWorkers: async () => true,
    build: (options) => buildBundled(recipe, options),
    start: (options) => startBundled(recipe, options, []),
  };
}

/**
 * The null target of a bundled one: the same executable, which gives a fixed answer of so many
 * bytes and has no store. It is the instrument's own floor and ceiling.
 */
export function nullTarget(target: BundledTarget, valueBytes: number): BundledTarget {
  return {
    ...target,
    name: `null-${target.name}`,
    description: `${target.description}: a fixed answer, no store`,
    contract: false,
    requests: nullRequests(valueBytes),
    start: (options) => startBundled(target.recipe, options, [`--null=${valueBytes}`]),
  };
}

function startBundled(
  { stopTimeoutMs, startEnv }: Recipe,
  options: StartOptions,
  flags: readonly string[],
) {
  const { instance, artifact, port, workers, cpus, signal, onWarning } = options;
  const { wrap = (command: readonly string[]) => command } = options;
  return startServer({
    target: instance,
    command: wrap([
      artifact?.path ?? '',
      `--addr=127.0.0.1:${port}`,
      ...(workers === null ? [] : [`--workers=${workers}`]),
      ...flags,
    ]),
    cpus,
    signal,
    onWarning,
    ...(stopTimeoutMs !== undefined && { stopTimeoutMs }),
    ...(startEnv && { env: { ...startEnv } }),
  });
}
