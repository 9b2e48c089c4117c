import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { readCountersOf, usedBetween } from '../../src/observe/proc.js';
import { treeFrom } from '../../src/processes/process-tree.js';

const ms = 1e6;

/** A process that works when it is told to, and then says how much CPU time that took, in ms. */
async function worksTold(command: string, args: string[]) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const says = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const tree = treeFrom(child.pid as number);
  const read = () => readCountersOf(tree.counted().map(({ pid }) => pid));
  await says.next();
  const before = await read();
  child.stdin.write('go\n');
  const truthMs = Number((await says.next()).value);
  const use = usedBetween(before, await read());
  child.kill('SIGKILL');
  return { truthMs, use };
}

const hasPython = (await execa('python3', ['--version'], { reject: false })).exitCode === 0;

describe.runIf(process.platform === 'linux')('of real processes', () => {
  test.runIf(hasPython)('a thread for each of 300 pieces of work', async () => {
    const script = `
import sys, threading, time
def work():
    begin = time.thread_time()
    while time.thread_time() - begin < 0.001: pass
print('up', flush=True)
sys.stdin.readline()
begin = time.process_time()
for _ in range(300):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
print((time.process_time() - begin) * 1e3, flush=True)
sys.stdin.readline()`;
    const { truthMs, use } = await worksTold('python3', ['-c', script]);
    expect(truthMs).toBeGreaterThan(300);
    expect(Math.abs((use?.cpuNs ?? 0) / ms - truthMs)).toBeLessThan(21);
    expect(use).toMatchObject({ cpuUnknown: null, contextSwitches: null });
  });

  test('a process for each of 4 pieces of work', async () => {
    const script = `
      const { fork } = require('node:child_process');
      if (process.argv[2] === 'work') {
        while (process.cpuUsage().user < 80e3);
        const { user, system } = process.cpuUsage();
        process.send((user + system) / 1e3, () => process.exit());
      } else {
        const work = () => new Promise((resolve) => {
          let used = 0;
          const child = fork(__filename, ['work']).on('message', (ms) => { used = ms; });
          child.on('exit', () => resolve(used));
        });
        console.log('up');
        process.stdin.once('data', async () => {
          const begin = process.cpuUsage();
          let sum = 0;
          for (let i = 0; i < 4; i++) sum += await work();
          const { user, system } = process.cpuUsage(begin);
          console.log(sum + (user + system) / 1e3);
        });
      }`;
    const dir = await mkdtemp(join(tmpdir(), 'kvbench-cpu-'));
    const file = join(dir, 'work.cjs');
    await writeFile(file, script);
    const { truthMs, use } = await worksTold(process.execPath, [file]);
    await rm(dir, { recursive: true });
    expect(truthMs).toBeGreaterThan(320);
    // Its ticks may lack 20 ms; what a process uses after it has said how much is no part of the truth.
    expect((use?.cpuNs ?? 0) / ms).toBeGreaterThan(truthMs - 21);
    expect((use?.cpuNs ?? 0) / ms).toBeLessThan(truthMs * 1.5 + 21);
    expect(use?.cpuUnknown).toBeNull();
  });
});
