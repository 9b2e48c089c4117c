import type { Artifact } from '../result/schema.js';
import { trimCache } from '../targets/cache-limit.js';
import type { Target } from '../targets/target.js';
import type { OnEvent } from './events.js';
import { trainer } from './train.js';

export interface BuildAllOptions {
  cacheDir: string;
  signal: AbortSignal;
  onEvent: OnEvent;
  /** Build even if the cache has it. */
  force?: boolean;
}

/** Builds targets one after the other; what comes of one that is no single file is not listed. */
export async function buildAll(
  targets: readonly Target[],
  { cacheDir, signal, onEvent, force = false }: BuildAllOptions,
): Promise<Artifact[]> {
  const artifacts: Artifact[] = [];
  const train = trainer({ cacheDir, signal, onEvent });
  let isFuller = false;
  for (const target of targets) {
    const { name, builder } = target;
    if (builder === null) continue;
    let built = false;
    onEvent({ type: 'look-up', target: name });
    const onStart = () => {
      built = true;
      onEvent({ type: 'build-start', target: name, tool: builder });
    };
    const artifact = await target.build({ cacheDir, signal, force, onStart, train });
    onEvent({ type: 'build-end', target: name, artifact, built });
    isFuller ||= built;
    if (artifact) artifacts.push(artifact);
  }
  if (isFuller) await trimCache(cacheDir);
  return artifacts;
}
