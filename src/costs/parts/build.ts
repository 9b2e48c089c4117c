import { appendFile, copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KvbenchError } from '../../errors.js';
import { readRssBytes } from '../../observe/proc.js';
import { packagePath } from '../../package.js';
import type { Tree } from '../../processes/process-tree.js';
import { type Random, shuffled } from '../../random.js';
import { sourceFiles } from '../../targets/build.js';
import { argumentList } from '../../targets/launch.js';
import { keptProfile } from '../../targets/profile.js';
import type { Recipe } from '../../targets/recipe.js';
import { runTool, type ToolOutcome } from '../../targets/tool.js';
import {
  type CostContext,
  eachRound,
  noneOf,
  type OpenPart,
  type PartSession,
  type Samples,
} from '../part.js';

/** What its builds cost: of bundled servers from their recipe, of others by the command of their config. */
export const openBuild: OpenPart = async (subject, context) => {
  const { recipe, spec, artifact } = subject;
  if (recipe) return bundledBuilds(recipe, keptProfile(artifact), context);
  const build = spec?.settings.build;
  if (!spec || !build) return eachRound(1, async () => noneOf('build', 'its config has no build'));
  return ownBuilds(
    { command: argumentList(build.command), cwd: spec.dir, env: build.env ?? {} },
    context,
  );
};

interface Build {
  command: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
}

async function bundledBuilds(
  recipe: Recipe,
  profile: string | undefined,
  { settings, work, signal }: CostContext,
): Promise<PartSession> {
  const from = packagePath(recipe.sourceDir);
  const source = join(work, 'source');
  for (const file of await sourceFiles(recipe, from)) {
    await mkdir(dirname(join(source, file)), { recursive: true });
    await copyFile(join(from, file), join(source, file));
  }
  const { handler, tool } = recipe;
  // Of a tuned one it is the build by a profile that is there.
  const dirs = { source, work: join(work, 'build'), ...(profile !== undefined && { profile }) };
  const build = { command: recipe.buildCommand(dirs), cwd: source, env: recipe.buildEnv(dirs) };
  const options = { work, signal };
  if (recipe.fetchCommand) await measured({ ...build, command: recipe.fetchCommand }, options);
  const buildCold = async (env = {}) => {
    await rm(dirs.work, { recursive: true, force: true });
    return measured({ ...build, env: { ...build.env, ...env } }, options);
  };
  let changes = 0;
  return eachRound(settings.builds, async (random) => {
    const cold = await buildCold();
    if (handler) await appendFile(join(source, handler.file), handler.line(++changes));
    const after = await measured(build, options);
    const again = await measured(build, options);
    return {
      ...coldFigures(cold),
      'build.changed': handler ? after.ns : { reason: 'it has no file that handles requests' },
      'build.again': again.ns,
      ...(await timesByJobs(buildCold, variables[tool.command]?.jobs, settings.jobs, random)),
    };
  });
}

function coldFigures({ ns, cpuNs, peakBytes }: Cost) {
  const untold = { reason: 'its shell did not tell' };
  return {
    'build.cold': ns,
    'build.cpu': cpuNs ?? untold,
    'build.busy': cpuNs === null ? untold : cpuNs / ns,
    'build.memory': peakBytes ?? { reason: 'this system does not tell memory of processes' },
  };
}

/** Variables of a compiler, by the program that is called: where it keeps what it has compiled, and its jobs. */
const variables: Readonly<Record<string, { cache: string; jobs: string }>> = {
  // Of packages at once as well as of threads in the compiler.
  go: { cache: 'GOCACHE', jobs: 'GOMAXPROCS' },
  cargo: { cache: 'CARGO_TARGET_DIR', jobs: 'CARGO_BUILD_JOBS' },
};

