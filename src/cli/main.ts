import { CommanderError } from 'commander';
import { codeOf, exitCode, KvbenchError, messageOf } from '../errors.js';
import { printable } from '../report/format.js';
import { annotation } from '../report/github.js';
import type { CommandContext } from './context.js';
import { onGithub } from './github.js';
import { chalkFor, type Io, type Output } from './io.js';
import { createProgram } from './program.js';
import { withSourceLines } from './stack.js';

/** Runs one command line and gives the exit code: the only place that catches. */
export async function runCli(
  io: Io,
  replaced: Pick<CommandContext, 'kinds' | 'bundled'> = {},
): Promise<number> {
  let code: number = exitCode.ok;
  const setExitCode = (result: number) => {
    code = result;
  };
  try {
    const program = await createProgram({ io, setExitCode, ...replaced });
    await program.parseAsync([...io.args], { from: 'user' });
    return code;
  } catch (error) {
    return report(error, io);
  }
}

function report(error: unknown, io: Io): number {
  if (error instanceof CommanderError) {
    // commander has printed its own message; help and version are no errors.
    if (error.exitCode === 0) return exitCode.ok;
    // But for help in place of a command: then what is wrong, where it is seen, below the help.
    if (error.code === 'commander.help') return report(noCommand(io.args), io);
    // To `git bisect run` any other code below 128 would be a bad commit.
    return io.args.includes('--bisect') ? 255 : exitCode.usage;
  }
  const chalk = chalkFor(io.stderr, io.env);
  if (error instanceof KvbenchError) {
    io.stderr.write(`${chalk.red('error:')} ${printable(error.message)}\n`);
    io.stderr.write(`  ${printable(error.hint)}\n`);
    if (error.output) io.stderr.write(`\n${printable(error.output.trimEnd())}\n`);
    // Those of thresholds have been told one by one, with the result.
    if (onGithub(io.env) && (error.kind === 'usage' || error.kind === 'target')) {
      io.stderr.write(`${annotation('error', 'kvbench', `${error.message} ${error.hint}`)}\n`);
    }
    return error.exitCode;
  }
  return reportBug(error, io.stderr, io.env);
}

function noCommand([first, second]: readonly string[]): KvbenchError {
  const isHelp = first === 'help' && second !== undefined;
  const what = isHelp
    ? `There is no command named ${JSON.stringify(second)}.`
    : `No command was given${first === undefined ? '' : ` to kvbench ${first}`}.`;
  return new KvbenchError('usage', what, 'Choose one of those above.');
}

/** What nobody has expected, with its stack; no exit code that means anything else. */
function reportBug(error: unknown, stderr: Output, env: Io['env']): number {
  const chalk = chalkFor(stderr, env);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  stderr.write(`${chalk.red('kvbench has a bug:')} ${printable(withSourceLines(stack))}\n`);
  stderr.write('  Please report it with the command line that led here.\n');
  return 70;
}

/** The real process as an Io, run to its end. Sets no exit code itself. */
export async function main(proc: NodeJS.Process): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (interrupt.signal.aborted) {
      // The second time at once: children end because our ends of their pipes close.
      proc.exit(exitCode.interrupted);
    }
    interrupt.abort(
      new KvbenchError(
        'interrupted',
        `Interrupted by ${signal}.`,
        'All that was started has been ended.',
      ),
    );
    // Whatever still waits by then waits for something that never comes.
    setTimeout(() => {
      proc.stderr.write('error: Interrupted, and ended at once: something did not end in time.\n');
      proc.exit(exitCode.interrupted);
    }, longestEndMs).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) proc.on(signal, onSignal);
  ignoreClosedPipe(proc.stderr, () => {});
  // Nobody reads the result any more (`| head`): end tidily, and without an error.
  let readerGone = false;
  let unwritten: Error | null = null;
  ignoreClosedPipe(
    proc.stdout,
    () => {
      readerGone = true;
      interrupt.abort(new KvbenchError('interrupted', 'The reader of the output is gone.', ''));
    },
    (error) => {
      unwritten ??= error;
    },
  );
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    proc.on(event, (error) => proc.exit(reportBug(error, proc.stderr, proc.env)));
  }
  const code = await runCli({
    args: proc.argv.slice(2),
    env: proc.env,
    cwd: workingDirectory(proc),
    stdout: proc.stdout,
    stderr: readerGoneAware(proc.stderr, () => readerGone),
    get terminal() {
      const both = proc.stdin.isTTY && proc.stdout.isTTY;
      return both ? { input: proc.stdin, output: proc.stdout } : null;
    },
    signal: interrupt.signal,
  });
  if (unwritten !== null) {
    // A verdict is one whatever becomes of its text.
    proc.stderr.write(`error: What was to be printed can't be written: ${messageOf(unwritten)}.\n`);
    proc.stderr.write('  Free some space, or print to another place.\n');
    return code === exitCode.ok ? exitCode.usage : code;
  }
  return readerGone ? exitCode.ok : code;
}

/** Of the time after the first signal. */
const longestEndMs = 5000;

/** What relative paths begin at; a place where nothing is found where the directory is gone. */
function workingDirectory(proc: NodeJS.Process): string {
  try {
    return proc.cwd();
  } catch {
    return '/nonexistent';
  }
}

function ignoreClosedPipe(
  stream: NodeJS.WriteStream,
  onClosed: () => void,
  onFailed: (error: Error) => void = () => {},
): void {
  stream.on('error', (error) => {
    if (codeOf(error) === 'EPIPE') onClosed();
    else onFailed(error);
  });
}

/** Says nothing more once the reader is gone. */
function readerGoneAware(stream: NodeJS.WriteStream, gone: () => boolean): Output {
  return {
    write: (text) => gone() || stream.write(text),
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns;
    },
  };
}
