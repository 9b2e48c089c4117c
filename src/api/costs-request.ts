import { given } from '../config/given.js';
import { describeIssues } from '../config/issues.js';
import type { RunConfig } from '../config/schema.js';
import type { TargetSpec } from '../config/target-spec.js';
import { type CostSettings, costSettingsSchema, defaultCostSettings } from '../costs/schema.js';
import { KvbenchError } from '../errors.js';
import { isNullTarget, storeOf } from '../plan/plan.js';
import { prepareRun, type RunRequest } from './prepare.js';
import type { Workbench } from './setup.js';

/** What somebody wants to know the costs of. */
export interface CostsRequest
  extends Pick<RunRequest, 'bundled' | 'config' | 'cwd' | 'signal' | 'variables'> {
  targets?: readonly string[] | undefined;
  /** Over the defaults; checked. */
  costs?: { [K in keyof CostSettings]?: CostSettings[K] | undefined };
  /** Of the machine: workers, engine. */
  settings?: RunRequest['settings'];
}

/** Costs that are decided upon, and not begun. */
export interface PreparedCosts {
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
      durationMs: 1000,
      warmupMs: 200,
      rounds: 1,
      interleave: 'none',
      calibrate: false,
      failOn: [],
      valueSize: parsed.data.valueSize,
    },
  };
}

function flagOf(path: readonly PropertyKey[]): string {
  const [first = 'parts'] = path;
  return first === 'parts' ? 'only' : String(first).replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
}
