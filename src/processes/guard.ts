/**
 * Runs one command for kvbench, and ends it with all its processes as soon as standard input ends:
 * that happens when kvbench wants it, and also when kvbench has been killed. It is started as the
 * leader of a session of its own. What to run comes as a message, or in the arguments.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { killTree } from './end-tree.js';
import type { GuardEvent, GuardOrder } from './guarded.js';
import { markName, type Tree, treeBelow } from './process-tree.js';

let tree: Tree | null = null;
let tmpDir: string | null = null;
let workDir: string | null = null;
/** Kvbench; another takes its place when it is gone. */
const parent = process.ppid;

if (process.send) process.on('message', obey);
else start({ type: 'start', command: process.argv.slice(2), env: {}, mark: '', stdin: false });

process.stdin.on('close', () => void endAll());
process.stdin.on('error', () => {});
process.stdin.resume();
// They are for the command, which shares our group.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP']) process.on(signal, () => {});

function obey(order: GuardOrder): void {
  if (order.type === 'start') {
    start(order);
    return;
  }
  tree?.remember(order.members);
  ({ tmpDir, workDir } = order);
}

function start({ command, env, mark, stdin }: Extract<GuardOrder, { type: 'start' }>): void {
  tree = treeBelow({ guardPid: process.pid, mark: `${markName}=${mark}` });
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    // A server may take the end of its input for the end of its parent, which is right.
    stdio: [stdin ? 'pipe' : 'ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env, ...(mark && { [markName]: mark }) },
  });
  child.stdin?.on('error', () => {});
  child.on('spawn', () => report({ type: 'started', pid: child.pid as number }));
  child.on('error', (error: NodeJS.ErrnoException) => {
    report({ type: 'failed', code: error.code ?? 'unknown', message: error.message });
    if (process.send) return;
    process.stderr.write(`${error.message}\n`);
    process.exit(127);
  });
  child.on('exit', (exitCode, signal) => {
    report({ type: 'ended', exitCode, signal });
    if (!process.send) process.exit(exitCode ?? 1);
  });
}

function report(event: GuardEvent): void {
  // It fails if kvbench is gone, and then our input has ended too.
  process.send?.(event, () => {});
}

async function endAll(): Promise<void> {
  if (tree) await killTree(tree);
  remove(tmpDir);
  if (process.ppid !== parent) remove(workDir);
  // What is left of the group where there is no /proc to find it by, and ourselves.
  process.kill(-process.pid, 'SIGKILL');
}

function remove(dir: string | null): void {
  if (dir === null) return;
  try {
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // Nobody is there to be told; what is left is swept with the cache, or with the system's own.
  }
}
