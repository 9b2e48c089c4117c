import type { Artifact } from '../result/schema.js';
import { buildTarget } from '../targets/build.js';
import type { Target } from '../targets/targets.js';
import type { OnEvent } from './events.js';

export interface BuildAllOptions {
  cacheDir: string;
  signal: AbortSignal;
  onEvent: OnEvent;
  /** Build even if the cache has it. */
  force?: boolean;
}

/** Builds targets one after the other. */
export async function buildAll(
  targets: readonly Target[],
  { cacheDir, signal, onEvent, force = false }: BuildAllOptions,
): Promise<Artifact[]> {
  const artifacts: Artifact[] = [];
  for (const target of targets) {
    let built = false;
    onEvent({ type: 'look-up', target: target.name });
    const artifact = await buildTarget(target, {
      cacheDir,
      signal,
      force,
      onStart: () => {
        built = true;
        onEvent({ type: 'build-start', target: target.name, tool: target.tool.command });
      },
    });
    onEvent({ type: 'build-end', target: target.name, artifact, built });
    artifacts.push(artifact);
  }
  return artifacts;
}
