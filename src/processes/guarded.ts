import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { packagePath } from '../package.js';
import { pinCommand } from './pin.js';
import { markName, type ProcessId, readStat, type Tree, treeBelow } from './process-tree.js';

/** What the guard is told. */
export type GuardOrder =
  | {
      type: 'start';
      command: readonly string[];
      env: Readonly<Record<string, string>>;
      mark: string;
      stdin: boolean;
    }
  | { type: 'know'; members: ProcessId[]; tmpDir: string | null; workDir: string | null };

/** What it tells. */
export type GuardEvent =
  | { type: 'started'; pid: number }
  | { type: 'failed'; code: string; message: string }
  | { type: 'ended'; exitCode: number | null; signal: string | null };

/** How a command ended; both null if its guard was killed, and nobody saw it. */
export interface Ending {
  exitCode: number | null;
  signal: string | null;
}

/** A command under a guard, which ends all its processes if we can't. */
export interface Guarded {
  tree: Tree;
  stdout: Readable;
  stderr: Readable;
  /** How the command itself ended; others of its tree may go on. */
  ended: Promise<Ending>;
  /** Has the guard kill what is left of the tree; returns when all are gone. */
  release(): Promise<void>;
}

interface GuardedOptions {
  cwd: string;
  env: Readonly<Record<string, string>>;
  cpus: readonly number[] | null;
  /** Whether its standard input stays open for as long as it is needed. */
  stdin: boolean;
  /** To be removed in the end, by the guard if we are gone. */
  tmpDir?: string | null;
  /** To be removed by the guard, if we are gone and can't. */
  workDir?: string | null;
}

/** A command that can't be started; `isMissing`: there is none of that name. */
export class StartFailure extends Error {
  readonly isMissing: boolean;

  constructor(code: string, message: string) {
    super(message);
    this.isMissing = code === 'ENOENT';
  }
}

/** Starts a command under a guard of its own; throws a `StartFailure` if there is no such command. */
export async function startGuarded(
  command: readonly string[],
  { cwd, env, cpus, stdin, tmpDir = null, workDir = null }: GuardedOptions,
): Promise<Guarded> {
  const mark = randomBytes(12).toString('hex');
  // Pinned before it starts the command, so that a command that is not there can be told from taskset's own failures.
  const [file = '', ...args] = pinCommand(cpus, [
    process.execPath,
    packagePath('dist/processes/guard.js'),
  ]);
  const guard = spawn(file, args, {
    cwd,
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    // A session of its own: the terminal's Ctrl-C must reach us first, and it is how we know ours.
    detached: true,
  });
  guard.stdin?.on('error', () => {});
  const closed = once(guard, 'close');
  closed.catch(() => {});
  const gone = new Promise<null>((resolve) => {
    guard.once('exit', () => resolve(null));
    guard.once('error', () => resolve(null));
  });
  const release = async () => {
    guard.stdin?.destroy();
    await gone;
    // The last output; a process that can't be killed would keep the pipes open.
    await Promise.race([closed.catch(() => {}), patience()]);
    guard.stdout?.destroy();
    guard.stderr?.destroy();
  };
  const ended = nextEvent(guard, gone, 'ended').then(
    (event): Ending => event ?? { exitCode: null, signal: null },
  );
  try {
    const started = nextEvent(guard, gone, 'started');
    const failed = nextEvent(guard, gone, 'failed');
    await new Promise<void>((resolve, reject) => {
      guard.once('error', reject);
      guard.once('spawn', resolve);
    });
    const tree = treeBelow({ guardPid: guard.pid as number, mark: `${markName}=${mark}` });
    send(guard, { type: 'start', command, env, mark, stdin });
    send(guard, { type: 'know', members: [], tmpDir, workDir });
    const event = await Promise.race([started, failed]);
    if (event?.type !== 'started') {
      throw new StartFailure(event?.code ?? 'unknown', event?.message ?? 'the guard ended');
    }
    tree.remember([{ pid: event.pid, startTicks: readStat(event.pid)?.startTicks ?? 0 }]);
    return {
      tree: tellingGuard(tree, (members) => {
        send(guard, { type: 'know', members, tmpDir, workDir });
      }),
      stdout: guard.stdout as Readable,
      stderr: guard.stderr as Readable,
      ended,
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The tree, with what we see of it told to the guard, who may have to end it without us. */
function tellingGuard(tree: Tree, tell: (members: ProcessId[]) => void): Tree {
  let told = '';
  const known = <T extends readonly ProcessId[]>(processes: T): T => {
    const pids = processes.map(({ pid }) => pid).join();
    if (pids !== told) tell(processes.map(({ pid, startTicks }) => ({ pid, startTicks })));
    told = pids;
    return processes;
  };
  return {
    signal: (signal) => tree.signal(signal),
    remember: (ids) => tree.remember(ids),
    members: () => known(tree.members()),
    counted: () => known(tree.counted()),
  };
}

/** The first event of a kind, or null if the guard has gone without. */
function nextEvent<T extends GuardEvent['type']>(
  guard: ChildProcess,
  gone: Promise<null>,
  type: T,
): Promise<Extract<GuardEvent, { type: T }> | null> {
  const event = new Promise<Extract<GuardEvent, { type: T }>>((resolve) => {
    guard.on('message', (message) => {
      const candidate = message as GuardEvent;
      if (candidate.type === type) resolve(candidate as Extract<GuardEvent, { type: T }>);
    });
  });
  return Promise.race([event, gone]);
}

function send(guard: ChildProcess, order: GuardOrder): void {
  // It fails if the guard has ended, which `ended` tells.
  if (guard.connected) guard.send(order, () => {});
}

function patience(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000).unref());
}
