import type { Command } from 'commander';
import { chooseTargets } from '../api/kvbench.js';
import { loadProject } from '../api/project.js';
import { allTargets } from '../api/targets.js';
import { targetSpecs } from '../config/targets.js';
import type { Target } from '../targets/target.js';
import type { CommandContext } from './context.js';

export interface CatalogFlags {
  config?: string;
  allowRemote?: boolean;
}

/** Adds the flags that decide which targets there are. */
export function addCatalogFlags(command: Command): Command {
  return command
    .option('--config <file>', 'config file (default: the nearest kvbench.config.*)')
    .option('--allow-remote', 'targets of the config file may be on another machine');
}

/** The targets of those names; without any, those of the config file, else the bundled ones. */
export async function findTargets(
  names: readonly string[],
  flags: CatalogFlags,
  context: CommandContext,
): Promise<readonly Target[]> {
  return chooseTargets(names, await loadCatalog(flags, context));
}

/** All that can be named. */
export async function loadCatalog(
  { config, allowRemote = false }: CatalogFlags,
  { io, bundled }: CommandContext,
): Promise<Target[]> {
  const project = await loadProject(io.cwd, config ?? (io.env['KVBENCH_CONFIG'] || null), io);
  return allTargets(targetSpecs(project), { allowRemote, bundled });
}
