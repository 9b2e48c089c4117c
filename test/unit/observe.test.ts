import { describe, expect, test } from 'vitest';
import {
  allowedCpus,
  cpuQuota,
  describeMachine,
  openFileLimit,
} from '../../src/observe/machine.js';
import {
  type MachineCounters,
  noiseBetween,
  parseMachineCounters,
  readMachineCounters,
} from '../../src/observe/probes/noise.js';
import { type RuntimeSnapshot, runtimeBetween } from '../../src/observe/runtime.js';
import { resultSchema } from '../../src/result/schema.js';
import { aResult, aTrial } from '../helpers/results.js';
import { counters, go, rust } from '../helpers/runtime.js';

describe('/proc/stat', () => {
  const stat = [
    'cpu  900 9 900 9000 90 9 9 90 0 0',
    'cpu0 100 1 200 1000 10 2 3 40 50 0',
    'cpu1 10 0 20 100 1 0 0 4 0 0',
    'cpu10 7 7 7 7 7 7 7 7 7 7',
    'intr 123456 0 9',
    '',
  ].join('\n');
  const pressure =
    'some avg10=0.00 avg60=0.00 avg300=0.00 total=123456\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=99\n';

  test('counts the CPUs that are asked about, in ms; guests are users already', () => {
    expect(parseMachineCounters(stat, pressure, [0])).toEqual({
      stealMs: 400,
      busyMs: 3060,
      totalMs: 3060 + 10_000 + 100 + 400,
      pressureMs: 123.456,
    });
    const both = parseMachineCounters(stat, pressure, [0, 1]);
    expect(both).toMatchObject({ stealMs: 440, busyMs: 3360 });
    expect(parseMachineCounters(stat, '', [1]).pressureMs).toBeNull();
  });

  test('of a kernel that counts less has zeros', () => {
    expect(parseMachineCounters('cpu0 1 2 3 4\n', 'nonsense', [0])).toEqual({
      stealMs: 0,
      busyMs: 60,
      totalMs: 100,
      pressureMs: null,
    });
    expect(parseMachineCounters('', '', [0])).toMatchObject({ busyMs: 0, totalMs: 0 });
  });

  test.runIf(process.platform === 'linux')('of this machine never runs backwards', async () => {
    const cpus = allowedCpus();
    const before = await readMachineCounters(cpus);
    const after = await readMachineCounters(cpus);
    expect(before?.totalMs).toBeGreaterThan(0);
    expect(after?.totalMs).toBeGreaterThanOrEqual(before?.totalMs ?? Number.POSITIVE_INFINITY);
  });
});

describe('noise', () => {
  const before: MachineCounters = { stealMs: 100, busyMs: 1000, totalMs: 5000, pressureMs: 10 };
  const later = (changes: Partial<MachineCounters>): MachineCounters => ({
    stealMs: before.stealMs + (changes.stealMs ?? 0),
    busyMs: before.busyMs + (changes.busyMs ?? 0),
    totalMs: before.totalMs + (changes.totalMs ?? 2000),
    pressureMs: (before.pressureMs ?? 0) + (changes.pressureMs ?? 0),
  });
  const own = (ownCpuMs: number) => ({ ownCpuMs, elapsedMs: 1000 });

  test.each([
    ['a quiet machine', {}, 0, [0, 0, 0]],
    ['what is our own', { busyMs: 1500 }, 1500, [0, 0, 0]],
    ['others', { busyMs: 1500 }, 500, [0, 0.5, 0]],
    ['steal', { stealMs: 500 }, 0, [0.25, 0, 0]],
    ['pressure', { pressureMs: 250 }, 0, [0, 0, 0.25]],
    // Ticks of 10 ms beside clocks of 1 ns: never below nothing, never above everything.
    ['clocks that differ', { busyMs: 1490 }, 1500, [0, 0, 0]],
    ['too much', { stealMs: 9000, busyMs: 9000, pressureMs: 9000 }, 0, [1, 1, 1]],
  ])('%s', (_, changes, ownMs, [stealShare, othersShare, pressureShare]) => {
    expect(noiseBetween(before, later(changes), own(ownMs))).toEqual({
      stealShare,
      othersShare,
      pressureShare,
    });
  });

  test('is unknown where nothing is counted, or too little', () => {
    expect(noiseBetween(before, before, own(0))).toBeNull();
    const blind = { ...before, pressureMs: null };
    expect(noiseBetween(blind, later({}), own(0))?.pressureShare).toBeNull();
    expect(
      noiseBetween(before, { ...later({}), pressureMs: null }, own(0))?.pressureShare,
    ).toBeNull();
  });
});