/** How long cold builds take by these numbers of jobs, in an order that is drawn, and what more jobs bring. */
async function timesByJobs(
  buildCold: (env: Record<string, string>) => Promise<Cost>,
  variable: string | undefined,
  jobs: readonly number[] = [],
  random: Random,
): Promise<Samples> {
  if (variable === undefined) return {};
  const times = new Map<number, number>();
  for (const count of shuffled(jobs, random)) {
    times.set(count, (await buildCold({ [variable]: String(count) })).ns);
  }
  const longest = times.get(Math.min(...jobs)) ?? Number.NaN;
  return Object.fromEntries(
    [...times].flatMap(([count, ns]) => [
      [`build.jobs-${count}`, ns],
      [`build.speed-up-${count}`, longest / ns],
    ]),
  );
}

function ownBuilds(build: Build, { settings, work, signal }: CostContext): PartSession {
  const [tool = ''] = build.command;
  const known = variables[tool];
  const options = { work, signal };
  const cache = join(work, 'cache');
  const buildCold = async (env = {}) => {
    await rm(cache, { recursive: true, force: true });
    const moved = known && { [known.cache]: cache };
    return measured({ ...build, env: { ...build.env, ...moved, ...env } }, options);
  };
  const unknown = `kvbench does not know where ${tool} keeps what it has compiled`;
  return eachRound(settings.builds, async (random) => {
    const again = await measured(build, options);
    const cold = known
      ? {
          ...coldFigures(await buildCold()),
          ...(await timesByJobs(buildCold, known.jobs, settings.jobs, random)),
        }
      : noneOf('build', unknown);
    return {
      ...cold,
      'build.changed': { reason: 'its config does not say which file handles requests' },
      'build.again': again.ns,
    };
  });
}

interface Cost {
  ns: number;
  /** Of all processes that ended and were waited for. */
  cpuNs: number | null;
  peakBytes: number | null;
}

/** Prints what its children have used, once the command has ended; its arguments are not looked at. */
const timed = '"$@"; status=$?; times >"$KVBENCH_TIMES"; exit $status';

async function measured(
  { command, cwd, env }: Build,
  { work, signal }: { work: string; signal: AbortSignal },
): Promise<Cost> {
  const times = join(work, 'times');
  const peak = { bytes: 0 };
  const startMs = performance.now();
  const outcome = await runTool(['sh', '-c', timed, 'sh', ...command], {
    cwd,
    env: { ...env, KVBENCH_TIMES: times },
    signal,
    workDir: work,
    watch: (tree) => watchMemory(tree, peak),
  });
  const ns = Math.round((performance.now() - startMs) * 1e6);
  if (outcome.failure) throw failure(command, outcome);
  const text = await readFile(times, 'utf8').catch(() => '');
  return { ns, cpuNs: childrenNs(text), peakBytes: peak.bytes > 0 ? peak.bytes : null };
}

function failure(command: readonly string[], { output }: ToolOutcome): KvbenchError {
  return new KvbenchError(
    'target',
    `\`${command.slice(0, 2).join(' ')}\` failed.`,
    'Its output is below.',
    { output },
  );
}

const lookMs = 100;

/** Keeps the most that all processes of a tree hold together; the function that it gives ends that. */
function watchMemory(tree: Tree, peak: { bytes: number }): () => void {
  const look = async () => {
    const each = await Promise.all(tree.members().map(({ pid }) => readRssBytes(pid)));
    peak.bytes = Math.max(
      peak.bytes,
      each.reduce<number>((sum, rss) => sum + (rss ?? 0), 0),
    );
  };
  const timer = setInterval(() => void look(), lookMs);
  return () => clearInterval(timer);
}

/** User and system time of children from what the shell's `times` prints: its second line. */
export function childrenNs(text: string): number | null {
  const [, children = ''] = text.split('\n');
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  if (parts.length !== 2) return null;
  const seconds = parts.reduce((sum, [, min, sec]) => sum + Number(min) * 60 + Number(sec), 0);
  return Math.round(seconds * 1e9);
}
