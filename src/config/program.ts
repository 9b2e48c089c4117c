import { SHARE_ENV, Worker } from 'node:worker_threads';
import { KvbenchError, messageOf } from '../errors.js';
import { packagePath } from '../package.js';

/** What the thread of a config program tells. */
export type ProgramOutcome =
  | { type: 'value'; value: unknown; functions: (string | number)[][] }
  | { type: 'failed'; reason: string }
  | { type: 'exited'; code: number };

const defaultTimeoutMs = 30_000;

export interface ProgramOptions {
  signal?: AbortSignal | undefined;
  /** How long it may take (default: 30 s). */
  timeoutMs?: number | undefined;
}

/**
 * The default export of a program, or what it resolves to if it is a function, as plain data. It
 * runs on a thread that is ended then, with all its timers and sockets, so that nothing it does,
 * ends or leaves open touches kvbench. Throws a usage error if it fails, ends itself, or gives
 * nothing in time; rejects with the reason of the signal.
 */
export async function runProgram(
  path: string,
  name: string,
  { signal, timeoutMs = defaultTimeoutMs }: ProgramOptions = {},
): Promise<unknown> {
  signal?.throwIfAborted();
  const worker = new Worker(packagePath('dist/config/program-worker.js'), {
    workerData: path,
    // It may set variables for what it has started.
    env: SHARE_ENV,
    // Standard output is for results.
    stdout: true,
  });
  worker.stdout.pipe(process.stderr, { end: false });
  const timer = new AbortController();
  try {
    return await new Promise((resolve, reject) => {
      const fail = (what: string) => reject(failure(name, what));
      worker.on('message', (outcome: ProgramOutcome) => {
        if (outcome.type === 'value') resolve(withFunctions(outcome));
        else if (outcome.type === 'failed') fail(`failed: ${firstLine(outcome.reason)}`);
        else fail(`ended itself with process.exit(${outcome.code})`);
      });
      worker.on('error', (error) => fail(`failed: ${firstLine(messageOf(error))}`));
      // All events are over, and what it waits for can't happen any more.
      worker.on('exit', () => fail('waits for a promise that never settles'));
      const late = setTimeout(() => fail(`gave no config within ${timeoutMs / 1000} s`), timeoutMs);
      timer.signal.addEventListener('abort', () => clearTimeout(late));
      signal?.addEventListener('abort', () => reject(signal.reason), { signal: timer.signal });
    });
  } finally {
    timer.abort();
    await worker.terminate();
  }
}

function failure(name: string, what: string): KvbenchError {
  return new KvbenchError(
    'usage',
    `${name} ${what}.`,
    'Mend the program: its default export is the config, or a function that gives it.',
  );
}

function firstLine(reason: string): string {
  const [line = ''] = reason.split('\n');
  return line.replace(/[.\s]+$/, '') || 'it threw nothing that can be shown';
}

/** With a function wherever there was one, so that it is told as a mistake of its kind. */
function withFunctions({ value, functions }: Extract<ProgramOutcome, { type: 'value' }>): unknown {
  const root = { value };
  for (const path of functions) {
    let at = root as unknown as Record<string | number, unknown>;
    const steps = ['value', ...path];
    for (const step of steps.slice(0, -1)) at = at[step] as typeof at;
    at[steps.at(-1) as string | number] = () => {};
  }
  return root.value;
}
