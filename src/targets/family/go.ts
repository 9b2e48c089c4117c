import type { MemberOption } from './option.js';

/** A tag that chooses files. */
function tag(name: string): MemberOption['change'] {
  const flag = `-tags=${name}`;
  return (recipe) => ({
    ...recipe,
    flags: [...recipe.flags, flag],
    // What is built stands last.
    buildCommand: (dirs) => recipe.buildCommand(dirs).toSpliced(-1, 0, flag),
  });
}

/** Variables of the runtime: the executable is that without them. */
function runtime(env: Readonly<Record<string, string>>): MemberOption['change'] {
  return (recipe) => ({
    ...recipe,
    builtAs: recipe.builtAs ?? recipe.name,
    startEnv: { ...recipe.startEnv, ...env },
  });
}

/** What `go` can be otherwise: a row each, and a file in `go-kv` for a store. */
export const goOptions: readonly MemberOption[] = [
  {
    name: 'mutex',
    axis: 'store',
    description: 'one sync.Mutex around a map',
    why: 'what is written first',
    change: tag('store_mutex'),
  },
  {
    name: 'rwmutex',
    axis: 'store',
    description: 'one sync.RWMutex around a map',
    why: 'readers side by side',
    change: tag('store_rwmutex'),
  },
  {
    name: 'shards',
    axis: 'store',
    description: '64 sync.Mutexes around a map each',
    why: 'contention, without sync.Map',
    change: tag('store_shards'),
  },
  {
    name: 'v3',
    axis: 'build',
    description: 'GOAMD64=v3: instructions of CPUs since 2015',
    why: 'what a portable build gives away',
    change: (recipe) => ({
      ...recipe,
      flags: [...recipe.flags, 'GOAMD64=v3'],
      buildEnv: (dirs) => ({ ...recipe.buildEnv(dirs), GOAMD64: 'v3' }),
    }),
  },
  {
    name: 'gogc50',
    axis: 'runtime',
    description: 'GOGC=50: collects twice as often',
    why: 'memory for CPU',
    change: runtime({ GOGC: '50' }),
  },
  {
    name: 'gogc400',
    axis: 'runtime',
    description: 'GOGC=400: collects a quarter as often',
    why: 'CPU for memory',
    change: runtime({ GOGC: '400' }),
  },
  {
    name: 'nogc',
    axis: 'runtime',
    description: 'GOGC=off below GOMEMLIMIT=1GiB',
    why: 'what the collector costs at all',
    change: runtime({ GOGC: 'off', GOMEMLIMIT: '1GiB' }),
  },
];
