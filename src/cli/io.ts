import type { Readable, Writable } from 'node:stream';
import { Chalk, type ChalkInstance } from 'chalk';

/** The parts of a stream that the CLI uses. */
export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Both ends of a terminal, for questions. */
export interface Terminal {
  input: Readable;
  output: Writable;
}

/** The process as the CLI sees it; tests pass a fake. */
export interface Io {
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute: what relative paths on the command line are relative to. */
  cwd: string;
  stdout: Output;
  stderr: Output;
  /** Where somebody can be asked; null or missing: nobody sits there. */
  readonly terminal?: Terminal | null;
  /** Aborts when the user wants to end, with the reason as a KvbenchError. */
  signal: AbortSignal;
}

/** Whether plots are wanted, and for what: undefined with --no-plot. */
export function plotFor(
  { env }: Pick<Io, 'env'>,
  { plot }: { plot?: boolean },
): { ascii: boolean } | undefined {
  return plot === false ? undefined : { ascii: isAscii(env) };
}

/** How a report is written to a stream: its colours, and the columns of a terminal. */
export function mediumFor(
  output: Output,
  env: Io['env'],
): { chalk: ChalkInstance; width: number | undefined } {
  const width = output.isTTY && output.columns ? output.columns : undefined;
  return { chalk: chalkFor(output, env), width };
}

/** Whether the locale has nothing but ASCII for sure, as C has. */
function isAscii(env: Io['env']): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return env['TERM'] === 'linux' || /^(C|POSIX)$/.test(locale) || /\.(?!utf-?8)/i.test(locale);
}

/** Colours for one stream: none unless it is a terminal, none with NO_COLOR, always with FORCE_COLOR. */
export function chalkFor(output: Output, env: Io['env']): ChalkInstance {
  const wanted = env['FORCE_COLOR']
    ? env['FORCE_COLOR'] !== '0'
    : output.isTTY === true && env['TERM'] !== 'dumb';
  return new Chalk({ level: wanted && !env['NO_COLOR'] ? 1 : 0 });
}
