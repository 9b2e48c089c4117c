import { glob } from 'tinyglobby';
import type { TargetSpec } from '../config/target-spec.js';
import { KvbenchError } from '../errors.js';
import { argumentList, settingError } from './launch.js';
import { runTool } from './tool.js';

/** A command of the config that is run to its end before the server is started. */
type Step = Pick<
  NonNullable<TargetSpec['settings']['build']>,
  'command' | 'shell' | 'env' | 'timeoutMs'
>;

const defaultTimeoutMs = 600_000;

const words = {
  setup: { cannot: "can't be set up", late: 'was not set up', failed: 'was not set up' },
  build: { cannot: "can't be built", late: 'was not built', failed: 'did not build' },
} as const;

/** Runs it in the directory of the target; throws a `target` error with its output if it fails. */
export async function runStep(
  { name, dir, place }: TargetSpec,
  part: keyof typeof words,
  step: Step,
  signal: AbortSignal,
): Promise<void> {
  const command = argumentList(step.command);
  const timeoutMs = step.timeoutMs ?? defaultTimeoutMs;
  const env = step.env ?? {};
  const { failure, output } = await runTool(command, { cwd: dir, env, signal, timeoutMs });
  if (failure === null) return;
  const at = place(part, 'command');
  const { cannot, late, failed } = words[part];
  if (failure === 'not-found') {
    throw new KvbenchError(
      'target',
      `${name} ${cannot}: there is no command ${JSON.stringify(command[0])} (${at}).`,
      `Install it, or correct ${part}.command; a path is relative to the directory of the target.`,
    );
  }
  if (failure === 'timeout') {
    throw new KvbenchError(
      'target',
      `${name} ${late} within ${timeoutMs / 1000} s (${at}).`,
      `Raise ${part}.timeoutMs; the last output is below.`,
      { output },
    );
  }
  throw new KvbenchError(
    'target',
    `${name} ${failed}: ${JSON.stringify(command.slice(0, 3).join(' '))} failed (${at}).`,
    output ? 'Its output is below.' : 'It left no message; run it by hand in the same directory.',
    { output },
  );
}

/**
 * The files that patterns of the config name, relative to the directory of the target; those after `!`
 * are left out. Throws a usage error for a pattern that matches nothing.
 */
export async function inputFiles(
  spec: TargetSpec,
  part: 'setup' | 'build' | 'start',
  inputs: readonly string[],
): Promise<string[]> {
  const files = new Set<string>();
  for (const [index, pattern] of inputs.entries()) {
    if (pattern.startsWith('!')) continue;
    const found = await filesOf(spec.dir, [pattern, ...inputs.filter(isExclusion)]);
    if (found.length === 0) {
      throw settingError(
        spec,
        [part, 'inputs', index],
        `has an input pattern that matches no file: ${JSON.stringify(pattern)}`,
        'Correct it or take it away; patterns are relative to the directory of the target.',
      );
    }
    for (const file of found) files.add(file);
  }
  return [...files];
}

/** The files below a directory, or beside it with `../`, that patterns name; none of what git keeps there. */
export function filesOf(dir: string, patterns: readonly string[]): Promise<string[]> {
  const ignore = [...patterns.filter(isExclusion).map((text) => text.slice(1)), ...gitFiles];
  return glob(
    patterns.filter((text) => !isExclusion(text)),
    { cwd: dir, dot: true, ignore },
  );
}

/** Of a linked worktree it is a file. */
const gitFiles = ['**/.git', '**/.git/**'];

function isExclusion(pattern: string): boolean {
  return pattern.startsWith('!');
}
