import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CpuCounters, cpuBetween } from '../../src/observe/cpu.js';

const ms = 1e6;

interface Fake {
  start?: number;
  parent?: number;
  /** ms by thread. */
  threads?: Record<number, number>;
  ownMs?: number;
  childrenMs?: number;
  endedFaults?: number | null;
  losesChildren?: boolean;
}

/** A process; its ticks are those of its threads, rounded down, unless they are given. */
function counters({ start = 100, parent = 1, threads = { 1: 0 }, ...rest }: Fake): CpuCounters {
  const { childrenMs = 0, endedFaults = 0, losesChildren = false } = rest;
  const ownMs = rest.ownMs ?? Object.values(threads).reduce((sum, each) => sum + each, 0);
  const ticks = (each: number) => Math.floor(each / 10) * 10 * ms;
  return {
    startTicks: start,
    parent,
    endedFaults,
    losesChildren,
    threads: new Map(Object.entries(threads).map(([id, each]) => [Number(id), each * ms])),
    ownNs: ticks(ownMs),
    childrenNs: ticks(childrenMs),
  };
}

const snapshot = (processes: Record<number, Fake>) =>
  new Map(Object.entries(processes).map(([pid, fake]) => [Number(pid), counters(fake)]));

const used = (before: Record<number, Fake>, after: Record<number, Fake>) => {
  const { cpuNs, unknown, hasEnded } = cpuBetween(snapshot(before), snapshot(after));
  return { ms: cpuNs / ms, unknown, hasEnded };
};
type Told = ReturnType<typeof used>;
const exact = (msUsed: number): Told => ({ ms: msUsed, unknown: null, hasEnded: false });
const byTicks = (msUsed: number): Told => ({ ms: msUsed, unknown: null, hasEnded: true });

describe('CPU time of one process', () => {
  test.each<[string, Fake, Fake, Told]>([
    [
      'of threads that live is exact',
      { threads: { 1: 50, 2: 7 } },
      { threads: { 1: 51.5, 2: 8.25 } },
      exact(2.75),
    ],
    [
      'of threads that began, too',
      { threads: { 1: 50 } },
      { threads: { 1: 51, 7: 3.5 } },
      exact(4.5),
    ],
    [
      'of a thread for each connection is that of the process, in ticks',
      { threads: { 1: 20 }, ownMs: 500 },
      { threads: { 1: 30, 900: 4 }, ownMs: 1760 },
      byTicks(1260),
    ],
    [
      'of threads that ended, and had used next to nothing',
      { threads: { 1: 100, 2: 3 } },
      { threads: { 1: 400 }, ownMs: 404 },
      byTicks(300),
    ],
    [
      'of threads that ended between two ticks shows in their page faults',
      { threads: { 1: 100 }, ownMs: 100, endedFaults: 4 },
      { threads: { 1: 300 }, ownMs: 315, endedFaults: 12 },
      byTicks(210),
    ],
    [
      'of faults that could not be read says nothing',
      { threads: { 1: 100 }, endedFaults: null },
      { threads: { 1: 300 }, endedFaults: 12 },
      exact(200),
    ],
    [
      'of a thread with the id of one that ended',
      { threads: { 1: 100, 2: 500 }, ownMs: 600 },
      { threads: { 1: 200, 2: 40 }, ownMs: 800 },
      byTicks(200),
    ],
    [
      // Two standard errors of it are 11.5 ms: a quarter of 46.2.
      'is not told from ticks that are too coarse',
      { threads: { 1: 10, 2: 1 }, ownMs: 11 },
      { threads: { 1: 20 }, ownMs: 51 },
      { ms: 40, unknown: 'coarse', hasEnded: true },
    ],
    [
      'is told from ticks that are not',
      { threads: { 1: 10, 2: 1 }, ownMs: 11 },
      { threads: { 1: 20 }, ownMs: 61 },
      byTicks(50),
    ],
    [
      'of another process with the same pid begins at zero',
      { threads: { 1: 900 } },
      { start: 200, threads: { 1: 300 } },
      // What the first one used, nobody waited for.
      { ms: 300, unknown: 'ended', hasEnded: true },
    ],
  ])('%s', (_, before, after, told) => {
    expect(used({ 5: before }, { 5: after })).toEqual(told);
  });
});

