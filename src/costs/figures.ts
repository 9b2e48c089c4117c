import { plural } from '../plural.js';
import type { Unit } from '../stats/metrics.js';

/** What is asked about a service besides its requests; each part is measured on its own. */
export const costParts = [
  'build',
  'artifact',
  'source',
  'start',
  'memory',
  'release',
  'collector',
  'threads',
] as const;
export type CostPartName = (typeof costParts)[number];

/** What a value may be of. */
export const costUnits = [
  'ns',
  'bytes',
  'count',
  'number',
  'ratio',
  'share',
  'flag',
] as const satisfies readonly Unit[];
type CostUnit = (typeof costUnits)[number];

/** One figure: its name begins with its part. */
interface CostFigure {
  part: CostPartName;
  /** Figures of a part that stand together, apart from its others. */
  group?: string;
  /** Whether it is taken once for each heap of the settings. */
  isByHeap?: boolean;
  label: string;
  unit: CostUnit;
  /** Whether it is the same each time, so that it is read once and has no interval. */
  isExact?: boolean;
  /** Whether the sentence below the tables names it: of each question the figure that answers it. */
  isTold?: boolean;
  /** Measured for each number of jobs that was asked for, or for all but the fewest; its label says `by jobs`. */
  each?: 'jobs' | 'further jobs';
  /** How it is measured, in a sentence. */
  how: string;
}

/**
 * Every figure of `kvbench costs`, in the order in which they are shown. A new one is a row here and a
 * value that its part gives.
 */
