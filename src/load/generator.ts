import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hrtimeMs } from '../hrtime.js';
import { packagePath } from '../package.js';
import { endWithUs } from '../processes/watch.js';
import { readLines, toLine } from './lines.js';
import { mergeLive, mergeLoad, mergeReadBack, mergeTransfer } from './merge.js';
import { nativeLines } from './native/lines.js';
import type {
  Engine,
  EngineRequest,
  FromWorker,
  LiveFigures,
  LoadOutcome,
  OnLive,
  ReadBackOutcome,
  ToWorker,
  TransferOutcome,
  Workload,
} from './protocol.js';

/** Engines in processes of their own, so that nothing else that we do delays a request. */
export interface Generator extends Engine {
  /** Of the processes, for whoever wants to know what they use. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

export interface GeneratorOptions {
  /** What loads: undici on Node, or the native engine, whose executable `buildLoadEngine` gives. */
  engine: EngineChoice;
  workload: Workload;
  /** How long each process may warm itself up before its first load; see `warmUp`. */
  warmUpMs: number;
  processes: number;
  /** Wraps a command to bind it to CPUs; told which process it is for. */
  pin: (command: readonly string[], process: number) => string[];
}

export type EngineChoice = { name: 'undici' } | { name: 'native'; executable: string };

/** Far enough ahead that every process has heard of it by then. */
const barrierLeadMs = 3;

/**
 * Starts the processes; each is given its share of the keys, the connections and the schedule, and
 * they begin every slice together. A call rejects if one of them ends before it has answered.
 */
export function startGenerator({
  engine,
  workload,
  warmUpMs,
  processes,
  pin,
}: GeneratorOptions): Generator {
  let waitingAtBarrier = 0;
  const onBarrier = () => {
    if (++waitingAtBarrier < workers.length) return;
    waitingAtBarrier = 0;
    // The clock of `hrtime` is the machine's, and so the same in every process.
    const startAtMs = hrtimeMs() + barrierLeadMs;
    for (const { send } of workers) send({ startAtMs });
  };
  const workers = Array.from({ length: processes }, (_, index) =>
    startWorker(engine, (command) => pin(command, index), onBarrier),
  );
  for (const [index, { send }] of workers.entries()) {
    send({ workload, warmUpMs, share: { index, count: processes } });
  }
  const all = <T>(request: (id: number) => EngineRequest): Promise<T[]> =>
    Promise.all(workers.map((worker) => worker.call<T>(request)));

  return {
    pids: workers.map(({ pid }) => pid),
    preload: async (endpoint) =>
      mergeTransfer(await all<TransferOutcome>((id) => ({ id, call: 'preload', endpoint }))),
    load: async (spec, onLive) => {
      const latest = new Map<number, LiveFigures[]>();
      const collect = (worker: number) => (live: LiveFigures[]) => {
        latest.set(worker, live);
        if (latest.size < workers.length) return;
        onLive?.(mergeLive([...latest.values()]));
        latest.clear();
      };
      const parts = workers.map((worker, index) =>
        worker.call<LoadOutcome[]>((id) => ({ id, call: 'load', spec }), collect(index)),
      );
      return mergeLoad(await Promise.all(parts));
    },
    readBack: async (target) =>
      mergeReadBack(await all<ReadBackOutcome | null>((id) => ({ id, call: 'readBack', target }))),
    release: async () => void (await all((id) => ({ id, call: 'release' }))),
    stop: async () => void (await Promise.all(workers.map(({ stop }) => stop()))),
  };
}

/**
 * A collection delays the requests after it. A large new space makes it rare (nearly nothing of it
 * lives on, so it does not take longer in proportion), and helper threads would only compete with
 * the loop for the CPU that they share.
 *
 * @public for the benchmarks of the engine
 */
export const heapFlags = [
  '--single-threaded-gc',
  '--min-semi-space-size=32',
  '--max-semi-space-size=32',
];

function commandOf(engine: EngineChoice): string[] {
  if (engine.name === 'native') return [engine.executable];
  return [process.execPath, ...heapFlags, packagePath('dist/load/worker.js')];
}

function startWorker(
  engine: EngineChoice,
  pin: (command: readonly string[]) => string[],
  onBarrier: () => void,
) {
  const [file = '', ...args] = pin(commandOf(engine));
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Not in the terminal's group: on Ctrl-C the parent decides when it ends.
    detached: true,
  });
  endWithUs(child);
  const waiting = new Map<
    number,
    { resolve: (value: never) => void; reject: (e: Error) => void; onLive: OnLive | undefined }
  >();
  let nextId = 0;
  let stderr = '';
  let failure: Error | null = null;

  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4096);
  });
  child.on('error', fail);
  child.on('exit', (code, signal) => {
    fail(new Error(`the load generator ended (${signal ?? `exit code ${code}`}) ${stderr}`.trim()));
  });
  const take = (message: FromWorker) => {
    if ('barrier' in message) return onBarrier();
    const call = waiting.get(message.id);
    if ('live' in message) return call?.onLive?.(message.live);
    waiting.delete(message.id);
    if (message.ok) call?.resolve(message.value as never);
    else call?.reject(new Error(`the load generator failed: ${message.message}`));
  };
  readLines(child.stdout, take, ({ message }) => {
    fail(new Error(`the load generator sent ${message}`));
    child.kill('SIGKILL');
  });
  // A failure to send shows as the process's exit.
  child.stdin.on('error', () => {});
  const encode = engine.name === 'native' ? nativeLines() : null;
  const send = (message: ToWorker) => {
    for (const line of encode?.(message) ?? [message]) child.stdin.write(toLine(line));
  };
  return {
    pid: child.pid ?? 0,
    send,
    call: <T>(request: (id: number) => EngineRequest, onLive?: OnLive): Promise<T> =>
      new Promise<T>((resolve, reject) => {
        if (failure) return reject(failure);
        const id = nextId++;
        waiting.set(id, { resolve, reject, onLive });
        send(request(id));
      }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