describe('CPU time of processes that end', () => {
  const parent = { parent: 1, threads: { 5: 10 } };
  const worker = (pid: number, cpuMs: number, more: Fake = {}) => ({
    [pid]: { parent: 5, threads: { [pid]: cpuMs }, ...more },
  });

  test.each<[string, Record<number, Fake>, Record<number, Fake>, Told]>([
    [
      'all of whom came and went: workers that leave after some requests',
      { 5: parent, ...worker(6, 40) },
      { 5: { ...parent, childrenMs: 1240 }, ...worker(99, 30) },
      // 1,200 after the 40 that the first had used before.
      byTicks(1230),
    ],
    [
      'of which the sum falls',
      { 5: parent, ...worker(6, 5000), ...worker(7, 100) },
      { 5: { ...parent, childrenMs: 5200 }, ...worker(7, 150) },
      byTicks(250),
    ],
    [
      'with a pid that another has by now',
      { 5: parent, ...worker(6, 700) },
      { 5: { ...parent, childrenMs: 900 }, ...worker(6, 20, { start: 300 }) },
      byTicks(220),
    ],
    [
      'with their parent, which handed on what it had counted',
      { 5: parent, ...worker(6, 100), 8: { parent: 6, threads: { 8: 50 }, childrenMs: 20 } },
      { 5: { ...parent, childrenMs: 870 } },
      byTicks(700),
    ],
    [
      'nobody waits for',
      { 5: { ...parent, losesChildren: true }, ...worker(6, 3) },
      { 5: { ...parent, threads: { 5: 500 }, losesChildren: true } },
      { ms: 490, unknown: 'ended', hasEnded: true },
    ],
    [
      'nobody can have waited for, as it is counted nowhere',
      { 5: parent, ...worker(6, 700) },
      { 5: { ...parent, threads: { 5: 500 } } },
      { ms: 490, unknown: 'ended', hasEnded: true },
    ],
    [
      'that had left their parent',
      { 5: parent, 6: { parent: 1, threads: { 6: 30 } } },
      { 5: { ...parent, threads: { 5: 500 } } },
      { ms: 490, unknown: 'ended', hasEnded: true },
    ],
    [
      'and were not waited for yet',
      { 5: parent, ...worker(6, 100) },
      { 5: parent, ...worker(6, 600) },
      exact(500),
    ],
  ])('%s', (_, before, after, told) => expect(used(before, after)).toEqual(told));
});

/** A server of one process for each of these lives of threads, watched from 1 to 2. */
const life = fc.record({
  beforeMs: fc.nat({ max: 2000 }),
  withinMs: fc.nat({ max: 2000 }),
  fate: fc.constantFrom('lives', 'ends', 'begins', 'comes and goes'),
});

test('threads that come and go: within three ticks of the truth', () => {
  fc.assert(
    fc.property(
      fc.array(life, { minLength: 1, maxLength: 12 }),
      fc.nat({ max: 99 }),
      (lives, offset) => {
        const before: Record<number, number> = { 1: 0 };
        const after: Record<number, number> = { 1: 0 };
        let beforeMs = offset / 10;
        let truthMs = 0;
        for (const [index, { fate, ...life }] of lives.entries()) {
          const thread = index + 2;
          const began = fate === 'lives' || fate === 'ends' ? life.beforeMs : 0;
          if (fate === 'lives' || fate === 'ends') before[thread] = began;
          if (fate === 'lives' || fate === 'begins') after[thread] = began + life.withinMs;
          beforeMs += began;
          truthMs += life.withinMs;
        }
        const { ms: told } = used(
          { 5: { threads: before, ownMs: beforeMs } },
          { 5: { threads: after, ownMs: beforeMs + truthMs, endedFaults: 0 } },
        );
        // Two may be missed without a sign, and the sum is rounded down by one.
        expect(Math.abs(told - truthMs)).toBeLessThan(30 + 1e-6);
      },
    ),
  );
});
