import type { CostPartName } from '../figures.js';
import type { OpenPart } from '../part.js';
import { openArtifact } from './artifact.js';
import { openBuild } from './build.js';
import { openCollector } from './collector.js';
import { openMemory } from './memory.js';
import { openRelease } from './release.js';
import { openSource } from './source.js';
import { openStart } from './start.js';
import { openThreads } from './threads.js';

/** How each part is measured. */
export const openers: Readonly<Record<CostPartName, OpenPart>> = {
  build: openBuild,
  artifact: openArtifact,
  source: openSource,
  start: openStart,
  memory: openMemory,
  release: openRelease,
  collector: openCollector,
  threads: openThreads,
};
