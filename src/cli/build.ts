import { formatBytes, formatMs } from '../report/format.js';
import type { Artifact } from '../result/schema.js';
import type { Target } from '../targets/target.js';
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
    if (target.builder === null) continue;
    let building = false;
    const artifact = await status.during(
      (elapsedMs) =>
        building
          ? `building ${target.name} with ${target.builder} … ${Math.floor(elapsedMs / 1000)} s`
          : `looking for ${target.name} …`,
      () =>
        target.build({
          cacheDir: userPaths(io.env).cache,
          signal: io.signal,
          force,
          onStart: () => {
            building = true;
            if (!status.live) status.log(`building ${target.name} with ${target.builder} …`);
          },
        }),
    );
    if (building && artifact) {
      const size = formatBytes(artifact.sizeBytes);
      status.log(`built ${target.name} in ${formatMs(artifact.buildMs)} (${size})`);
    } else if (building) {
      status.log(`built ${target.name}`);
    }
    if (artifact) artifacts.push(artifact);
  }
  return artifacts;
}
