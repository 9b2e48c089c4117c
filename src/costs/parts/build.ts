import { appendFile, copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KvbenchError } from '../../errors.js';
import { readRssBytes } from '../../observe/proc.js';
import { packagePath } from '../../package.js';
import { sourceFiles } from '../../targets/build.js';
import { argumentList } from '../../targets/launch.js';
import type { Tree } from '../../targets/process-tree.js';
import { keptProfile } from '../../targets/profile.js';
import type { Recipe } from '../../targets/recipe.js';
import { runTool, type ToolOutcome } from '../../targets/tool.js';
import { type CostContext, eachRound, noneOf, type OpenPart, type PartSession } from '../part.js';

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
  const { handler } = recipe;
  // Of a tuned one it is the build by a profile that is there.
  const dirs = { source, work: join(work, 'build'), ...(profile !== undefined && { profile }) };
  const build = { command: recipe.buildCommand(dirs), cwd: source, env: recipe.buildEnv(dirs) };
  const options = { work, signal };
  if (recipe.fetchCommand) await measured({ ...build, command: recipe.fetchCommand }, options);
  let changes = 0;
  return eachRound(settings.builds, async () => {
    await rm(dirs.work, { recursive: true, force: true });
    const cold = await measured(build, options);
    if (handler) await appendFile(join(source, handler.file), handler.line(++changes));
    const after = await measured(build, options);
    const again = await measured(build, options);
    return {
      ...coldFigures(cold),
      'build.changed': handler ? after.ns : { reason: 'it has no file that handles requests' },
      'build.again': again.ns,
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

/** The variable that moves a compiler's cache, by the program that is called. */
const cacheVariables: Readonly<Record<string, string>> = {
  go: 'GOCACHE',
  cargo: 'CARGO_TARGET_DIR',
};

function ownBuilds(build: Build, { settings, work, signal }: CostContext): PartSession {
  const [tool = ''] = build.command;
  const variable = cacheVariables[tool];
  const options = { work, signal };
  return eachRound(settings.builds, async () => {
    const again = await measured(build, options);
    const cache = join(work, 'cache');
    await rm(cache, { recursive: true, force: true });
    const unknown = { reason: `kvbench does not know where ${tool} keeps what it has compiled` };
    const cold = variable
      ? await measured({ ...build, env: { ...build.env, [variable]: cache } }, options)
      : null;
    return {
      ...(cold
        ? coldFigures(cold)
        : {
            'build.cold': unknown,
            'build.cpu': unknown,
            'build.busy': unknown,
            'build.memory': unknown,
          }),
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
    ...{ cwd, env: { ...env, KVBENCH_TIMES: times }, signal, workDir: work },
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
