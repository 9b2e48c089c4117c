import { execa } from 'execa';
import { codeOf, KvbenchError } from '../errors.js';
import { packagePath } from '../package.js';
import type { Target } from './targets.js';

/** The toolchain's own words on its version, one line a command. */
export async function toolchainVersion(target: Target, cwd: string): Promise<string> {
  const lines: string[] = [];
  for (const [command = '', ...args] of target.versionCommands) {
    const result = await execa(command, args, { cwd, reject: false, stdin: 'ignore' });
    if (codeOf(result.cause) === 'ENOENT') throw missingTool(target, command);
    if (result.failed) {
      throw new KvbenchError(
        'target',
        `\`${[command, ...args].join(' ')}\` failed, so ${target.name} can't be built.`,
        `Check the installation. ${target.tool.installHint}.`,
        { output: String(result.stderr) || result.shortMessage },
      );
    }
    lines.push(result.stdout.trim());
  }
  return lines.join('\n');
}

function missingTool(target: Target, command: string): KvbenchError {
  return new KvbenchError(
    'target',
    `${target.name} can't be built: there is no \`${command}\` on the PATH.`,
    `${target.tool.installHint}, or leave ${target.name} out with --targets.`,
  );
}

interface ToolOptions {
  cwd: string;
  env: Record<string, string>;
  signal: AbortSignal;
}

/**
 * Runs a build tool to its end, and gives its output. Ends it with all its children when the
 * signal aborts and when kvbench itself ends, however that happens.
 */
export async function runTool(command: readonly string[], { cwd, env, signal }: ToolOptions) {
  signal.throwIfAborted();
  const child = execa(process.execPath, [packagePath('dist/targets/guard.js'), ...command], {
    cwd,
    env,
    // A group of its own: the terminal's Ctrl-C must reach us first, and the guard ends the group.
    detached: true,
    cleanup: false,
    stdin: 'pipe',
    all: true,
    reject: false,
  });
  const end = () => child.stdin.destroy();
  signal.addEventListener('abort', end, { once: true });
  try {
    const { failed, all } = await child;
    signal.throwIfAborted();
    return { failed, output: all };
  } finally {
    signal.removeEventListener('abort', end);
  }
}
