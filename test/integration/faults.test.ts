import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultsByInterval, sampleFaults } from '../../src/observe/faults.js';

const at = (atMs: number, faults: number) => ({ atMs, faults });

test.each([
  ['between samples', [at(0, 0), at(100, 10), at(200, 40)], [10, 30]],
  ['by interpolation', [at(-50, 0), at(50, 20), at(250, 60)], [20, 20]],
  ['not beyond the first and the last', [at(10, 0), at(150, 5)], [null, null]],
  ['of nothing', [], [null, null]],
])('faults of an interval: %s', (_, samples, faults) => {
  const times = { startedAtMs: 0, intervalMs: 100, count: 2 };
  expect(faultsByInterval(samples, times)).toEqual(faults);
});

test('all of them are in some interval', () => {
  const steps = fc.array(fc.nat({ max: 1000 }), { minLength: 2, maxLength: 40 });
  fc.assert(
    fc.property(steps, (list) => {
      const samples = [at(0, 0)];
      let faults = 0;
      for (const step of list) {
        faults += step;
        samples.push(at(7 * samples.length, faults));
      }
      const count = list.length;
      const each = faultsByInterval(samples, { startedAtMs: 0, intervalMs: 7, count });
      expect(each.reduce<number>((sum, one) => sum + (one ?? 0), 0)).toBeCloseTo(faults, 6);
    }),
  );
});

test.skipIf(process.platform !== 'linux')(
  'memory that is touched for the first time faults',
  async () => {
    // In a process of its own: the allocator of this one may give what it has had before.
    const script = `process.stdin.once('data', () => {
      globalThis.held = Array.from({ length: 64 }, () => Buffer.alloc(2 ** 20, 1));
      process.stdout.write('held');
    });
    process.stdout.write('up');`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    let asked = 0;
    const stop = sampleFaults(() => {
      asked++;
      return [child.pid as number];
    });
    const someMoreSamples = async () => {
      const until = asked + 5;
      await expect.poll(() => asked, { timeout: 30_000 }).toBeGreaterThan(until);
    };
    await someMoreSamples();
    child.stdin.write('hold');
    await once(child.stdout, 'data');
    await someMoreSamples();
    const samples = stop();
    child.kill('SIGKILL');
    expect(samples[0]?.faults).toBe(0);
    // Of pages of 4 KiB 16,384; large ones are fewer.
    expect(samples.at(-1)?.faults).toBeGreaterThan(32);
  },
);

test('of processes that are not there nothing is told', async () => {
  const stop = sampleFaults(() => []);
  await delay(50);
  expect(stop()).toEqual([]);
});
