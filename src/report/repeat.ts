import { changedSettings, type Flags, flagsFor, type SettingKey } from '../config/flags.js';
import { defaultConfig, type RunConfig } from '../config/schema.js';
import { decimal } from '../config/settings/texts.js';
import { type CostSettings, defaultCostSettings } from '../costs/schema.js';
import { defaultGatePolicy, type GatePolicy } from '../gate/policy.js';
import type { GateResult } from '../gate/schema.js';
import type { SweepResult } from '../sweep/schema.js';

/** The flags of `kvbench run` that make this config of the defaults; the seed is always among them. */
export function flagsOf(config: RunConfig): Flags<SettingKey> {
  return flagsFor(changedSettings(config));
}

/** The flags of `kvbench sweep` that make this sweep of the defaults of a run. */
export function sweepFlagsOf({ policy, config }: SweepResult): Flags<SettingKey> {
  const { by, ladder, slo, search, overload } = policy;
  // What a sweep decides step by step is a run's alone, as is the number of connections it climbs.
  const { measures, rate, rounds, interleave, connections } = defaultConfig;
  const { argv, unsaid } = flagsOf({
    ...config,
    measures,
    rate,
    rounds,
    interleave,
    ...(by === 'connections' && { connections }),
  });
  return {
    argv: [
      ...(by === 'rate' ? [] : ['--by', by]),
      ...(ladder.kind === 'auto'
        ? []
        : ['--from', `${ladder.from}`, '--to', `${ladder.to}`, '--steps', `${ladder.steps}`]),
      ...(ladder.kind === 'linear' ? ['--linear'] : []),
      ...['--slo', slo.expression],
      ...(search ? [] : ['--no-search']),
      ...(search && by === 'rate' && !overload ? ['--no-overload'] : []),
      ...argv,
    ],
    unsaid,
  };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The words for a setting that has the flag of one of a run; null: there are none. */
function argvOf(settings: Partial<RunConfig>): string[] | null {
  const { argv, unsaid } = flagsFor(settings);
  return unsaid.length === 0 ? argv : null;
}

/** The flags of `kvbench gate`, but for what it compares, that make this policy and load of the defaults. */
export function gateFlagsOf({ policy, load, seed }: GateResult): Flags<keyof GatePolicy> {
  const { allowances, metrics, operations, timeBudgetMs, rounds, interleave } = policy;
  const words: Partial<Record<keyof GatePolicy, string[] | null>> = {
    operations: argvOf({ operations }),
    metrics: ['--metrics', metrics.join()],
    allowances: Object.entries(allowances).flatMap(([name, share]) =>
      share === defaultGatePolicy.allowances[name] ? [] : ['--allow', `${name}=${decimal(share)}`],
    ),
    rssAllowanceBytes: ['--rss-allowance', `${policy.rssAllowanceBytes}`],
    binarySizeAllowance:
      policy.binarySizeAllowance === null
        ? null
        : ['--binary-size', decimal(policy.binarySizeAllowance)],
    timeBudgetMs: argvOf({ timeBudgetMs }),
    rounds: argvOf({ rounds }),
    interleave: argvOf({ interleave }),
    onInconclusive: ['--on-inconclusive', policy.onInconclusive],
  };
  const flags: Flags<keyof GatePolicy> = { argv: [], unsaid: [] };
  for (const key of Object.keys(policy) as (keyof GatePolicy)[]) {
    if (isSame(policy[key], defaultGatePolicy[key])) continue;
    const said = words[key] ?? null;
    if (said === null) flags.unsaid.push(key);
    else flags.argv.push(...said);
  }
  if (load) {
    const { ratePerSecond: rate, connections, durationMs, keys, valueSize, workers, engine } = load;
    const config = { rate, connections, durationMs, keys, valueSize, workers };
    flags.argv.push(...flagsFor({ ...config, ...(engine && { engine: engine.name }) }).argv);
  }
  flags.argv.push(...flagsFor({ seed }).argv);
  return flags;
}

/** The flags of `kvbench costs` that make these settings of the defaults. */
export function costFlagsOf(settings: CostSettings): string[] {
  const { parts, rounds, builds, keys, heaps, valueSize, connections, jobs = [], seed } = settings;
  const words: Record<keyof Omit<CostSettings, 'seed'>, string[]> = {
    parts: ['--only', parts.join()],
    rounds: ['--rounds', `${rounds}`],
    builds: ['--builds', `${builds}`],
    keys: flagsFor({ keys }).argv,
    heaps: ['--heaps', heaps.join()],
    valueSize: flagsFor({ valueSize }).argv,
    connections: flagsFor({ connections }).argv,
    jobs: ['--jobs', jobs.join()],
  };
  const changed = (Object.keys(words) as (keyof typeof words)[]).filter(
    (key) => !isSame(settings[key], defaultCostSettings[key]),
  );
  return [...changed.flatMap((key) => words[key]), ...flagsFor({ seed }).argv];
}
