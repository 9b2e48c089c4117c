// What the bundled servers are compiled as when they are linted and tested: derived from the options in
// src/targets/family, so that a new row there is linted and tested by being there.
import { readdirSync, readFileSync } from 'node:fs';
import { createJiti } from 'jiti';

// The sources: dist/ may be older than they are.
const jiti = createJiti(import.meta.url);
const { rustOptions } = await jiti.import('../src/targets/family/rust.ts');
const { goOptions } = await jiti.import('../src/targets/family/go.ts');

const plain = { flags: [], buildCommand: () => [], buildEnv: () => ({}), isSource: () => false };

/** The flags of cargo or go of a server that has all of these options. */
function flagsOf(...options) {
  const { flags } = options.reduce((recipe, { change }) => change(recipe), plain);
  return flags.filter((flag) => flag.startsWith('-'));
}

const optionsOf = (all, wanted) => all.filter(({ axis }) => axis === wanted);

/**
 * Each stack and each store in some build. None of them looks at another, so that each is seen whole whatever
 * stands beside it.
 */
function inFewBuilds(stacks, stores) {
  const length = Math.max(stacks.length, stores.length);
  return Array.from({ length }, (_, index) =>
    [stacks[index], stores[index]].filter((option) => option !== undefined),
  );
}

const rustStacks = optionsOf(rustOptions, 'stack');
const rustInject = '--features=inject';
const goStacks = optionsOf(goOptions, 'stack');
/** What is compiled in for tests of the gate, and to record a profile. */
const goApart = ['-tags=kvinject,kvprofile'];

/** One of them: they are two lines each, and jemalloc is C that takes minutes to compile. */
const allocator = optionsOf(rustOptions, 'allocator').slice(-1);

/** The default by itself, and the others with whatever can stand beside them. */
export const rustLints = [
  [],
  ...inFewBuilds(rustStacks, optionsOf(rustOptions, 'store')).map((options) => [
    ...flagsOf(...options, ...allocator),
    rustInject,
  ]),
];

const stackDir = new URL('../rust-kv/src/stack/', import.meta.url);
const stackFiles = readdirSync(stackDir, { recursive: true }).filter((file) =>
  file.endsWith('.rs'),
);

/** Whether unit tests are in a file of this stack or of several: those of all else are in every build. */
function hasUnitTests(stack) {
  const others = rustStacks.filter(({ name }) => name !== stack.name);
  return stackFiles
    .filter((file) => !others.some(({ name }) => file.split(/[./]/)[0] === name))
    .some((file) => readFileSync(new URL(file, stackDir), 'utf8').includes('#[test]'));
}

/**
 * Each stack over sockets. Unit tests, those of all stores among them, are the same with any; what is injected
 * has tests of both kinds, with the last.
 */
export const rustTests = [
  [],
  ...rustStacks.map((stack) => {
    if (stack === rustStacks.at(-1)) return [...flagsOf(stack), rustInject];
    return [...flagsOf(stack), ...(hasUnitTests(stack) ? [] : ['--test=it'])];
  }),
];

const hasModules = ({ module }) => module !== undefined;
const goStores = optionsOf(goOptions, 'store');
/** Stores with modules of their own, of which a build has those of one option. */
const goStoresApart = goStores.filter(hasModules).map((store) => flagsOf(store));

export const goLints = [
  [],
  ...inFewBuilds(
    goStacks,
    goStores.filter((store) => !hasModules(store)),
  ).map((options) => flagsOf(...options)),
  ...goStoresApart,
  goApart,
];

/** The other stores are tested with any stack. */
export const goTests = [
  [],
  ...goStacks.map((stack) => flagsOf(stack)),
  ...goStoresApart.map((flags) => [...flags, '-run=LastValue|KeysStand|Readers']),
  [...goApart, '-run=Inject|Profile'],
];
