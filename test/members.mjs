// What the bundled servers are compiled as when they are linted and tested: derived from the options in
// src/targets/family, so that a new row there is linted and tested by being there.
import { createJiti } from 'jiti';

// The sources: dist/ may be older than they are.
const jiti = createJiti(import.meta.url);
const { rustOptions } = await jiti.import('../src/targets/family/rust.ts');
const { goOptions } = await jiti.import('../src/targets/family/go.ts');

const plain = { flags: [], buildCommand: () => [], buildEnv: () => ({}), isSource: () => false };

/** The flags of cargo or go of each option of an axis; some options have none. */
function flagsOf(options, wanted) {
  return options
    .filter(({ axis }) => axis === wanted)
    .map(({ change }) => change(plain).flags.filter((flag) => flag.startsWith('-')))
    .filter((flags) => flags.length > 0);
}

const rustStacks = [[], ...flagsOf(rustOptions, 'stack')];
const rustInject = ['--features=inject'];
const goStacks = [[], ...flagsOf(goOptions, 'stack')];
/** What is compiled in for tests of the gate, and to record a profile. */
const goApart = ['-tags=kvinject,kvprofile'];

/** One of them: they are two lines each, and jemalloc is C that takes minutes to compile. */
const [allocator = []] = flagsOf(rustOptions, 'allocator').slice(-1);

/** Each stack by itself, and each store on some stack with whatever can stand beside it. */
export const rustLints = [
  ...rustStacks,
  ...flagsOf(rustOptions, 'store').map((store, index) => [
    ...(rustStacks[index % rustStacks.length] ?? []),
    ...store,
    ...allocator,
    ...rustInject,
  ]),
];

/** A store of a crate is in no other build; what is injected has tests of its own, in the same one. */
const rustApart = rustOptions
  .filter(({ axis, crate }) => axis === 'store' && crate)
  .map((option) => [option.name, [...flagsOf([option], 'store').flat(), ...rustInject]]);

/** The other stores are tested with any stack. */
export const rustTests = [
  ...rustStacks,
  ...rustApart.flatMap(([name, flags]) => [
    [...flags, name],
    [...flags, 'inject'],
  ]),
];

/** Tags do not add up, so each is alone. */
export const goLints = [...goStacks, ...flagsOf(goOptions, 'store'), goApart];

/** Stores with modules of their own are in no other build. */
const goStoresApart = flagsOf(goOptions, 'store')
  .filter((flags) => flags.some((flag) => flag.startsWith('-modfile=')))
  .map((flags) => [...flags, '-run=LastValue|KeysStand|Readers']);

export const goTests = [...goStacks, ...goStoresApart, [...goApart, '-run=Inject|Profile']];
