import { randomInt } from 'node:crypto';
import { maxTargets } from '../config/limits.js';
import { loadRunConfig, type Sources } from '../config/load.js';
import type { RunConfig } from '../config/schema.js';
import type { TargetSpec } from '../config/target-spec.js';
import { targetSpecs } from '../config/targets.js';
import { KvbenchError } from '../errors.js';
import type { BundledTarget } from '../targets/bundled.js';
import { expandMembers } from '../targets/family/members.js';
import type { Target } from '../targets/target.js';
import { type ConfigFile, type Project, projectFor } from './project.js';
import { allTargets } from './targets.js';

/** What somebody wants to be run. */
export interface RunRequest {
  /**
   * Path of a config file, or a config itself; null: none. Without it, the nearest
   * `kvbench.config.*` at or above `cwd`.
   */
  config?: string | ConfigFile | null;
  /** What relative paths are relative to (default: the working directory of the process). */
  cwd?: string;
  /** Over those of the config; checked like them. */
  settings?: { [K in keyof RunConfig]?: unknown };
  /** Between the two: what was said by environment variables. */
  variables?: { [K in keyof RunConfig]?: unknown };
  /** Settings that the config has under a name. */
  scenario?: string;
  /** A workload of YCSB, as `ycsb-b`. */
  preset?: string;
  /** A first look: short trials. */
  quick?: boolean;
  /** Ends a config program that takes long. */
  signal?: AbortSignal;
  /** Whether targets of the config may be on another machine. */
  allowRemote?: boolean;
  /** The servers that come along (default: rust and go). */
  bundled?: readonly BundledTarget[] | undefined;
}

/** A run that is decided upon, and not begun. */
export interface PreparedRun {
  project: Project;
  /** The servers that the config describes, chosen or not. */
  specs: ReadonlyMap<string, TargetSpec>;
  config: RunConfig;
  /** Where each setting comes from. */
  sources: Sources;
  /** All that can be named. */
  targets: readonly Target[];
  /** Whether it may store fewer keys: it is to be quick, and nobody has said how many. */
  fitKeys: boolean;
}

/**
 * Reads the config, unless somebody has, and puts settings over it; throws a usage error with the place
 * of a mistake.
 */
export async function prepareRun(request: RunRequest, read?: Project): Promise<PreparedRun> {
  const { config: given, cwd = process.cwd(), scenario = null, preset = null } = request;
  const project = read ?? (await projectFor(given, cwd, request.signal));
  const specs = targetSpecs(project);
  const loaded = loadRunConfig({
    project,
    specs,
    scenario,
    preset,
    quick: request.quick ?? false,
    env: request.variables ?? {},
    flags: request.settings ?? {},
    randomSeed: () => randomInt(2 ** 32),
  });
  const targets = allTargets(specs, {
    allowRemote: request.allowRemote ?? false,
    bundled: request.bundled,
  });
  const fitKeys = request.quick === true && loaded.sources.keys === 'default';
  const members = expandMembers(loaded.config.targets);
  if (members.length > maxTargets) throw tooMany(members.length);
  const config = { ...loaded.config, targets: members };
  return { project, specs, targets, fitKeys, ...loaded, config };
}

function tooMany(count: number): KvbenchError {
  return new KvbenchError(
    'usage',
    `That are ${count} servers in one run, and ${maxTargets} are the most.`,
    'Name fewer with --targets, or fewer numbers with --workers.',
  );
}
