import { join } from 'node:path';
import { given } from '../config/given.js';
import { describeIssues } from '../config/issues.js';
import type { RunConfig } from '../config/schema.js';
import type { TargetSpec } from '../config/target-spec.js';
import { ownFiles, possibleConnections } from '../costs/connections.js';
import { type KnownCosts, measureCosts } from '../costs/measure.js';
import type { CostBench, CostSubject } from '../costs/part.js';
import {
  type CostSettings,
  type CostsResult,
  costSettingsSchema,
  costsSchemaVersion,
  defaultCostSettings,
} from '../costs/schema.js';
import { KvbenchError } from '../errors.js';
import { packageVersion } from '../package.js';
import { createPlan, isNullTarget, storeOf, targetOf } from '../plan/plan.js';
import type { Warning } from '../result/schema.js';
import { checkWritable, saveResult } from '../result/store.js';
import { isBundled } from '../targets/bundled.js';
import { withWorkDir } from '../targets/cache.js';
import { setUpExamined } from './examined.js';
import { withLoad } from './load.js';
import { prepareRun, type RunRequest } from './prepare.js';
import type { Setup, Workbench } from './setup.js';

/** What somebody wants to know the costs of. */
export interface CostsRequest extends Pick<RunRequest, 'config' | 'cwd' | 'signal' | 'variables'> {
  targets?: readonly string[] | undefined;
  /** Over the defaults; checked. */
  costs?: { [K in keyof CostSettings]?: CostSettings[K] | undefined };
  /** Of the machine: workers, engine. */
  settings?: RunRequest['settings'];
}

interface PreparedCosts {
  settings: CostSettings;
  config: RunConfig;
  specs: ReadonlyMap<string, TargetSpec>;
  targets: Workbench['targets'];
}

/** Reads the config, and puts settings over it; throws a usage error for what can't be. */
export async function prepareCosts(request: CostsRequest): Promise<PreparedCosts> {
  const { targets: names, costs = {}, settings, ...about } = request;
  const asked = { ...settings, ...(names && names.length > 0 && { targets: names }) };
  const { specs, targets, config } = await prepareRun({ ...about, settings: asked });
  const none = config.targets.find(isNullTarget);
  if (none !== undefined) {
    throw new KvbenchError(
      'usage',
      `${none} is no server whose costs anybody pays: it measures the instrument.`,
      `Name ${storeOf(none)}.`,
    );
  }
  const wanted = { ...defaultCostSettings, seed: config.seed, ...given(costs) };
  const parsed = costSettingsSchema.safeParse(wanted);
  if (!parsed.success) {
    const { path, message, hint } = describeIssues(costSettingsSchema, wanted, parsed.error.issues);
    throw new KvbenchError('usage', `--${flagOf(path)} ${message}.`, `${hint} See docs/costs.md.`);
  }
  return {
    settings: parsed.data,
    specs,
    targets,
    config: {
      ...config,
      // Of the short loads that some parts take.
      ...{ durationMs: 1000, warmupMs: 200, rounds: 1, interleave: 'none', calibrate: false },
      ...{ failOn: [], valueSize: parsed.data.valueSize },
    },
  };
}

function flagOf(path: readonly PropertyKey[]): string {
  const [first = 'parts'] = path;
  return first === 'parts' ? 'only' : String(first).replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
}

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
  if (out !== null) await checkWritable(out);
  const startedAt = new Date().toISOString();
  const plan = createPlan(config);
  // Others need no server.
  const examine = settings.parts.some((part) => !['build', 'artifact', 'source'].includes(part));
  const { setup, surroundings } = await setUpExamined(plan, config, { ...options, examine });
  let known: KnownCosts = { figures: [], series: [] };
  const tell = async (state: CostsResult['state']): Promise<CostsResult> => {
    const { figures, series } = known;
    const result: CostsResult = {
      ...{ costsSchemaVersion, kvbenchVersion: packageVersion, state, startedAt },
      ...{ updatedAt: new Date().toISOString(), settings },
      ...surroundings,
      ...{ figures, series, warnings: [...setup.warnings, ...fewerConnections(settings)] },
    };
    if (out !== null && figures.length > 0) await saveResult(out, result);
    onEvent({ type: 'costs-result', result });
    return result;
  };
  try {
    await withWorkDir(cacheDir, 'costs', async (work) => {
      const subjects = plan.targets.map((name) => subjectOf(name, setup, options));
      known = await measureCosts(subjects, benchOf(work, setup, options), {
        onEvent,
        save: async (soFar) => {
          known = soFar;
          await tell('running');
        },
      });
    });
  } catch (error) {
    await tell(signal.aborted ? 'interrupted' : 'failed');
    signal.throwIfAborted();
    throw error;
  }
  return tell('complete');
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

function subjectOf(name: string, setup: Setup, { specs }: CostsOptions): CostSubject {
  const base = targetOf(name);
  const target = setup.targetFor(name);
  return {
    ...{ name, target },
    recipe: isBundled(target) ? target.recipe : null,
    spec: specs.get(base) ?? null,
    artifact: setup.artifacts.find((built) => built.target === base) ?? null,
  };
}

function benchOf(work: string, setup: Setup, options: CostsOptions): CostBench {
  const { settings, config, signal } = options;
  return {
    ...{ settings, config, signal },
    workOf: ({ name }, part) => join(work, `${name}-${part}`),
    start: ({ name }, changes) => setup.startServer(name, changes),
    withLoad: (changes, use) => {
      const about = { signal, config: { ...config, ...changes }, onEvent: () => {} };
      return withLoad(setup, { ...about, workload: changes, generator: { warmUp: false } }, use);
    },
  };
}