export const costFigures = {
  'build.cold': {
    part: 'build',
    label: 'cold',
    unit: 'ns',
    isTold: true,
    how: 'a release build with an empty compiler cache, all sources downloaded before',
  },
  'build.changed': {
    part: 'build',
    label: 'after a change',
    unit: 'ns',
    isTold: true,
    how: 'the same after a line was added to the file that handles requests',
  },
  'build.again': {
    part: 'build',
    label: 'again',
    unit: 'ns',
    how: 'the same with nothing changed',
  },
  'build.cpu': {
    part: 'build',
    label: 'CPU time, cold',
    unit: 'ns',
    how: 'CPU time of all processes of the cold build',
  },
  'build.busy': {
    part: 'build',
    label: 'CPUs kept busy, cold',
    unit: 'number',
    how: 'the same by how long it took: so many jobs at once are worth while',
  },
  'build.memory': {
    part: 'build',
    label: 'peak memory, cold',
    unit: 'bytes',
    how: 'the most that all processes of the cold build held at once, looked at ten times a second',
  },
  'build.jobs': {
    part: 'build',
    group: 'by jobs',
    label: 'cold, by jobs',
    unit: 'ns',
    each: 'jobs',
    how: 'a cold build by so many jobs at once, for each number that --jobs names',
  },
  'build.speed-up': {
    part: 'build',
    group: 'by jobs',
    label: 'speed-up, by jobs',
    unit: 'ratio',
    each: 'further jobs',
    how: 'the time with the fewest of them by that with so many, within a round',
  },
  'artifact.size': {
    part: 'artifact',
    label: 'size',
    unit: 'bytes',
    isTold: true,
    isExact: true,
    how: 'the executable as the build leaves it',
  },
  'artifact.stripped': {
    part: 'artifact',
    label: 'stripped',
    unit: 'bytes',
    isExact: true,
    how: 'the same without symbols, by strip',
  },
  'artifact.compressed': {
    part: 'artifact',
    label: 'stripped, gzip -9',
    unit: 'bytes',
    isExact: true,
    how: 'what travels over a network of it',
  },
  'artifact.code': {
    part: 'artifact',
    label: 'machine code',
    unit: 'bytes',
    isExact: true,
    how: 'its section .text, by readelf',
  },
  'artifact.libraries': {
    part: 'artifact',
    label: 'shared libraries',
    unit: 'count',
    isExact: true,
    how: 'what it links when it starts, by readelf',
  },
  'artifact.alone': {
    part: 'artifact',
    label: 'runs in an empty root',
    unit: 'flag',
    isExact: true,
    how: 'started with chroot in a directory that holds nothing else, as in an image FROM scratch, and asked',
  },
  'artifact.image': {
    part: 'artifact',
    label: 'smallest image',
    unit: 'bytes',
    isExact: true,
    how: 'the executable and the libraries that it needs, in a root in which it was started and asked',
  },
  'source.code': {
    part: 'source',
    label: 'lines of code',
    unit: 'count',
    isTold: true,
    isExact: true,
    how: 'of the server alone, without other stacks and stores of its family, tests, comments and empty lines, by sloc',
  },
  'source.comments': {
    part: 'source',
    label: 'lines of comments',
    unit: 'count',
    isExact: true,
    how: 'of the same files',
  },
  'source.branches': {
    part: 'source',
    label: 'branches',
    unit: 'count',
    isExact: true,
    how: 'of the same files: conditions, loops, cases, what catches, and operators that may leave out a side',
  },
  'source.tests': {
    part: 'source',
    label: 'lines of tests',
    unit: 'count',
    isExact: true,
    how: "code of files of tests, by their names, and of Rust's modules of tests inside of others",
  },
  'source.direct': {
    part: 'source',
    label: 'direct dependencies',
    unit: 'count',
    isExact: true,
    how: 'crates, modules or packages that are named by the server and built into it',
  },
  'source.dependencies': {
    part: 'source',
    label: 'all dependencies',
    unit: 'count',
    isTold: true,
    isExact: true,
    how: 'those and theirs, what only builds or tests need left out where that is known',
  },
  'source.duplicates': {
    part: 'source',
    label: 'in two versions',
    unit: 'count',
    isExact: true,
    how: 'dependencies that are built in more than one version',
  },
  'source.foreign': {
    part: 'source',
    label: 'lines of dependencies',
    unit: 'count',
    isExact: true,
    how: 'code of all dependencies, whether it is reached or not; without tests and the standard library',
  },
  'source.foreign-branches': {
    part: 'source',
    label: 'branches of dependencies',
    unit: 'count',
    isExact: true,
    how: 'of the same files',
  },
  'source.licences': {
    part: 'source',
    label: 'licences',
    unit: 'count',
    isExact: true,
    how: 'different licences of all dependencies, as they declare them',
  },
  'source.vulnerabilities': {
    part: 'source',
    label: 'known vulnerabilities',
    unit: 'count',
    isExact: true,
    how: 'in what is built in, by cargo audit and the advisory data of this machine; nothing is downloaded for it',
  },
  'source.unmaintained': {
    part: 'source',
    label: 'unmaintained or yanked',
    unit: 'count',
    isExact: true,
    how: 'by the same data',
  },
  'start.warm': {
    part: 'start',
    label: 'to the first answer',
    unit: 'ns',
    isTold: true,
    how: 'from the start of the process to its first right answer, its file in memory',
  },
  'start.cold': {
    part: 'start',
    label: 'with a cold page cache',
    unit: 'ns',
    how: 'the same with its file dropped from the page cache first; shared libraries stay there',
  },
  'start.cpu': {
    part: 'start',
    label: 'CPU until the first answer',
    unit: 'ns',
    how: 'CPU time of the process until the first right answer of a warm start',
  },
  'memory.idle': {
    part: 'memory',
    label: 'idle',
    unit: 'bytes',
    isTold: true,
    how: 'RSS half a second after the start',
  },
  'memory.idle-pss': {
    part: 'memory',
    label: 'idle, PSS',
    unit: 'bytes',
    how: 'the same with shared pages divided by those who share them',
  },
  'memory.idle-private': {
    part: 'memory',
    label: 'idle, private dirty',
    unit: 'bytes',
    how: 'what of it nobody else has and no file stands for',
  },
  'memory.key': {
    part: 'memory',
    label: 'a key',
    unit: 'bytes',
    isTold: true,
    how: 'growth of RSS by the number of keys stored, which is drawn anew in each round; the first twentieth of them is not counted',
  },
  'memory.key-overhead': {
    part: 'memory',
    label: 'a key, over its bytes',
    unit: 'bytes',
    how: 'the same without the bytes of key and value',
  },
  'memory.connection': {
    part: 'memory',
    label: 'an idle connection',
    unit: 'bytes',
    isTold: true,
    how: 'growth of RSS by the number of connections, each of which has been answered once, the first twentieth not counted; without what the kernel holds',
  },
  'memory.busy-connection': {
    part: 'memory',
    label: 'a busy connection',
    unit: 'bytes',
    how: 'growth of the highest RSS by the number of connections of a closed loop',
  },
  'memory.huge': {
    part: 'memory',
    label: 'a byte of huge values',
    unit: 'ratio',
    how: 'growth of RSS by the bytes of 64 values of 1,000,000 bytes, the first four not counted',
  },
  'release.second': {
    part: 'release',
    label: 'kept after a second',
    unit: 'share',
    how: 'of what RSS grew with idle connections, what is left a second after they have gone',
  },
  'release.minute': {
    part: 'release',
    label: 'kept after a minute',
    unit: 'share',
    how: 'the same after a minute',
  },
  'collector.keys': {
    part: 'collector',
    isByHeap: true,
    label: 'keys held',
    unit: 'count',
    isExact: true,
    how: 'stored before the load; of `max` as many as a quarter of the free memory takes and half a minute stores',
  },
  'collector.cycles': {
    part: 'collector',
    isByHeap: true,
    label: 'collections a second',
    unit: 'number',
    how: 'under an open loop of gets and posts at half of what a closed one answers',
  },
  'collector.cpu': {
    part: 'collector',
    isByHeap: true,
    label: 'CPU of the collector',
    unit: 'share',
    how: "of the server's CPU time, as the runtime estimates it",
  },
  'collector.assist': {
    part: 'collector',
    isByHeap: true,
    label: 'CPU of assists',
    unit: 'share',
    how: "of the server's CPU time, what of the marking requests had to do themselves, as they allocated",
  },
  'collector.pause': {
    part: 'collector',
    isByHeap: true,
    label: 'longest pause',
    unit: 'ns',
    how: 'of the whole program, as the runtime tells it',
  },
  'collector.scheduling': {
    part: 'collector',
    isByHeap: true,
    label: 'P99 until scheduled',
    unit: 'ns',
    how: 'how long goroutines that were ready waited until they ran, as the runtime tells it',
  },
  'collector.p99': {
    part: 'collector',
    isByHeap: true,
    label: 'P99 beside a collection',
    unit: 'ratio',
    how: 'median over intervals that hold the end of a collection, by that over those that surely hold nothing of one',
  },
  'collector.p999': {
    part: 'collector',
    isByHeap: true,
    label: 'P99.9 beside a collection',
    unit: 'ratio',
    how: 'of all requests answered in the one kind of intervals, by that in the other',
  },
  'collector.faults': {
    part: 'collector',
    isByHeap: true,
    label: 'page faults a second',
    unit: 'number',
    how: 'minor ones of all its processes: a page each that the kernel gives, mostly to the allocator',
  },
  'collector.faults-p99': {
    part: 'collector',
    isByHeap: true,
    label: 'P99 beside page faults',
    unit: 'ratio',
    how: 'median over tenths of a second with more of them than the middle one, by that over the others',
  },
  'threads.idle': {
    part: 'threads',
    label: 'idle threads',
    unit: 'count',
    how: 'of the operating system, half a second after the start',
  },
  'threads.loaded': {
    part: 'threads',
    label: 'loaded threads',
    unit: 'count',
    isTold: true,
    how: 'the same at the end of a closed loop',
  },
  'threads.switches': {
    part: 'threads',
    label: 'context switches a request',
    unit: 'number',
    how: 'voluntary and not, of all threads, in a closed loop',
  },
  'threads.stack': {
    part: 'threads',
    label: 'stack of a goroutine',
    unit: 'bytes',
    how: 'growth of the stacks by that of goroutines, with idle connections',
  },
} as const satisfies Record<string, CostFigure>;

