import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Loaded, Probe } from '../../src/observe/probe.js';
import { processes } from '../../src/observe/probes/processes.js';
import { runtime } from '../../src/observe/probes/runtime.js';
import { probes } from '../../src/observe/probes.js';
import type { ServerUse } from '../../src/observe/proc.js';

const all: readonly Probe[] = probes;

test('no two add the same field to a document', () => {
  for (const document of ['trial', 'series'] as const) {
    const names = all.flatMap((probe) => Object.keys(probe[document]));
    expect(new Set(names).size).toBe(names.length);
  }
});

/** What came of a load of a second. */
function loaded({
  utilization = 0.5,
  ...changes
}: Partial<Loaded & Loaded['generator']> = {}): Loaded {
  const generator = { cpuUs: 400_000, elapsedMs: 1000, utilization };
  return { answered: 1000, keptRate: false, serverCpus: 1, generator, ...changes };
}

test.each([
  ['that tells nothing', () => []],
  ['that is this process', () => [process.pid]],
])('of a server %s each probe tells what its schema asks for', async (_, pids) => {
  const servers = [{ pids, adminOrigin: null }];
  for (const probe of all) {
    const [reading] = await (await probe.start(servers, { intervalMs: 100 })).stop();
    const facts = probe.facts(reading, loaded(), [loaded()]);
    expect(z.strictObject(probe.trial).parse(facts)).toEqual(facts);
    const course = probe.course(reading, { startedAtMs: 0, intervalMs: 100, count: 3 });
    expect(z.strictObject(probe.series).parse(course)).toEqual(course);
  }
});

describe('what the processes of a server used', () => {
  const used: ServerUse = {
    cpuNs: 5e8,
    cpuUnknown: null,
    contextSwitches: 15,
    rssBytes: 5e6,
    rssPeakBytes: 6e6,
    threads: 4,
    openFiles: 22,
    minorFaults: 7,
    majorFaults: 1,
  };
  const samples = [
    { atMs: 0, cpuNs: 0, rssBytes: 4e6 },
    { atMs: 100, cpuNs: 10, rssBytes: 4e6 },
  ];
  const factsOf = (changes: Partial<ServerUse>, about: Parameters<typeof loaded>[0] = {}) =>
    processes.facts(
      { used: { ...used, ...changes }, rssSteadyBytes: 4e6, samples },
      loaded(about),
      [],
    );

  test('is told by request, too', () => {
    expect(factsOf({}).server).toEqual({
      cpuNs: 5e8,
      cpuUnknown: null,
      cpuPerRequestNs: 5e5,
      requestsPerCpuSecond: 2000,
      rssSteadyBytes: 4e6,
      rssPeakBytes: 6e6,
      threads: 4,
      contextSwitches: 15,
      minorFaults: 7,
      majorFaults: 1,
      openFiles: 22,
    });
  });

  test('is by no request where none was answered', () => {
    expect(factsOf({}, { answered: 0 }).server).toMatchObject({
      cpuNs: 5e8,
      cpuPerRequestNs: null,
      requestsPerCpuSecond: null,
    });
  });

  test('of no CPU would answer infinitely many requests with it: none is told', () => {
    expect(factsOf({ cpuNs: 0 }).server).toMatchObject({
      cpuNs: 0,
      cpuPerRequestNs: 0,
      requestsPerCpuSecond: null,
    });
  });

  test('of a load too short for a sample is the memory at its end', () => {
    const reading = { used, rssSteadyBytes: null, samples: [] };
    expect(processes.facts(reading, loaded(), []).server?.rssSteadyBytes).toBe(5e6);
  });

  test.each([
    ['ended', [null], null],
    ['coarse', [10], 'generator'],
  ] as const)('is not all known: %s', (cpuUnknown, cpuNs, limitedBy) => {
    const changes = { cpuNs: 1e8, cpuUnknown };
    const facts = factsOf(changes, { utilization: 0.95 });
    expect(facts.server).toMatchObject({
      cpuNs: null,
      cpuUnknown,
      cpuPerRequestNs: null,
      requestsPerCpuSecond: null,
      rssPeakBytes: 6e6,
    });
    expect(facts.limitedBy).toBe(limitedBy);
    const reading = { used: { ...used, ...changes }, rssSteadyBytes: null, samples };
    const course = processes.course(reading, { startedAtMs: 0, intervalMs: 100, count: 1 });
    expect(course).toEqual({ cpuNs, rssBytes: [4e6] });
  });

  test('is unknown where there is no /proc, and nobody is called the limit', () => {
    const reading = { used: null, rssSteadyBytes: null, samples: [] };
    expect(processes.facts(reading, loaded(), [])).toEqual({ server: null, limitedBy: null });
  });

  test.each([
    { cpuMs: 950, utilization: 0.99, serverCpus: 1, limit: 'server' },
    { cpuMs: 900, utilization: 0.5, serverCpus: 1, limit: 'server' },
    { cpuMs: 700, utilization: 0.99, serverCpus: 1, limit: 'generator' },
    { cpuMs: 700, utilization: 0.95, serverCpus: 1, limit: 'generator' },
    { cpuMs: 950, utilization: 0.99, serverCpus: 2, limit: 'generator' },
    { cpuMs: 1900, utilization: 0.99, serverCpus: 2, limit: 'server' },
    // In an open loop, too: too few connections, or a server that waits for something.
    { cpuMs: 700, utilization: 0.6, serverCpus: 1, limit: 'neither' },
    { cpuMs: 950, utilization: 0.99, serverCpus: 1, keptRate: true, limit: 'neither' },
  ])(
    '$cpuMs ms on $serverCpus CPUs, generator at $utilization, rate kept $keptRate: limited by $limit',
    ({ cpuMs, limit, ...about }) => {
      expect(factsOf({ cpuNs: cpuMs * 1e6 }, about).limitedBy).toBe(limit);
    },
  );
});

describe('the pauses of a collector', () => {
  const intervals = { startedAtMs: 50, intervalMs: 100, count: 2 };
  const reading = { first: null, last: null, epochMs: 1000 };

  test('are those that fall into the series, in their order', () => {
    const pauses = new Map([
      [1120, 7],
      [1060, 5],
      [1040, 9],
      [1250, 9],
    ]);
    expect(runtime.course({ ...reading, pauses }, intervals).gcPauses).toEqual([
      { atMs: 10, durationNs: 5 },
      { atMs: 70, durationNs: 7 },
    ]);
  });

  test('are unknown of a server that tells of none', () => {
    expect(runtime.course({ ...reading, pauses: null }, intervals).gcPauses).toBeNull();
  });
});
