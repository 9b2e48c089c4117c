import { setTimeout as delay } from 'node:timers/promises';
import type { Tree } from './process-tree.js';

const pollMs = 20;
/** Nothing but a process that hangs in the kernel takes longer to be killed. */
const killLimitMs = 5000;

/**
 * Tells all of a tree to end and waits until they have; kills them after the time limit. Gives
 * those that had to be killed.
 */
export async function endTree(tree: Tree, signal: NodeJS.Signals, timeoutMs: number) {
  tree.signal(signal);
  if (await areGone(tree, timeoutMs)) return [];
  const late = tree.members();
  await killTree(tree);
  return late;
}

/** Kills a tree, also what it starts meanwhile. */
export async function killTree(tree: Tree): Promise<void> {
  const deadlineMs = performance.now() + killLimitMs;
  do tree.signal('SIGKILL');
  while (!(await areGone(tree, pollMs)) && performance.now() < deadlineMs);
}

async function areGone(tree: Tree, timeoutMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  while (tree.members().length > 0) {
    if (performance.now() >= deadlineMs) return false;
    await delay(pollMs);
  }
  return true;
}
