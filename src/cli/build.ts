import { buildAll } from '../api/build.js';
import { userPaths } from '../api/paths.js';
import type { Artifact } from '../result/schema.js';
import type { Target } from '../targets/target.js';
import { drawEvents } from './drawing.js';
import type { Io } from './io.js';
import { StatusLine } from './status.js';

/** Builds targets, telling the user about those that take time. */
export async function buildWithStatus(
  targets: readonly Target[],
  io: Io,
  force = false,
): Promise<Artifact[]> {
  const drawing = drawEvents(new StatusLine(io.stderr, io.env));
  const { cache: cacheDir } = userPaths(io.env);
  try {
    return await buildAll(targets, {
      cacheDir,
      signal: io.signal,
      onEvent: drawing.onEvent,
      force,
    });
  } finally {
    drawing.stop();
  }
}
