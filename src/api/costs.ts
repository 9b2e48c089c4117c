import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ownFiles, possibleConnections } from '../costs/connections.js';
import { type KnownCosts, measureCosts } from '../costs/measure.js';
import type { CostBench, CostSubject } from '../costs/part.js';
import { type CostSettings, type CostsResult, costsSchemaVersion } from '../costs/schema.js';
import { createPlan, targetOf } from '../plan/plan.js';
import { plural } from '../plural.js';
import type { Warning } from '../result/schema.js';
import { isBundled } from '../targets/bundled.js';
import { withWorkDir } from '../targets/cache.js';
import type { PreparedCosts } from './costs-request.js';
import { setUpExamined } from './examined.js';
import { withLoad } from './load.js';
import { type Heading, openSession } from './session.js';
import type { Setup, Workbench } from './setup.js';

export interface CostsOptions extends Workbench, Omit<PreparedCosts, 'targets'> {
  /** Where the result is written after every round; null: nowhere. */
  out: string | null;
}

/**
 * Builds the targets, proves that they answer right, and measures what they cost besides requests. When it
 * fails, the last `costs-result` event has what was measured until then. Whatever ends it, all that it has
 * started has ended then.
 */
export async function executeCosts(options: CostsOptions): Promise<CostsResult> {
  const { settings, config, out, signal, onEvent, cacheDir } = options;
  const onResult = (result: CostsResult) => onEvent({ type: 'costs-result', result });
  const session = await openSession({ out, signal, onResult });
  // Of servers of a user's own nobody knows whether two may be up at the same time.
  const plan = createPlan(config, 1);
  // Others need no server.
  const examine = settings.parts.some((part) => !['build', 'artifact', 'source'].includes(part));
  const { setup, surroundings } = await setUpExamined(plan, config, { ...options, examine });
  let known: KnownCosts = { figures: [], series: [] };
  const describe = (heading: Heading): CostsResult => ({
    costsSchemaVersion,
    ...heading,
    settings,
    ...surroundings,
    ...known,
    warnings: [...setup.warnings, ...fewerConnections(settings), ...moreJobs(settings)],
  });
  const isWorthKeeping = () => known.figures.length > 0;
  return session.measure({ describe, isWorthKeeping }, (save) =>
    withWorkDir(cacheDir, 'costs', async (work) => {
      const subjects = plan.targets.map((name) => subjectOf(name, setup, options));
      known = await measureCosts(subjects, benchOf(work, setup, options), {
        onEvent,
        save: async (soFar) => {
          known = soFar;
          await save();
        },
      });
    }),
  );
}

/** Where this shell allows fewer open files than connections were asked for. */
function fewerConnections({ parts, connections }: CostSettings): Warning[] {
  const possible = possibleConnections(connections);
  const isAsked = parts.some((part) => part === 'memory' || part === 'release');
  if (!isAsked || possible === connections) return [];
  return [
    {
      code: 'open-files',
      message: `There are ${possible} connections at most, and not ${connections}: this shell allows no more open files.`,
      advice: `Raise the limit with \`ulimit -n ${connections + ownFiles}\`, or lower --connections.`,
    },
  ];
}

/** Where more jobs were asked for than can run at once. */
function moreJobs({ parts, jobs = [] }: CostSettings): Warning[] {
  const cpus = availableParallelism();
  const most = Math.max(...jobs);
  if (!parts.includes('build') || !(most > cpus)) return [];
  return [
    {
      code: 'more-jobs',
      message: `${plural(most, 'job')} of a build share ${plural(cpus, 'CPU')}: what more jobs could bring is not seen.`,
      advice: 'Leave them out of --jobs, or measure where there are as many CPUs.',
    },
  ];
}

function subjectOf(name: string, setup: Setup, { specs }: CostsOptions): CostSubject {
  const base = targetOf(name);
  const target = setup.targetFor(name);
  return {
    name,
    target,
    recipe: isBundled(target) ? target.recipe : null,
    spec: specs.get(base) ?? null,
    artifact: setup.artifacts.find((built) => built.target === base) ?? null,
  };
}

function benchOf(work: string, setup: Setup, options: CostsOptions): CostBench {
  const { settings, config, signal } = options;
  return {
    settings,
    config,
    signal,
    workOf: ({ name }, part) => join(work, `${name}-${part}`),
    start: ({ name }, changes) => setup.startServer(name, changes),
    withLoad: (changes, use) => {
      const about = { signal, config: { ...config, ...changes }, onEvent: () => {} };
      return withLoad(setup, { ...about, workload: changes, generator: { warmUp: false } }, use);
    },
  };
}
