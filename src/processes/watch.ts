import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { packagePath } from '../package.js';
import { readStat } from './process-tree.js';

/** What the watcher is told: of a process by pid and start; null: where there is no /proc. */
export interface WatchOrder {
  type: 'watch' | 'forget';
  pid: number;
  startTicks: number | null;
}

let watcher: ChildProcess | null = null;

/** Has a child killed once kvbench is gone, whatever state it is in; without delay for either. */
export function endWithUs(child: Pick<ChildProcess, 'pid' | 'once'>): void {
  const { pid } = child;
  if (pid === undefined) return;
  const startTicks = readStat(pid)?.startTicks ?? null;
  tell({ type: 'watch', pid, startTicks });
  child.once('exit', () => tell({ type: 'forget', pid, startTicks }));
}

function tell(order: WatchOrder): void {
  watcher ??= startWatcher();
  watcher.stdin?.write(`${JSON.stringify(order)}\n`);
}

/** One for all, started when there is somebody to watch. */
function startWatcher(): ChildProcess {
  const child = spawn(process.execPath, [packagePath('dist/processes/watcher.js')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Ctrl-C in the terminal is not for it.
    detached: true,
    // It needs nothing of ours, and must not be taken for something that we have left behind.
    env: {},
  });
  child.on('error', () => {});
  child.on('exit', () => {
    if (watcher === child) watcher = null;
  });
  child.unref();
  (child.stdin as Socket | null)?.unref();
  // It was ended, and nobody is watched.
  child.stdin?.on('error', () => {});
  return child;
}