describe('what a server says about itself, between two moments', () => {
  const first: RuntimeSnapshot = { counters, go, rust };
  const second: RuntimeSnapshot = {
    counters: { connections: 4, gets: 105, misses: 12, posts: 33, others: 1 },
    go: {
      ...go,
      gcCycles: 5,
      gcPauses: [
        [9000, 1],
        [1000, 4],
        [5000, 1],
      ],
      schedLatencies: [
        [64, 99],
        [128, 1],
      ],
      gcCpuNs: 350,
      heapLiveBytes: 5,
      allocatedBytes: 9000,
      goroutines: 4,
    },
    rust: {
      tokio: {
        workers: [
          { busyNs: 110, parks: 5 },
          { busyNs: 40, parks: null },
        ],
        aliveTasks: 2,
      },
      allocator: null,
    },
  };

  test('totals are differences, and states are those of the end', () => {
    expect(runtimeBetween(first, second)).toEqual({
      counted: { connections: 3, gets: 100, misses: 10, posts: 30, others: 1 },
      go: {
        gcCycles: 2,
        gcPauses: { count: 3, p50Ns: 1000, p99Ns: 9000, maxNs: 9000 },
        gcCpuNs: 250,
        markAssistCpuNs: 0,
        schedLatencies: { count: 100, p50Ns: 64, p99Ns: 64, maxNs: 128 },
        allocatedBytes: 8000,
        allocatedObjects: 0,
        heapLiveBytes: 5,
        heapGoalBytes: 14,
        goroutines: 4,
      },
      rust: { workers: 2, busyNs: 140, parks: 4, aliveTasks: 2, allocator: null },
    });
  });

  test('in which nothing happened there is nothing', () => {
    expect(runtimeBetween(first, first)).toMatchObject({
      counted: { connections: 0, gets: 0 },
      go: { gcPauses: { count: 0, p50Ns: 0, p99Ns: 0, maxNs: 0 } },
      rust: { busyNs: 0, allocator: rust.allocator },
    });
  });

  test('what one of them lacks is unknown', () => {
    const none = { counted: null, go: null, rust: null };
    expect(runtimeBetween(null, null)).toEqual(none);
    expect(runtimeBetween(first, null)).toEqual(none);
    expect(runtimeBetween({}, second)).toEqual(none);
    expect(runtimeBetween({ counters }, second)).toMatchObject({
      counted: { gets: 100 },
      go: null,
    });
  });

  test('a counter that runs backwards has counted nothing', () => {
    expect(runtimeBetween(second, first)).toMatchObject({
      counted: { connections: 0, gets: 0 },
      go: { gcCycles: 0, gcPauses: { count: 0 } },
      rust: { busyNs: 0 },
    });
  });

  test('fits the result', () => {
    const trial = aTrial({ runtime: runtimeBetween(first, second) });
    expect(resultSchema.parse(aResult([trial])).trials[0]?.runtime).toEqual(trial.runtime);
  });
});

test('this machine is described in full, as the result wants it', () => {
  const machine = describeMachine();
  expect(resultSchema.shape.machine.parse(machine)).toEqual(machine);
  expect(machine).toMatchObject({ platform: process.platform, nodeVersion: process.versions.node });
  expect(machine.cpus).toBe(allowedCpus().length);
  expect(machine.undiciVersion).toMatch(/^\d+\.\d+\.\d+$/);
  const quota = cpuQuota();
  if (quota !== null) expect(quota).toBeGreaterThan(0);
  const limit = openFileLimit();
  if (limit !== null) expect(limit).toBeGreaterThan(0);
});
