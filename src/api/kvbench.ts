import { resolve } from 'node:path';
import { targetSpecs } from '../config/targets.js';
import type { Examination } from '../contract/check.js';
import type { CostsResult } from '../costs/schema.js';
import type { GateResult } from '../gate/schema.js';
import type { RunResult } from '../result/schema.js';
import type { SweepResult } from '../sweep/schema.js';
import { expandMembers } from '../targets/family/members.js';
import type { Target } from '../targets/target.js';
import { findTarget } from '../targets/targets.js';
import { checkTargets } from './check.js';
import { executeCosts } from './costs.js';
import { type CostsRequest, prepareCosts } from './costs-request.js';
import type { OnEvent } from './events.js';
import { gate as executeGate } from './gate.js';
import { type GateRequest, prepareGate } from './gate-request.js';
import { userPaths } from './paths.js';
import { prepareRun, type RunRequest } from './prepare.js';
import { projectFor } from './project.js';
import { execute } from './run.js';
import { executeSweep } from './sweep.js';
import { prepareSweep, type SweepRequest } from './sweep-request.js';
import { allTargets } from './targets.js';

/** How a call is carried out. */
export interface CallOptions {
  /** Ends everything that was started, and then rejects with its reason. */
  signal?: AbortSignal;
  /** Told of all that happens, in order. */
  onEvent?: OnEvent;
  /** Where artifacts are kept (default: as the command line does). */
  cacheDir?: string;
}

export interface RunOptions extends RunRequest, CallOptions {
  /** File to which the result is written after every trial; without it, to none. */
  out?: string;
}

/**
 * `kvbench run` for programs: builds, examines, loads, and resolves to the result. Rejects with a
 * `KvbenchError` for everything that can be expected; the last `result` event then has what was
 * measured until then. No process of it outlives the call.
 */
export async function run(options: RunOptions = {}): Promise<RunResult> {
  const { config, targets, fitKeys } = await prepareRun(options);
  const { out, cwd = process.cwd() } = options;
  return execute(config, {
    ...call(options),
    targets,
    fitKeys,
    out: out === undefined ? null : resolve(cwd, out),
    examine: true,
  });
}

export interface GateOptions extends GateRequest, CallOptions {
  /** File to which the result is written after every round; without it, to none. */
  out?: string;
  /** Measures builds that are the same to the byte, too. */
  force?: boolean;
}

/**
 * `kvbench gate` for programs: builds base and head, measures rounds of both, and resolves to the
 * result, whose `judgement.verdict` decides. Rejects like `run`; the last `gate-result` event then
 * has what was measured until then.
 */
export async function gate(options: GateOptions): Promise<GateResult> {
  const { out, force = false, cwd = process.cwd() } = options;
  return executeGate({
    ...(await prepareGate(options)),
    ...call(options),
    force,
    maxWaitMs: options.maxWaitMs ?? null,
    out: out === undefined ? null : resolve(cwd, out),
  });
}

export interface SweepOptions extends SweepRequest, CallOptions {
  /** File to which the result is written after every step; without it, to none. */
  out?: string;
}

/**
 * `kvbench sweep` for programs: raises the load step by step, and resolves to the result. Rejects
 * like `run`; the last `sweep-result` event then has what was measured until then.
 */
export async function sweep(options: SweepOptions = {}): Promise<SweepResult> {
  const { out, cwd = process.cwd() } = options;
  const { config, ...prepared } = await prepareSweep(options);
  return executeSweep(config, {
    ...prepared,
    ...call(options),
    out: out === undefined ? null : resolve(cwd, out),
  });
}

export interface CostsOptions extends CostsRequest, CallOptions {
  /** File to which the result is written after every round; without it, to none. */
  out?: string;
}

/**
 * `kvbench costs` for programs: what targets cost besides requests. Rejects like `run`; the last
 * `costs-result` event then has what was measured until then.
 */
export async function costs(options: CostsOptions = {}): Promise<CostsResult> {
  const { out, cwd = process.cwd() } = options;
  return executeCosts({
    ...(await prepareCosts(options)),
    ...call(options),
    out: out === undefined ? null : resolve(cwd, out),
  });
}

export interface CheckOptions extends CallOptions {
  config?: RunRequest['config'];
  cwd?: string;
  allowRemote?: boolean;
  /** Names (default: those of the config, else the bundled ones). */
  targets?: readonly string[];
}

/** `kvbench check` for programs: what each target answers, and whether it is right. */
export async function check(options: CheckOptions = {}): Promise<Examination[]> {
  const { cwd = process.cwd(), allowRemote = false, targets: names = [] } = options;
  const specs = targetSpecs(await projectFor(options.config, cwd, options.signal));
  return checkTargets(chooseTargets(names, allTargets(specs, { allowRemote })), call(options));
}

/** The targets of those names; without any, those of the config, else the bundled ones. */
export function chooseTargets(names: readonly string[], all: readonly Target[]): readonly Target[] {
  const asked = new Set(expandMembers(names));
  if (asked.size > 0) return [...asked].map((name) => findTarget(name, all));
  const own = all.filter(({ source }) => source !== 'bundled');
  return own.length > 0 ? own : all;
}

function call({ signal, onEvent, cacheDir }: CallOptions) {
  return {
    signal: signal ?? new AbortController().signal,
    onEvent: onEvent ?? (() => {}),
    cacheDir: cacheDir ?? userPaths(process.env).cache,
  };
}