/** A row of the table. */
export type CostRowName = keyof typeof costFigures;

export const costRowNames = Object.keys(costFigures) as CostRowName[];

/** A figure as a result names it: that of a row, with the number of jobs where it is measured for each. */
export type CostFigureName = CostRowName | `${CostRowName}-${number}`;

/** All figures that are measured with these numbers of jobs, in the order in which they are shown. */
export function figureNames(jobs: readonly number[]): CostFigureName[] {
  const fewest = Math.min(...jobs);
  return costRowNames.flatMap((name): CostFigureName[] => {
    const { each } = rowOf(name);
    if (each === undefined) return [name];
    const wanted = each === 'jobs' ? jobs : jobs.filter((count) => count > fewest);
    return wanted.map((count): CostFigureName => `${name}-${count}`);
  });
}

/** The row of a figure. */
export function rowNameOf(name: CostFigureName): CostRowName {
  return (Object.hasOwn(costFigures, name) ? name : name.replace(/-\d+$/, '')) as CostRowName;
}

/** What is known of a figure; wider than its own literal types. */
export function aboutFigure(name: CostFigureName): CostFigure {
  const row = rowNameOf(name);
  const about = rowOf(row);
  if (row === name) return about;
  const jobs = plural(Number(name.slice(row.length + 1)), 'job');
  return { ...about, label: about.label.replace('by jobs', jobs) };
}

function rowOf(name: CostRowName): CostFigure {
  return costFigures[name];
}
