import { resolve } from 'node:path';
import type { Sources } from '../config/load.js';
import type { RunConfig } from '../config/schema.js';
import type { TargetSpec } from '../config/target-spec.js';
import { targetSpecs } from '../config/targets.js';
import { workersOf } from '../config/workers.js';
import { KvbenchError } from '../errors.js';
import { requestsWanted } from '../gate/metrics.js';
import { type GatePolicy, type GateSettings, overlaid, toGatePolicy } from '../gate/policy.js';
import { isNullTarget } from '../plan/plan.js';
import type { BundledTarget } from '../targets/bundled.js';
import { memberNamed } from '../targets/family/members.js';
import { bundledTargets, findTarget } from '../targets/targets.js';
import type { GateSubject } from './arms/side.js';
import type { GateSource } from './arms/sources.js';
import type { Fitting } from './gate-fitting.js';
import { prepareRun, type RunRequest } from './prepare.js';
import { projectFor } from './project.js';
import { allTargets } from './targets.js';

/** What somebody wants to be gated: exactly one of `base`, the two directories, the two artifacts. */
export interface GateRequest extends Omit<RunRequest, 'preset' | 'quick' | 'allowRemote'> {
  /** What is built twice (default: the one target of the config). */
  target?: string | undefined;
  /** A branch, tag or commit; head is the working tree as it is. */
  base?: string | undefined;
  baseDir?: string | undefined;
  headDir?: string | undefined;
  baseArtifact?: string | undefined;
  headArtifact?: string | undefined;
  /** Over that of the config; checked like it. */
  policy?: GateSettings;
  /** After so long, builds included, no further round is begun. */
  maxWaitMs?: number | undefined;
}

/** A gate that is decided upon, and not begun. */
interface PreparedGate {
  subject: GateSubject;
  source: GateSource;
  policy: GatePolicy;
  config: RunConfig;
  fitting: Fitting;
}

/** Measured time of a round, if nobody has said how long its operations are, ms. */
const roundMs = 2000;

/** How long a round must be at that rate for its tail, or the longest that is worth it, ms. */
function tailMs(ratePerSecond: number): number {
  return Math.min(longestMs, Math.ceil((requestsWanted('tail') / ratePerSecond) * 1000));
}

const longestMs = 20_000;

/** Reads the config and puts settings over it; throws a usage error for what can't be gated. */
export async function prepareGate(request: GateRequest): Promise<PreparedGate> {
  const { cwd = process.cwd() } = request;
  const source = sourceOf(request, cwd);
  const project = await projectFor(request.config, cwd, request.signal);
  const specs = targetSpecs(project);
  const { bundled = bundledTargets } = request;
  const name = request.target ?? onlyTarget(specs, bundled);
  const subject = subjectOf(name, { specs, bundled, configPath: project.path });
  const { gate = {} } = project.file;
  const operations =
    request.settings?.operations ?? request.variables?.operations ?? gate.operations;
  const settings = {
    ...request.settings,
    ...(operations !== undefined && { operations }),
    // Of a run; the gate has figures of its own.
    targets: [name],
    calibrate: false,
    failOn: [],
  };
  const { config, sources } = await prepareRun({ ...request, settings }, project);
  checkWorkers(config, sources);
  const policy = toGatePolicy({
    ...overlaid(gate, request.policy ?? {}),
    operations: config.operations,
  });
  const shareMs = Math.round(roundMs / config.operations.length);
  const durationMs = config.rate === 'auto' ? shareMs : Math.max(shareMs, tailMs(config.rate));
  return {
    subject,
    source,
    policy,
    config: sources.durationMs === 'default' ? { ...config, durationMs } : config,
    fitting: {
      keys: sources.keys === 'default',
      duration: sources.durationMs === 'default',
    },
  };
}

