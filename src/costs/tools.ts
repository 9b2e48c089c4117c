import { execa } from 'execa';
import { codeOf } from '../errors.js';

/** What a program of the system said; or why it did not. */
export type Said = { text: string } | { reason: string };

const limitMs = 120_000;

/** Runs a program of the system that only tells, with no input and no shell; `codes` are those of its success. */
export async function ask(
  command: readonly string[],
  {
    signal,
    cwd,
    env = {},
    codes = [0],
  }: {
    signal: AbortSignal;
    cwd?: string;
    env?: Readonly<Record<string, string>>;
    codes?: readonly number[];
  },
): Promise<Said> {
  const [file = '', ...args] = command;
  const result = await execa(file, args, {
    ...(cwd !== undefined && { cwd }),
    stdin: 'ignore',
    reject: false,
    timeout: limitMs,
    cancelSignal: signal,
    // Words that are looked for are those of one language.
    env: { ...env, LC_ALL: 'C' },
    maxBuffer: 64 * 2 ** 20,
  });
  signal.throwIfAborted();
  if (codeOf(result.cause) === 'ENOENT') return { reason: `there is no ${file} on the PATH` };
  if (result.failed && !codes.includes(result.exitCode ?? -1)) {
    const [line = ''] = String(result.stderr).trim().split('\n').slice(-1);
    return { reason: `${file} failed${line === '' ? '' : `: ${line.slice(0, 200)}`}` };
  }
  return { text: String(result.stdout) };
}

/** What a text says as JSON; null where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
