import { flagOf } from '../config/load.js';
import { canonicalOperation, defaultConfig, type RunConfig } from '../config/schema.js';
import { type CostSettings, defaultCostSettings } from '../costs/schema.js';
import { defaultGatePolicy, type GatePolicy } from '../gate/policy.js';
import type { GateResult } from '../gate/schema.js';
import type { SweepResult } from '../sweep/schema.js';

/** How a config is said on a command line, as far as it can be. */
interface Flags<Key> {
  /** Words, not yet quoted: a flag, and its value if it takes one. */
  argv: string[];
  /** Settings for which no flag has the words: only a config file can say them. */
  unsaid: Key[];
}

/** The flags of `kvbench run` that make this config of the defaults; the seed is always among them. */
export function flagsOf(config: RunConfig): Flags<keyof RunConfig> {
  const flags: Flags<keyof RunConfig> = { argv: [], unsaid: [] };
  for (const key of Object.keys(flagOf) as (keyof RunConfig)[]) {
    if (key !== 'seed' && isSame(config[key], defaultConfig[key])) continue;
    const values = key === 'failOn' ? config.failOn : [wordOf(key, config)];
    for (const value of values) {
      if (value === null) flags.unsaid.push(key);
      else flags.argv.push(flagOf[key], ...(key === 'calibrate' ? [] : [value]));
    }
  }
  return flags;
}

/** The flags of `kvbench sweep` that make this sweep of the defaults of a run. */
export function sweepFlagsOf({ policy, config }: SweepResult): Flags<keyof RunConfig> {
  const { by, ladder, slo, search, overload } = policy;
  // What a sweep decides step by step is a run's alone, as is the number of connections it climbs.
  const { measures, rate, rounds, interleave, connections } = defaultConfig;
  const { argv, unsaid } = flagsOf({
    ...config,
    ...{ measures, rate, rounds, interleave },
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

/** The flags of `kvbench gate`, but for what it compares, that make this policy and load of the defaults. */
export function gateFlagsOf({ policy, load, seed }: GateResult): Flags<keyof GatePolicy> {
  const { allowances, metrics, operations } = policy;
  const words: Partial<Record<keyof GatePolicy, string[] | null>> = {
    operations: flagWith('--operations', operationsWord(operations)),
    metrics: ['--metrics', metrics.join()],
    allowances: Object.entries(allowances).flatMap(([name, share]) =>
      share === defaultGatePolicy.allowances[name] ? [] : ['--allow', `${name}=${decimal(share)}`],
    ),
    rssAllowanceBytes: ['--rss-allowance', `${policy.rssAllowanceBytes}`],
    binarySizeAllowance:
      policy.binarySizeAllowance === null
        ? null
        : ['--binary-size', decimal(policy.binarySizeAllowance)],
    timeBudgetMs: ['--time-budget', `${policy.timeBudgetMs}ms`],
    rounds: ['--rounds', `${policy.rounds}`],
    interleave: ['--interleave', policy.interleave],
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
    const rate = Number.isInteger(load.ratePerSecond) ? load.ratePerSecond : null;
    flags.argv.push(
      ...(flagWith('--rate', rate === null ? null : `${rate}`) ?? []),
      ...['--connections', `${load.connections}`, '--duration', `${load.durationMs}ms`],
      ...['--keys', `${load.keys}`, '--value-size', sizeWord(load.valueSize)],
      ...['--workers', `${load.workers}`],
      ...(load.engine ? ['--engine', load.engine.name] : []),
    );
  }
  flags.argv.push('--seed', `${seed}`);
  return flags;
}

/** The flags of `kvbench costs` that make these settings of the defaults. */
export function costFlagsOf(settings: CostSettings): string[] {
  const { parts, rounds, builds, keys, valueSize, connections } = settings;
  const words: Record<keyof typeof defaultCostSettings, string[]> = {
    parts: ['--only', parts.join()],
    rounds: ['--rounds', `${rounds}`],
    builds: ['--builds', `${builds}`],
    keys: ['--keys', `${keys}`],
    valueSize: ['--value-size', sizeWord(valueSize)],
    connections: ['--connections', `${connections}`],
  };
  const changed = (Object.keys(words) as (keyof typeof words)[]).filter(
    (key) => !isSame(settings[key], defaultCostSettings[key]),
  );
  return [...changed.flatMap((key) => words[key]), '--seed', `${settings.seed}`];
}

function flagWith(flag: string, word: string | null): string[] | null {
  return word === null ? null : [flag, word];
}

function sizeWord({ minBytes, maxBytes }: RunConfig['valueSize']): string {
  return minBytes === maxBytes ? `${minBytes}` : `${minBytes}-${maxBytes}`;
}

/** The value of a flag; null: it has no words for this one. */
function wordOf(key: keyof RunConfig, config: RunConfig): string | null {
  const value = config[key];
  switch (key) {
    case 'targets':
      return listWord(config.targets);
    case 'operations':
      return operationsWord(config.operations);
    case 'measures':
      return listWord(config.measures);
    case 'valueSize':
      return sizeWord(config.valueSize);
    case 'rate':
      return value === 'auto' || Number.isInteger(value) ? String(value) : null;
    case 'precision':
    case 'hitRatio':
      return decimal(config[key]);
    case 'durationMs':
    case 'warmupMs':
    case 'timeBudgetMs':
    case 'sliceMs':
    case 'timeoutMs':
    case 'intervalMs':
      return value === 'auto' ? null : `${String(value)}ms`;
    default:
      return value === null ? null : String(value);
  }
}

/** A list as a flag takes it, which divides it at commas. */
function listWord(items: readonly string[]): string | null {
  const isPlain = items.every((item) => item === item.trim() && !item.includes(','));
  return isPlain ? items.join() : null;
}

/** Several requests, or one mix with its parts in order: what the flag can tell apart. */
function operationsWord(operations: readonly string[]): string | null {
  const [first = ''] = operations;
  if (operations.some((name) => name.includes(':'))) {
    return operations.length === 1 && first === canonicalOperation(first) ? first : null;
  }
  return listWord(operations);
}

/** A fraction in digits, exactly, where `String` would write 1e-7. */
function decimal(value: number): string {
  const [mantissa = '', exponent] = String(value).split('e-');
  if (exponent === undefined) return mantissa;
  return `0.${'0'.repeat(Number(exponent) - 1)}${mantissa.replace('.', '')}`;
}
