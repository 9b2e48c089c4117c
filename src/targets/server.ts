import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import * as z from 'zod';
import { KvbenchError, messageOf } from '../errors.js';
import { storeOf } from '../plan/plan.js';
import { pinCommand } from '../processes/pin.js';
import { endWithUs } from '../processes/watch.js';
import { killedWarning, type RunningServer, type StartOptions } from './target.js';

interface ServerOptions {
  target: string;
  command: readonly string[];
  cpus: readonly number[] | null;
  signal: AbortSignal;
  readyTimeoutMs?: number;
  stopTimeoutMs?: number;
  env?: Record<string, string>;
  onWarning?: StartOptions['onWarning'];
}

/** We asked for this one; a server that names another must not send our load elsewhere. */
const loopbackAddress = z.string().regex(/^127\.0\.0\.1:\d{1,5}$/);

const listeningSchema = z.object({
  event: z.literal('listening'),
  addr: loopbackAddress,
  adminAddr: loopbackAddress,
});

/** A second more than the contract allows. */
const defaultStopMs = 6000;
const keptOutputBytes = 4096;

/**
 * Starts a server and waits for its listening line. Throws a `target` error if it ends first, says
 * something else, or says nothing in time. It ends with us even if we are killed.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { target, signal, stopTimeoutMs = defaultStopMs } = options;
  signal.throwIfAborted();
  const [file = '', ...args] = pinCommand(options.cpus, options.command);
  const startedMs = performance.now();
  const child = execa(file, args, {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    // Not in the terminal's group: Ctrl-C must reach us first, so that we can end it tidily.
    detached: true,
    cleanup: false,
    ...(options.env && { env: options.env }),
  });
  endWithUs(child);
  child.stdin.on('error', () => {});
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-keptOutputBytes);
  });

  let stopping = false;
  const ended = child.then(({ exitCode, signal: by, originalMessage }) => ({
    text: by
      ? `ended by ${by}`
      : exitCode === undefined
        ? originalMessage
        : `exited with code ${exitCode}`,
  }));
  const stop = async () => {
    stopping = true;
    child.kill('SIGTERM');
    child.stdin.destroy();
    const timer = new AbortController();
    const late = delay(stopTimeoutMs, null, { signal: timer.signal }).then(
      () => {
        child.kill('SIGKILL');
        options.onWarning?.(
          killedWarning(
            target,
            `it had ${stopTimeoutMs / 1000} s`,
            'A server must end on SIGTERM; see docs/contract.md.',
          ),
        );
      },
      () => {},
    );
    await ended;
    timer.abort();
    await late;
  };

  try {
    const line = await firstLine(child.stdout, {
      ended,
      signal,
      target,
      timeoutMs: options.readyTimeoutMs ?? 10_000,
      stderr: () => stderr,
    });
    const { addr, adminAddr } = parseListening(target, line);
    const pid = child.pid as number;
    const died = ended.then(({ text }) => {
      if (stopping) return new Promise<never>(() => {});
      throw new KvbenchError(
        'target',
        `${target} ${text} while it was needed.`,
        stderr
          ? 'Its last output is below.'
          : `It left no message; try \`kvbench serve ${storeOf(target)}\`.`,
        { output: stderr },
      );
    });
    died.catch(() => {});
    return {
      target,
      origin: `http://${addr}`,
      adminOrigin: `http://${adminAddr}`,
      startedMs,
      pids: () => (stopping ? [] : [pid]),
      died,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface FirstLineOptions {
  target: string;
  ended: Promise<{ text: string | undefined }>;
  signal: AbortSignal;
  timeoutMs: number;
  stderr: () => string;
}

async function firstLine(
  stdout: NodeJS.ReadableStream,
  { target, ended, signal, timeoutMs, stderr }: FirstLineOptions,
): Promise<string> {
  const done = new AbortController();
  const lines = createInterface({ input: stdout });
  const line = new Promise<string>((resolve) => lines.once('line', resolve));
  const fail = (message: string, hint: string) =>
    new KvbenchError('target', message, hint, { output: stderr() });
  try {
    return await Promise.race([
      line,
      ended.then(({ text }) => {
        throw fail(
          `${target} ${text} before it listened.`,
          stderr() ? 'Its last output is below.' : 'It left no message.',
        );
      }),
      delay(timeoutMs, null, { signal: AbortSignal.any([done.signal, signal]) }).then(() => {
        throw fail(
          `${target} did not say within ${timeoutMs / 1000} s where it listens.`,
          'A server must print its listening line first; see docs/contract.md.',
        );
      }),
    ]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    done.abort();
    lines.close();
    stdout.resume();
  }
}

function parseListening(target: string, line: string) {
  try {
    return listeningSchema.parse(JSON.parse(line));
  } catch (error) {
    throw new KvbenchError(
      'target',
      `${target} began with ${JSON.stringify(line.slice(0, 80))} in place of its listening line.`,
      'A server must print its listening line first; see docs/contract.md.',
      { cause: new Error(messageOf(error)) },
    );
  }
}
