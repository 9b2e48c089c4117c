import type { Recipe } from '../recipe.js';
import { llvmProfdata } from './llvm-profdata.js';
import type { MemberOption } from './option.js';

/** Flags of cargo: it adds features up, wherever they are named. */
function cargo(...added: string[]): MemberOption['change'] {
  return (recipe) => ({
    ...recipe,
    flags: [...recipe.flags, ...added],
    buildCommand: (dirs) => [...recipe.buildCommand(dirs), ...added],
  });
}

/** A feature of the crate. */
function feature(name: string): MemberOption['change'] {
  return cargo(`--features=${name}`);
}

/** A stack in the place of the default one, which is not even compiled. */
function stack(name: string): MemberOption['change'] {
  return cargo('--no-default-features', `--features=stack-${name}`);
}

/** Variables of cargo or rustc beside its own. */
function variables(change: (env: Record<string, string>) => Record<string, string>, flag: string) {
  return (recipe: Recipe): Recipe => ({
    ...recipe,
    flags: [...recipe.flags, flag],
    buildEnv: (dirs) => {
      const env = recipe.buildEnv(dirs);
      return { ...env, ...change(env) };
    },
  });
}

function withRustFlag(env: Record<string, string>, flag: string) {
  const { CARGO_ENCODED_RUSTFLAGS: before = '' } = env;
  return { ...env, CARGO_ENCODED_RUSTFLAGS: [before, flag].filter(Boolean).join('\x1f') };
}

/** Tuned by what LLVM's counters say of the program; they are written as it ends. */
function profiled(recipe: Recipe): Recipe {
  return {
    ...recipe,
    flags: [...recipe.flags, 'pgo'],
    buildEnv: (dirs) =>
      withRustFlag(
        recipe.buildEnv(dirs),
        // Build scripts count too, and leave what they have counted in that directory.
        dirs.profile === undefined
          ? `-Cprofile-generate=${dirs.work}/of-build-scripts`
          : `-Cprofile-use=${dirs.profile}`,
      ),
    profile: { startEnv: (file) => ({ LLVM_PROFILE_FILE: file }), converter: llvmProfdata },
  };
}

/**
 * What `rust` can be otherwise: a row each, and a file for a store in `rust-kv/src/store` or for a
 * stack in `rust-kv/src/stack`.
 */
export const rustOptions: readonly MemberOption[] = [
  {
    name: 'axum',
    axis: 'stack',
    description: 'axum::serve in place of actix-web',
    why: 'what most new services are written on',
    crate: 'axum',
    change: stack('axum'),
  },
  {
    name: 'hyper',
    axis: 'stack',
    description: 'hyper alone in place of actix-web',
    why: 'what axum is built on',
    crate: 'hyper',
    change: stack('hyper'),
  },
  {
    name: 'warp',
    axis: 'stack',
    description: "warp's filters on hyper in place of actix-web",
    why: 'another style on the same ground',
    crate: 'warp',
    change: stack('warp'),
  },
  {
    name: 'smol',
    axis: 'stack',
    description: "hyper on smol's async-executor in place of actix-web on tokio",
    why: 'what tokio is worth',
    crate: 'async-executor',
    change: stack('smol'),
  },
  {
    name: 'tokio',
    axis: 'stack',
    description: 'HTTP by hand on tokio in place of actix-web',
    why: 'what a framework costs at all',
    crate: 'tokio',
    change: stack('tokio'),
  },
  {
    name: 'mutex',
    axis: 'store',
    description: 'one Mutex around a HashMap',
    why: 'what is written first',
    change: feature('store-mutex'),
  },
  {
    name: 'rwlock',
    axis: 'store',
    description: 'one RwLock around a HashMap',
    why: 'readers side by side',
    change: feature('store-rwlock'),
  },
  {
    name: 'shards',
    axis: 'store',
    description: '64 Mutexes around a HashMap each',
    why: 'contention, without a crate',
    change: feature('store-shards'),
  },
  {
    name: 'papaya',
    axis: 'store',
    description: 'papaya, whose readers take no lock',
    why: 'the rival of dashmap',
    crate: 'papaya',
    change: feature('store-papaya'),
  },
  {
    name: 'jemalloc',
    axis: 'allocator',
    description: 'jemalloc in place of the system allocator',
    why: 'what long-running services take',
    crate: 'tikv-jemallocator',
    change: feature('jemalloc'),
  },
  {
    name: 'mimalloc',
    axis: 'allocator',
    description: 'mimalloc in place of the system allocator',
    why: 'what malloc costs',
    crate: 'mimalloc',
    change: feature('mimalloc'),
  },
  {
    name: 'lto',
    axis: 'build',
    description: 'fat link-time optimisation',
    why: 'inlining across all crates',
    change: variables(() => ({ CARGO_PROFILE_RELEASE_LTO: 'fat' }), 'lto=fat'),
  },
  {
    name: 'native',
    axis: 'build',
    description: 'instructions of this very CPU',
    why: 'what a portable build gives away',
    change: variables((env) => withRustFlag(env, '-Ctarget-cpu=native'), 'target-cpu=native'),
  },
  {
    name: 'pgo',
    axis: 'build',
    description: 'compiled by a profile of itself under load',
    why: 'what it gains to know what is hot',
    change: profiled,
  },
];
