import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import {
  type ProcessCounters,
  readProcessCounters,
  readRssBytes,
  resetPeakRss,
  usedBetween,
} from '../../src/observe/proc.js';

const mapOf = (counters: ProcessCounters) => new Map([[1, counters]]);

test.runIf(process.platform === 'linux')('a process that works uses CPU and memory', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("x"); for (;;);']);
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const pid = child.pid as number;
    const before = await readProcessCounters(pid);
    await resetPeakRss(pid);
    let after = before;
    // However slow the machine is, it gets some CPU some time.
    const cpuNs = () => (before && after ? usedBetween(mapOf(before), mapOf(after))?.cpuNs : 1);
    while (cpuNs() === 0) after = await readProcessCounters(pid);
    expect(after?.startTicks).toBe(before?.startTicks);
    expect(after?.rssBytes).toBeGreaterThan(1e6);
    expect(after?.rssPeakBytes).toBeGreaterThan(1e6);
    expect(after?.threads.size).toBeGreaterThan(1);
    expect(after?.openFiles).toBeGreaterThan(2);
    expect(after?.minorFaults).toBeGreaterThan(0);
    expect(after?.majorFaults).toBeGreaterThanOrEqual(0);
    expect(await readRssBytes(pid)).toBeGreaterThan(1e6);
  } finally {
    child.kill('SIGKILL');
  }
});

test('a process that is not there has no counters', async () => {
  expect(await readProcessCounters(2 ** 30)).toBeNull();
  expect(await readRssBytes(2 ** 30)).toBeNull();
  await resetPeakRss(2 ** 30);
});
