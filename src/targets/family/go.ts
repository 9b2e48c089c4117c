import type { Recipe } from '../recipe.js';
import type { MemberOption } from './option.js';

/** A flag of `go build`, in the place of another if that is told. */
function withFlag(recipe: Recipe, flag: string, before?: string): Recipe {
  const others = (args: readonly string[]) => args.filter((arg) => arg !== before);
  return {
    ...recipe,
    flags: [...others(recipe.flags), flag],
    // What is built stands last.
    buildCommand: (dirs) => others(recipe.buildCommand(dirs)).toSpliced(-1, 0, flag),
  };
}

/** A tag that chooses files. Of several `-tags` go takes the last alone, so all stand in one. */
function tag(name: string): MemberOption['change'] {
  return (recipe) => {
    const before = recipe.flags.find((flag) => flag.startsWith('-tags='));
    return withFlag(recipe, before ? `${before},${name}` : `-tags=${name}`, before);
  };
}

/**
 * A stack or a store of a module that the default must do without: its version stands in a file of its
 * own, in the place of `go.mod`, so there is one such option at most.
 */
function ofModule(
  axis: 'stack' | 'store',
  name: string,
  path: string,
): Pick<MemberOption, 'name' | 'axis' | 'module' | 'change'> {
  const file = `${name}.mod`;
  const flag = `-modfile=${file}`;
  const change = (recipe: Recipe): Recipe => ({
    ...withFlag(tag(`${axis}_${name}`)(recipe), flag),
    isSource: (source) => recipe.isSource(source) || source === file || source === `${name}.sum`,
    fetchCommand: ['go', 'mod', 'download', flag],
    // Never another compiler than the default's, which go would fetch where the module wants a newer one.
    buildEnv: (dirs) => ({ ...recipe.buildEnv(dirs), GOTOOLCHAIN: 'local' }),
  });
  return { name, axis, module: { path, file }, change };
}

/** Tuned by a CPU profile of itself, which a build with a tag of its own writes. */
function profiled(recipe: Recipe): Recipe {
  const toRecord = tag('kvprofile')(recipe);
  return {
    ...recipe,
    flags: [...recipe.flags, 'pgo'],
    buildCommand: (dirs) =>
      dirs.profile === undefined
        ? toRecord.buildCommand(dirs)
        : withFlag(recipe, `-pgo=${dirs.profile}`).buildCommand(dirs),
    profile: { startEnv: (file) => ({ KV_PROFILE: file }), converter: null },
  };
}

/** Variables of the runtime: the executable is that without them. */
function runtime(env: Readonly<Record<string, string>>): MemberOption['change'] {
  return (recipe) => ({
    ...recipe,
    builtAs: recipe.builtAs ?? recipe.name,
    startEnv: { ...recipe.startEnv, ...env },
  });
}

/** What `go` can be otherwise: a row each, and a file in `go-kv` for a stack or a store. */
export const goOptions: readonly MemberOption[] = [
  {
    name: 'mux',
    axis: 'stack',
    description: 'net/http, routed by its ServeMux',
    why: 'what routing costs',
    change: tag('stack_mux'),
  },
  {
    ...ofModule('stack', 'chi', 'github.com/go-chi/chi/v5'),
    description: 'net/http, routed by chi',
    why: 'a router that stays with net/http',
  },
  {
    ...ofModule('stack', 'gin', 'github.com/gin-gonic/gin'),
    description: 'net/http with gin',
    why: 'the framework that most take',
  },
  {
    ...ofModule('stack', 'fasthttp', 'github.com/valyala/fasthttp'),
    description: 'not net/http, but fasthttp',
    why: 'what net/http costs',
  },
  {
    name: 'pool',
    axis: 'stack',
    description: 'net/http before a pool of 64 workers',
    why: 'what handing over costs',
    change: tag('stack_pool'),
  },
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
    ...ofModule('store', 'xsync', 'github.com/puzpuzpuz/xsync/v4'),
    description: 'xsync.Map, whose readers take no lock',
    why: 'the rival of sync.Map',
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
    name: 'pgo',
    axis: 'build',
    description: 'compiled by a CPU profile of itself under load',
    why: 'what it gains to know what is hot',
    change: profiled,
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
