import { Chalk } from 'chalk';
import { describe, expect, test } from 'vitest';
import {
  expectedHalfWidth,
  instrumentChecks,
  type MachineFacts,
  machineChecks,
} from '../../src/doctor/checks.js';
import { reportDoctor } from '../../src/doctor/text.js';
import { summarize } from '../../src/stats/summary.js';
import { aConfig, aLatencyTrial, aTrial } from '../helpers/results.js';

const good: MachineFacts = {
  machine: {
    platform: 'linux',
    arch: 'x64',
    kernel: '6.1',
    cpuModel: 'a CPU',
    cpus: 8,
    memoryBytes: 1e10,
    cpuQuota: null,
    governor: 'performance',
    virtualization: null,
    nodeVersion: '20.19.0',
    undiciVersion: '7.30.2',
  },
  tools: [{ target: 'go', version: 'go version go1.26', problem: null, installHint: 'Install Go' }],
  canPin: true,
  placement: { workers: 4, generators: 4, serverCpus: [0, 1, 2, 3], generatorCpus: [4, 5, 6, 7] },
  clock: { timerMs: 1.1, longestGapUs: 30, lostShare: 0.001 },
  openFileLimit: 1024,
  openFilesNeeded: 96,
};

const statusOf = (facts: MachineFacts, id: string) =>
  machineChecks(facts).find((check) => check.id === id)?.status;

describe('the machine', () => {
  test('a good one has nothing to warn of', () => {
    const checks = machineChecks(good);
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(checks.every(({ advice }) => advice === null)).toBe(true);
  });

  test.each<[string, Partial<MachineFacts>, string]>([
    ['cpus', { machine: { ...good.machine, cpus: 2 } }, 'warn'],
    ['cpus', { machine: { ...good.machine, cpus: 1 } }, 'warn'],
    ['pinning', { canPin: false }, 'warn'],
    ['quota', { machine: { ...good.machine, cpuQuota: 1.5 } }, 'warn'],
    ['quota', { machine: { ...good.machine, cpuQuota: 8 } }, 'ok'],
    ['governor', { machine: { ...good.machine, governor: 'powersave' } }, 'warn'],
    ['governor', { machine: { ...good.machine, governor: null } }, 'ok'],
    ['open files', { openFileLimit: 64 }, 'fail'],
    ['open files', { openFileLimit: null }, 'ok'],
    ['timer', { clock: { ...good.clock, lostShare: 0.1 } }, 'warn'],
    [
      'go',
      {
        tools: [
          { target: 'go', version: null, problem: 'no `go` on the PATH', installHint: 'Get it' },
        ],
      },
      'fail',
    ],
  ])('%s: %j is %s', (id, change, status) => {
    const facts = { ...good, ...change };
    expect(statusOf(facts, id)).toBe(status);
    const check = machineChecks(facts).find((one) => one.id === id);
    expect(check?.advice === null).toBe(status === 'ok');
  });
});

/** Rounds of a server against itself and of a null target; `b` differs by that factor, in turns. */
function calibration(factor: number, lagP99Ns = 2000) {
  const config = aConfig({ targets: ['go', 'go', 'null-go'], operations: ['get'] });
  const trials = Array.from({ length: 8 }, (_, index) =>
    ['go', 'go#2', 'null-go'].flatMap((target) =>
      (['latency', 'throughput'] as const).map((measure) => {
        const make = measure === 'latency' ? aLatencyTrial : aTrial;
        const trial = make({ target, round: index + 1 });
        const scale = target === 'go#2' ? factor ** (index % 2 === 0 ? 1 : -1) : 1;
        const { responseTime, server, offered } = trial;
        return {
          ...trial,
          noise: { stealShare: 0, othersShare: 0, pressureShare: 0 },
          responseTime: responseTime && { ...responseTime, p50Ns: responseTime.p50Ns * scale },
          server: server && {
            ...server,
            cpuPerRequestNs: (server.cpuPerRequestNs ?? 1) * scale,
            requestsPerCpuSecond: (server.requestsPerCpuSecond ?? 1) / scale,
          },
          offered: offered && {
            ...offered,
            scheduleLag: { p50Ns: 100, p99Ns: lagP99Ns, maxNs: 1e6 },
          },
        };
      }),
    ),
  ).flat();
  return {
    trials,
    summary: summarize({ config, trials }),
    twins: ['go', 'go#2'] as [string, string],
    defaultRounds: 10,
  };
}

describe('the instrument', () => {
  const ids = (given: ReturnType<typeof calibration>, status: string) =>
    instrumentChecks(given)
      .filter((check) => check.status === status)
      .map(({ id }) => id);

  test('a quiet machine passes, and shows floor, ceiling and precision', () => {
    const passed = ids(calibration(1.01), 'ok');
    for (const id of ['steal', 'schedule lag', 'floor', 'ceiling', 'precision']) {
      expect(passed).toContain(id);
    }
    expect(ids(calibration(1.01), 'warn')).toEqual([]);
  });

  test('twins that differ widely from round to round make wide intervals', () => {
    expect(ids(calibration(1.3), 'warn')).toContain('precision');
  });

  test('a lag beyond a tenth of the P50 is a warning', () => {
    expect(ids(calibration(1.01, 1e9), 'warn')).toEqual(['schedule lag']);
  });

  test('steal and other processes are warnings', () => {
    const given = calibration(1.01);
    for (const trial of given.trials) {
      trial.noise = { stealShare: 0.07, othersShare: 0.5, pressureShare: 0 };
    }
    expect(ids(given, 'warn')).toEqual(['steal', 'other processes']);
  });

  test('the expected half-width is that of Student for ten rounds', () => {
    // Differences of ±2 %: a standard deviation of 2 %, t(9) = 3.25, √10.
    const differences = [0.02, -0.02, 0.02, -0.02];
    expect(expectedHalfWidth(differences, 10)).toBeCloseTo((3.25 * 0.02) / Math.sqrt(10), 6);
    expect(expectedHalfWidth(differences, 40)).toBeLessThan(expectedHalfWidth(differences, 10));
  });
});

test('the report fits 80 columns, sums up, and is inert', () => {
  const checks = machineChecks({
    ...good,
    machine: { ...good.machine, virtualization: 'evil\u001b[2J', cpus: 1 },
  });
  const text = reportDoctor(checks, new Chalk({ level: 0 }));
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(text).not.toContain('\u001b');
  expect(text).toMatch(/\d+ ok, \d+ warn, 0 fail/);
});