/** Two builds are compared with one number of workers; a list has made a target of each by now. */
function checkWorkers({ targets }: RunConfig, sources: Sources): void {
  if (targets.length < 2) return;
  const counts = targets.map(workersOf);
  throw new KvbenchError(
    'usage',
    `workers (${sources.workers}) is a list, ${counts.join(', ')}, and a gate compares two builds with one number of them.`,
    `Choose one with --workers, as --workers ${counts[0]}.`,
  );
}

/**
 * What a request is about: the target that it names, or every one that can be built twice, of the config or
 * else of those that are bundled. Throws a usage error where two artifacts or directories need one name.
 */
export async function gatedTargets(request: GateRequest): Promise<string[]> {
  if (request.target !== undefined) return [request.target];
  const { cwd = process.cwd(), bundled = bundledTargets } = request;
  const specs = targetSpecs(await projectFor(request.config, cwd, request.signal));
  const built = [...specs.values()].filter(({ settings }) => settings.url === undefined);
  const names = specs.size > 0 ? built.map(({ name }) => name) : bundled.map(({ name }) => name);
  // Without a choice it is told which there are, or why there is none.
  return request.base === undefined || names.length === 0 ? [onlyTarget(specs, bundled)] : names;
}

interface Known {
  specs: ReadonlyMap<string, TargetSpec>;
  bundled: readonly BundledTarget[];
  configPath: string | null;
}

function subjectOf(name: string, { specs, bundled, configPath }: Known): GateSubject {
  const spec = specs.get(name);
  if (spec?.settings.url !== undefined) {
    throw new KvbenchError(
      'usage',
      `${name} runs already (${spec.place('url')}), so there are no two builds of it to compare.`,
      'Describe how it is built and started, or measure it with `kvbench run`.',
    );
  }
  if (spec) return { kind: 'own', spec, configPath };
  if (isNullTarget(name)) {
    throw new KvbenchError(
      'usage',
      `${JSON.stringify(name)} has no store that a change could make slower: it only measures the instrument.`,
      `Name a server: ${[...specs.keys(), ...bundled.map((target) => target.name)].join(', ')}.`,
    );
  }
  const target = bundled.find((one) => one.name === name) ?? memberNamed(name, bundled);
  if (target) return { kind: 'bundled', target };
  findTarget(name, allTargets(specs, { allowRemote: false, bundled }));
  throw new Error(`${name} is neither bundled nor described`);
}

function onlyTarget(
  specs: ReadonlyMap<string, TargetSpec>,
  bundled: readonly BundledTarget[],
): string {
  const [only, ...more] = specs.keys();
  if (only !== undefined && more.length === 0) return only;
  const names = specs.size > 0 ? [...specs.keys()] : bundled.map(({ name }) => name);
  throw new KvbenchError(
    'usage',
    'Nothing says which target is to be gated.',
    `Name one: ${names.join(', ')}.`,
  );
}

/** Where the builds come from; a usage error unless exactly one of the ways is given, and whole. */
function sourceOf(request: GateRequest, cwd: string): GateSource {
  const { base, baseDir, headDir, baseArtifact, headArtifact } = request;
  const ways = [
    base !== undefined,
    baseDir !== undefined || headDir !== undefined,
    baseArtifact !== undefined || headArtifact !== undefined,
  ];
  if (ways.filter(Boolean).length === 1) {
    if (base !== undefined) return { kind: 'ref', ref: base };
    if (baseDir !== undefined && headDir !== undefined) {
      return { kind: 'dirs', base: resolve(cwd, baseDir), head: resolve(cwd, headDir) };
    }
    if (baseArtifact !== undefined && headArtifact !== undefined) {
      const paths = { base: resolve(cwd, baseArtifact), head: resolve(cwd, headArtifact) };
      return { kind: 'artifacts', ...paths };
    }
  }
  throw new KvbenchError(
    'usage',
    ways.some(Boolean)
      ? 'What is to be compared is not clear.'
      : 'Nothing says what to compare with.',
    'Give --base REF; or --base-dir and --head-dir; or --base-artifact and --head-artifact.',
  );
}
