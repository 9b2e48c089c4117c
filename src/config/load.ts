import { KvbenchError } from '../errors.js';
import { suggest } from '../suggest.js';
import { checkAgainstRequests } from './check.js';
import type { Project } from './file.js';
import { flagOf, variableOf } from './flags.js';
import { describeIssues } from './issues.js';
import { canonicalOperation } from './operations.js';
import { contractRequests } from './requests.js';
import {
  defaultConfig,
  type Preset,
  presetRecords,
  presets,
  quickConfig,
  type RunConfig,
  runSettingsSchema,
} from './schema.js';
import type { TargetSpec } from './target-spec.js';
import { spreadWorkers, withoutWorkers } from './workers.js';

/** What somebody has said, and how; values of the wrong kind are reported by `loadRunConfig`. */
export interface Layers {
  quick: boolean;
  preset: string | null;
  /** Only what was really given. */
  flags: Record<string, unknown>;
  /** For the seed, where nobody gives one. */
  randomSeed: () => number;
  /** The same settings as `flags`, from variables `KVBENCH_…`. */
  env?: Record<string, unknown>;
  /** The config file, its targets, and which of its scenarios is wanted. */
  project?: Project;
  specs?: ReadonlyMap<string, TargetSpec>;
  scenario?: string | null;
}

/** Where each setting comes from: `default`, `kvbench.config.json:4:3`, `--quick`, `--rate`, … */
export type Sources = Record<keyof RunConfig, string>;

interface Layer {
  settings: Record<string, unknown>;
  source(key: keyof RunConfig): string;
}

/**
 * The complete, checked config, and where each part of it was said: defaults < the file's `run` <
 * its scenario < preset < quick < environment < flags. Throws a usage error naming what to change.
 */
export function loadRunConfig(layers: Layers): { config: RunConfig; sources: Sources } {
  const { specs = new Map<string, TargetSpec>() } = layers;
  const said: Layer[] = [
    { settings: { ...defaultConfig }, source: () => 'default' },
    { settings: { seed: layers.randomSeed() }, source: () => 'random' },
    ...fileLayers(layers),
    ...presetLayers(layers),
    { settings: layers.env ?? {}, source: (key) => variableOf(flagOf[key]) },
    { settings: layers.flags, source: (key) => flagOf[key] },
  ];
  const { settings, sources } = merge(said, layers, specs);
  const operations = settings['operations'];
  const canonical = (item: unknown) => (typeof item === 'string' ? canonicalOperation(item) : item);
  const parsed = runSettingsSchema.safeParse({
    ...settings,
    ...(Array.isArray(operations) && { operations: operations.map(canonical) }),
  });
  if (!parsed.success) {
    const problem = describeIssues(runSettingsSchema, settings, parsed.error.issues);
    const key = problem.path[0] as keyof RunConfig;
    throw new KvbenchError('usage', `${placeOf(key, sources)} ${problem.message}.`, problem.hint);
  }
  const config = spreadWorkers(parsed.data);
  checkAgainstRequests(config, specs, (key, message, hint) => {
    throw new KvbenchError('usage', `${placeOf(key, sources)} ${message}.`, hint);
  });
  return { config, sources };
}

/** The last word on every setting, and whose it was. */
function merge(said: readonly Layer[], layers: Layers, specs: ReadonlyMap<string, TargetSpec>) {
  const settings: Record<string, unknown> = {};
  const sources: Record<string, string> = {};
  const put = (own: Layer['settings'], source: Layer['source']) => {
    for (const [key, value] of Object.entries(own)) {
      if (value === undefined) continue;
      settings[key] = value;
      sources[key] = source(key as keyof RunConfig);
    }
  };
  for (const { settings: own, source } of said) put(own, source);
  // A file that describes servers is there to run them, with the requests that they understand.
  if (sources['targets'] === 'default' && specs.size > 0) {
    put({ targets: [...specs.keys()] }, () => layers.project?.position('targets') ?? 'default');
  }
  const spec = specs.get(withoutWorkers(String((settings['targets'] as unknown[])[0] ?? '')));
  if (sources['operations'] === 'default' && spec && spec.requests !== contractRequests) {
    const operations = spec.requests.requests.map(({ name }) => name);
    put({ operations }, () => `all requests of ${spec.name}`);
  }
  return { settings, sources: sources as Sources };
}

function fileLayers({ project, scenario = null }: Layers): Layer[] {
  const { run, scenarios = {} } = project?.file ?? {};
  const layers: Layer[] = [];
  if (project && run) {
    layers.push({ settings: run, source: (key) => project.position('run', key) });
  }
  if (scenario === null) return layers;
  const settings = Object.hasOwn(scenarios, scenario) ? scenarios[scenario] : undefined;
  if (!project || !settings) {
    throw new KvbenchError(
      'usage',
      `There is no scenario named ${JSON.stringify(scenario)}.`,
      project?.path
        ? suggest(scenario, Object.keys(scenarios), 'Scenarios')
        : 'There is no config file, which is where scenarios are described; see --config.',
    );
  }
  const place = (key: string) => project.position('scenarios', scenario, key);
  layers.push({ settings, source: (key) => `scenario ${scenario} (${place(key)})` });
  return layers;
}

function presetLayers({ preset, quick }: Layers): Layer[] {
  const layers: Layer[] = [];
  if (preset !== null) {
    const settings = { ...presetRecords, ...findPreset(preset) };
    layers.push({ settings, source: () => `--preset ${preset}` });
  }
  if (quick) layers.push({ settings: quickConfig, source: () => '--quick' });
  return layers;
}

function findPreset(name: string): Partial<RunConfig> {
  if (Object.hasOwn(presets, name)) return presets[name as Preset];
  throw new KvbenchError(
    'usage',
    `There is no preset named ${JSON.stringify(name)}.`,
    suggest(name, Object.keys(presets), 'Presets'),
  );
}

/** What to change: the place in the file, the variable, or else the flag that does it. */
function placeOf(key: keyof RunConfig, sources: Sources): string {
  // A program may say what no flag and no file can: those are checked before.
  if (!Object.hasOwn(flagOf, key)) return `settings.${key}`;
  const source = sources[key];
  const byFlag = /^(default|random|all requests of .*|--.*)$/.test(source);
  if (byFlag) return flagOf[key];
  if (source.startsWith('KVBENCH_')) return source;
  return source.startsWith('scenario ') ? `${source}, ${key}` : `${source}, run.${key}`;
}
