import type { TargetGroup } from '../../config/names.js';
import { withoutWorkers, withWorkers, workersOf } from '../../config/workers.js';
import { KvbenchError } from '../../errors.js';
import { targetOf } from '../../plan/plan.js';
import type { Warning } from '../../result/schema.js';
import { suggest } from '../../suggest.js';
import { type BundledTarget, bundledTarget } from '../bundled.js';
import { goOptions } from './go.js';
import type { MemberOption } from './option.js';
import { rustOptions } from './rust.js';

/** What each bundled server can be otherwise. */
export const familyOptions: Readonly<Record<string, readonly MemberOption[]>> = {
  rust: rustOptions,
  go: goOptions,
};

/** Whether it is the same program, compiled or started otherwise. */
function isTuning({ axis }: MemberOption): boolean {
  return axis !== 'stack' && axis !== 'store';
}

/** Whether it is compiled by a profile of this very load. */
function isProfiled({ name }: { name: string }): boolean {
  return name === 'pgo';
}

/**
 * Whole questions: members to be held against each other. Those with a profile are in none: like is held
 * against like, and theirs takes a tool that a toolchain has not by itself.
 */
const groups: Record<TargetGroup, () => string[]> = {
  stacks: () => membersWith(({ axis }) => axis === 'stack'),
  stores: () => membersWith(({ axis }) => axis === 'store'),
  builds: () => membersWith((option) => isTuning(option) && !isProfiled(option)),
  // What is argued about most: a lock around a map on tokio, and sync.Map before a bounded pool.
  article: () => ['rust+tokio+mutex', 'go+pool'],
  all: () => membersWith((option) => !isProfiled(option)),
};

/** Names in which groups are replaced by their members, and options are in one order. */
export function expandMembers(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const workers = workersOf(name);
    const members = expanded(withoutWorkers(name));
    return workers === null ? members : members.map((member) => withWorkers(member, workers));
  });
}

function expanded(name: string): string[] {
  return Object.hasOwn(groups, name) ? groups[name as TargetGroup]() : [canonical(name)];
}

function membersWith(belongs: (option: MemberOption) => boolean): string[] {
  return Object.entries(familyOptions).flatMap(([name, options]) => [
    name,
    ...options.filter(belongs).map((option) => `${name}+${option.name}`),
  ]);
}

/** `rust+mutex+lto` of `rust+lto+mutex`; what is no member stays as it is, to be refused. */
function canonical(name: string): string {
  const [base = '', ...wanted] = name.split('+');
  const options = familyOptions[base];
  if (!options || !wanted.every((part) => options.some((option) => option.name === part))) {
    return name;
  }
  const ordered = options.map((option) => option.name).filter((part) => wanted.includes(part));
  // One that is named twice is told as that.
  return ordered.length === wanted.length ? [base, ...ordered].join('+') : name;
}

/**
 * The member of a family by its name, as `rust+mutex`; null where the name has no option, or is not of a
 * bundled server. Throws a usage error for options that there are none of, or that exclude each other.
 */
export function memberNamed(name: string, bundled: readonly BundledTarget[]): BundledTarget | null {
  const [base = '', ...wanted] = name.split('+');
  if (wanted.length === 0) return null;
  const target = bundled.find((candidate) => candidate.name === base);
  const options = familyOptions[base] ?? [];
  if (!target || options.length === 0) return null;
  const chosen = wanted.map((part) => {
    const option = options.find((candidate) => candidate.name === part);
    if (!option) throw unknownOption(base, part, options);
    return option;
  });
  const clash = chosen.find(
    ({ axis }, index) => chosen.findIndex((o) => o.axis === axis) !== index,
  );
  // Builds add up, but for one that is named twice; of all others there is one.
  const twice = chosen.find((option, index) => chosen.indexOf(option) !== index);
  if (twice || (clash && clash.axis !== 'build')) {
    throw new KvbenchError(
      'usage',
      `${name} names two options of one kind: ${(twice ?? clash)?.axis}.`,
      'Keep one of them.',
    );
  }
  const modules = chosen.filter(({ module }) => module).map((option) => option.name);
  if (modules.length > 1) {
    throw new KvbenchError(
      'usage',
      `${name} needs modules for ${modules.join(' and for ')}, which stand in a file each.`,
      'Keep one of them.',
    );
  }
  // In the order of the table: some change what others have made.
  const ordered = options.filter((option) => chosen.includes(option));
  const recipe = ordered.reduce((made, { change }) => change(made), target.recipe);
  const builtAs =
    recipe.builtAs &&
    [base, ...ordered.filter((o) => o.axis !== 'runtime').map((o) => o.name)].join('+');
  return bundledTarget({
    ...recipe,
    name,
    ...(builtAs !== undefined && { builtAs }),
    description: [target.description, ...chosen.map(({ description }) => description)].join('; '),
  });
}

function unknownOption(base: string, part: string, options: readonly MemberOption[]): KvbenchError {
  const names = options.map(({ name }) => name);
  return new KvbenchError(
    'usage',
    `There is no option ${JSON.stringify(part)} of ${base}.`,
    suggest(part, names, 'Options', (near) => `${base}+${near}`),
  );
}

/**
 * A warning where servers of two languages stand side by side of which one is tuned and the other is
 * not, or by a profile alone: what is seen between them is the tuning too.
 */
export function unlikeBuilds(instances: readonly string[]): Warning[] {
  const members = instances.map((instance) => {
    const [base = '', ...wanted] = targetOf(instance).split('+');
    const options = familyOptions[base] ?? [];
    const tunings = options.filter((option) => wanted.includes(option.name)).filter(isTuning);
    return {
      instance,
      base,
      isTuned: tunings.length > 0,
      isByProfile: tunings.some(isProfiled),
    };
  });
  const profiled = members.find(({ isByProfile }) => isByProfile);
  const general = members.find(
    ({ base, isByProfile }) =>
      !isByProfile && base !== profiled?.base && Object.hasOwn(familyOptions, base),
  );
  if (profiled && general) {
    return [
      {
        code: 'unlike-builds',
        message: `${profiled.instance} is tuned to such a load as this and ${general.instance} is not, so what lies between them is the tuning as well as the language.`,
        advice: 'Hold +pgo against +pgo, and each against its own default.',
      },
    ];
  }
  const tuned = members.find(({ isTuned }) => isTuned);
  const plain = members.find(
    ({ base, isTuned }) => !isTuned && base !== tuned?.base && Object.hasOwn(familyOptions, base),
  );
  if (!tuned || !plain) return [];
  return [
    {
      code: 'unlike-builds',
      message: `${tuned.instance} is tuned and ${plain.instance} is not, so what lies between them is the tuning as well as the language.`,
      advice: 'Hold tuned against tuned, and each against its own default.',
    },
  ];
}
