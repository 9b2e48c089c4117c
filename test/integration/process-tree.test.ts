import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { killTree } from '../../src/processes/end-tree.js';
import { groupOf } from '../../src/processes/process-tree.js';
import { freePort, isPortFree } from '../../src/targets/ports.js';
import { isAlive } from '../helpers/processes.js';

test('without /proc the group is ended, and with it what is known', async () => {
  const script = 'setInterval(() => {}, 1e6); console.log("up")';
  const child = spawn(process.execPath, ['-e', script], { detached: true });
  await once(child.stdout, 'data');
  const pid = child.pid as number;
  const tree = groupOf(pid);
  expect(tree.members()).toEqual([]);
  tree.remember([{ pid, startTicks: 0 }]);
  expect(tree.members().map((member) => member.pid)).toEqual([pid]);
  await killTree(tree);
  expect(tree.members()).toEqual([]);
  expect(isAlive(pid)).toBe(false);
});

test('a free port is one that nobody has', async () => {
  const port = await freePort();
  expect(port).toBeGreaterThanOrEqual(1024);
  expect(await isPortFree(port)).toBe(true);
});
