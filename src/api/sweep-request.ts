import { given } from '../config/given.js';
import type { RunConfig } from '../config/schema.js';
import { withoutWorkers } from '../config/workers.js';
import { KvbenchError } from '../errors.js';
import { ladderLevels } from '../sweep/ladder.js';
import { type SweepPolicy, type SweepSettings, sweepPolicySchema } from '../sweep/schema.js';
import { parseSlo } from '../sweep/slo.js';
import type { Target } from '../targets/target.js';
import { findTarget } from '../targets/targets.js';
import { prepareRun, type RunRequest } from './prepare.js';
import { projectFor } from './project.js';

export interface SweepRequest extends Omit<RunRequest, 'quick'> {
  /** Over that of the config; checked like it. */
  policy?: SweepSettings;
}

/** A sweep that is decided upon, and not begun. */
export interface PreparedSweep {
  config: RunConfig;
  policy: SweepPolicy;
  targets: readonly Target[];
}

/** The defaults of the load; both bundled servers take between one and two minutes with them. */
export const sweepDefaults = { slo: 'p99<5ms', steps: 10, durationMs: 1500, warmupMs: 300 };

/** Long enough for a queue to build, and to be worked off at half the knee. */
const overload = { factor: 1.5, overloadMs: 2000, recoveryMs: 5000 };

const tolerance = 0.02;

/** Reads the config and puts settings over it; throws a usage error for a sweep that makes no sense. */
export async function prepareSweep(request: SweepRequest): Promise<PreparedSweep> {
  const { cwd = process.cwd(), signal } = request;
  const project = await projectFor(request.config, cwd, signal);
  const policy = toSweepPolicy({ ...project.file.sweep, ...given(request.policy ?? {}) });
  const measures = [policy.by === 'rate' ? 'latency' : 'throughput'];
  const settings = {
    ...request.settings,
    // Of a run; a sweep decides them step by step.
    measures,
    rate: 'auto',
    rounds: 1,
    interleave: 'none',
    calibrate: false,
    failOn: [],
    ...(policy.by === 'connections' && { connections: Math.max(...ladderLevels(policy, 1)) }),
  };
  const { config, sources, targets } = await prepareRun({ ...request, settings }, project);
  for (const name of config.targets) findTarget(withoutWorkers(name), targets, 0);
  const isDefault = (key: 'operations' | 'durationMs' | 'warmupMs') =>
    sources[key] === 'default' || sources[key].startsWith('all requests');
  return {
    policy,
    targets,
    config: {
      ...config,
      ...(isDefault('operations') && { operations: config.operations.slice(0, 1) }),
      ...(isDefault('durationMs') && { durationMs: sweepDefaults.durationMs }),
      ...(isDefault('warmupMs') && { warmupMs: sweepDefaults.warmupMs }),
    },
  };
}

/** The policy that settings stand for; a usage error where they contradict each other. */
export function toSweepPolicy(settings: SweepSettings): SweepPolicy {
  const { by = 'rate', slo = sweepDefaults.slo, search = true } = settings;
  return sweepPolicySchema.parse({
    by,
    search,
    tolerance,
    slo: parseSlo(slo),
    ladder: ladderOf(settings, by),
    overload: settings.overload === false || by === 'connections' || !search ? null : overload,
  });
}

function ladderOf(settings: SweepSettings, by: SweepPolicy['by']): SweepPolicy['ladder'] {
  if (settings.auto) return { kind: 'auto' };
  const { from, to, steps = sweepDefaults.steps, spacing = 'geometric' } = settings;
  const refuse = (problem: string, hint: string): never => {
    throw new KvbenchError('usage', problem, hint);
  };
  if (from === undefined && to === undefined) {
    const surplus = (['steps', 'spacing'] as const).find((key) => settings[key] !== undefined);
    if (surplus) refuse(`${surplus} is of a ladder.`, 'Give --from and --to as well.');
    return { kind: 'auto' };
  }
  if (from === undefined || to === undefined) {
    return refuse(
      `A ladder has two ends, and only ${from === undefined ? '--to' : '--from'} was given.`,
      'Give both --from and --to, or neither, for an automatic one.',
    );
  }
  const most = by === 'rate' ? 1_000_000 : 10_000;
  if (!(from >= 1 && to > from && to <= most)) {
    refuse(
      `A ladder from ${from} to ${to} can't be climbed.`,
      `Give --from and --to, both between 1 and ${most}, the higher one as --to.`,
    );
  }
  if (!(Number.isInteger(steps) && steps >= 2 && steps <= 200)) {
    refuse(`A ladder of ${steps} steps can't be climbed.`, 'Give --steps from 2 to 200.');
  }
  return { kind: spacing, from, to, steps };
}
