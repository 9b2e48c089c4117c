import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Io, Terminal } from '../../src/cli/io.js';
import { runCli } from '../../src/cli/main.js';
import { packagePath } from '../../src/package.js';
import type { ResultKind } from '../../src/report/kinds/kind.js';
import { type BundledTarget, bundledTarget } from '../../src/targets/bundled.js';
import type { Recipe } from '../../src/targets/recipe.js';
import { bundledTargets } from '../../src/targets/targets.js';

/** Runs a command line in this process; what it prints comes back as text. */
export async function cli(
  args: readonly string[],
  options: {
    env?: Record<string, string | undefined>;
    cwd?: string;
    terminal?: Terminal;
    signal?: AbortSignal;
    isTTY?: boolean;
    onStderr?: (text: string) => void;
    kinds?: readonly ResultKind[];
    bundled?: readonly BundledTarget[];
  } = {},
) {
  let stdout = '';
  let stderr = '';
  const isTTY = options.isTTY ?? false;
  const io: Io = {
    args,
    env: options.env ?? process.env,
    cwd: options.cwd ?? process.cwd(),
    terminal: options.terminal ?? null,
    stdout: { write: (text) => (stdout += text), isTTY, columns: 80 },
    stderr: {
      write: (text) => {
        stderr += text;
        options.onStderr?.(text);
      },
      isTTY,
      columns: 80,
    },
    signal: options.signal ?? new AbortController().signal,
  };
  const code = await runCli(io, { kinds: options.kinds, bundled: options.bundled });
  return { code, stdout, stderr };
}

/** Directories of a test's own for what kvbench keeps; `remove` takes them away. */
export async function ownDirs() {
  const dir = await mkdtemp(join(tmpdir(), 'kvbench-cli-'));
  return {
    dir,
    env: { ...process.env, XDG_CACHE_HOME: join(dir, 'cache'), XDG_STATE_HOME: join(dir, 'state') },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

/** The server is several files and an artifact is one: it only loads the others. */
const writeLauncher = `mkdir -p "$1" && printf '#!/usr/bin/env node\nimport "%s/reference.mjs";\n' "$0" >"$1/launch.mjs"`;

/** The servers that come with kvbench, and these, which a command line is to find as well. */
export function bundledAnd(...more: readonly BundledTarget[]): readonly BundledTarget[] {
  return [...bundledTargets, ...more];
}

/**
 * The reference server, of which a run examines no more than the requests that it sends: where the contract is
 * not what is tested. A fault that shows after five requests is none that an examination meets.
 */
export function unexaminedTarget(changes: Partial<Recipe> = {}): BundledTarget {
  return { ...fixtureTarget(changes), contract: false };
}

/** The reference server in Node as a target, of that name if no other; KV_FAULT makes it misbehave. */
export function fixtureTarget(changes: Partial<Recipe> = {}): BundledTarget {
  return bundledTarget({
    name: 'fixture',
    description: 'the reference server, in Node',
    sourceDir: 'fixtures/servers',
    isSource: (file) => file.endsWith('.mjs'),
    executable: 'launch.mjs',
    tool: { command: 'node', installHint: 'Install Node' },
    versionCommands: [[process.execPath, '--version']],
    fetchCommand: null,
    flags: [],
    buildCommand: ({ source, work }) => ['sh', '-c', writeLauncher, source, work],
    buildEnv: () => ({}),
    builtPath: ({ work }) => `${work}/launch.mjs`,
    ...changes,
  });
}

/** A copy of the package that a test can damage. */
export async function copyOfPackage(dir: string, entries: readonly string[]): Promise<void> {
  for (const entry of entries) {
    await cp(packagePath(entry), join(dir, entry), { recursive: true });
  }
}
