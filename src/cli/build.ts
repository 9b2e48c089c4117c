import { formatBytes, formatMs } from '../report/format.js';
import type { Artifact } from '../result/schema.js';
import { buildTarget } from '../targets/build.js';
import type { Target } from '../targets/targets.js';
import type { Io } from './io.js';
import { userPaths } from './paths.js';
import type { StatusLine } from './status.js';

/** Builds targets one after the other, telling the user about those that take time. */
export async function buildAll(
  targets: readonly Target[],
  io: Io,
  status: StatusLine,
  force = false,
): Promise<Artifact[]> {
  const artifacts: Artifact[] = [];
  for (const target of targets) {
    let building = false;
    const artifact = await status.during(
      (elapsedMs) =>
        building
          ? `building ${target.name} with ${target.tool.command} … ${Math.floor(elapsedMs / 1000)} s`
          : `looking for ${target.name} …`,
      () =>
        buildTarget(target, {
          cacheDir: userPaths(io.env).cache,
          signal: io.signal,
          force,
          onStart: () => {
            building = true;
            if (!status.live) status.log(`building ${target.name} with ${target.tool.command} …`);
          },
        }),
    );
    if (building) {
      const size = formatBytes(artifact.sizeBytes);
      status.log(`built ${target.name} in ${formatMs(artifact.buildMs)} (${size})`);
    }
    artifacts.push(artifact);
  }
  return artifacts;
}
