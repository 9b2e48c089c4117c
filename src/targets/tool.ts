import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { codeOf, KvbenchError } from '../errors.js';
import { type Guarded, StartFailure, startGuarded } from '../processes/guarded.js';
import type { Tree } from '../processes/process-tree.js';
import { sideBySide } from '../side-by-side.js';
import { collectOutput } from './output.js';
import type { Recipe } from './recipe.js';

/** The toolchain's own words on its version, one line a command. */
export async function toolchainVersion(recipe: Recipe, cwd: string): Promise<string> {
  const { versionCommands } = recipe;
  const lines = await sideBySide(versionCommands, versionCommands.length, async (asked) => {
    const [command = '', ...args] = asked;
    const result = await execa(command, args, { cwd, reject: false, stdin: 'ignore' });
    if (codeOf(result.cause) === 'ENOENT') throw missingTool(recipe, command, result.cause);
    if (result.failed) {
      throw new KvbenchError(
        'target',
        `\`${asked.join(' ')}\` failed, so ${recipe.name} can't be built.`,
        `Check the installation. ${recipe.tool.installHint}.`,
        { output: String(result.stderr) || result.shortMessage },
      );
    }
    return result.stdout.trim();
  });
  return lines.join('\n');
}

function missingTool({ name, tool }: Recipe, command: string, cause: unknown): KvbenchError {
  return new KvbenchError(
    'target',
    `${name} can't be built: there is no \`${command}\` on the PATH.`,
    `${tool.installHint}, or leave ${name} out with --targets.`,
    { cause },
  );
}

interface ToolOptions {
  cwd: string;
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
  timeoutMs?: number;
  /** To be removed if kvbench is killed meanwhile. */
  workDir?: string;
  /** Looks at its processes while they run; the function that it gives ends that. */
  watch?: (tree: Tree) => () => void;
}

/** How a tool's run came out, and the last of what it printed. */
export interface ToolOutcome {
  failure: null | 'not-found' | 'timeout' | 'failed';
  output: string;
}

const keptOutputChars = 256 * 1024;

/**
 * Runs a build tool to its end, with a directory for temporary files that is removed afterwards: tools
 * that are killed leave theirs. Ends it with all that it started when the signal aborts, when the
 * time is up, and when kvbench itself ends, however that happens.
 */
export async function runTool(
  command: readonly string[],
  { cwd, env, signal, timeoutMs, workDir, watch }: ToolOptions,
): Promise<ToolOutcome> {
  signal.throwIfAborted();
  const tmpDir = await mkdtemp(join(tmpdir(), 'kvbench-build-'));
  let guarded: Guarded;
  try {
    guarded = await startGuarded(command, {
      cwd,
      env: { TMPDIR: tmpDir, ...env },
      cpus: null,
      stdin: false,
      tmpDir,
      workDir: workDir ?? null,
    });
  } catch (error) {
    await rm(tmpDir, { recursive: true, force: true });
    if (!(error instanceof StartFailure)) throw error;
    return { failure: error.isMissing ? 'not-found' : 'failed', output: error.message };
  }
  const output = collectOutput([guarded.stdout, guarded.stderr], keptOutputChars);
  const unwatch = watch?.(guarded.tree);
  let timedOut = false;
  const end = () => void guarded.release();
  const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs);
  function onTimeout() {
    timedOut = true;
    end();
  }
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const { exitCode } = await guarded.ended;
  clearTimeout(timer);
  unwatch?.();
  signal.removeEventListener('abort', end);
  // What it left behind, as the daemon of a build tool, would take CPU from what is measured.
  await guarded.release();
  signal.throwIfAborted();
  const failure = timedOut ? 'timeout' : exitCode === 0 ? null : 'failed';
  return { failure, output: output.text() };
}
