import { expect, test } from 'vitest';
import type { LoadMeasurement } from '../../src/load/protocol.js';
import { createHistogram, encodeHistogram } from '../../src/result/histogram.js';
import { noErrors } from '../../src/result/schema.js';
import { toTrial } from '../../src/result/trial.js';

function measured(changes: { serverCpuMs?: number; loop?: number; answered?: number } = {}) {
  const { serverCpuMs = 500, loop = 0.5, answered = 1000 } = changes;
  const histogram = createHistogram();
  for (let i = 0; i < answered; i++) histogram.recordValue(100_000);
  const counters = (factor: number) => ({
    cpuNs: serverCpuMs * 1e6 * factor,
    rssBytes: 5e6,
    rssPeakBytes: 6e6,
    threads: 4,
    voluntarySwitches: 10 * factor,
    involuntarySwitches: 5 * factor,
  });
  const measurement: LoadMeasurement = {
    planned: answered,
    answered,
    errors: noErrors(),
    firstError: null,
    windowMs: 1000,
    warmupErrors: 0,
    answeredInWindow: answered * 0.9,
    serviceTimeNs: encodeHistogram(histogram),
    bytesSent: 10,
    bytesReceived: 20,
    generator: { cpuUs: 400_000, eventLoopUtilization: loop, elapsedMs: 1000 },
    server: { before: counters(1), after: counters(2) },
    readBack: null,
  };
  return measurement;
}

const planned = { target: 'go', operation: 'get' as const, seed: 1 };
const context = { round: 2, startedAt: new Date(0), rssSteadyBytes: 4e6, serverCpus: 1 };

test('figures follow from the counts', () => {
  expect(toTrial(planned, measured(), context)).toMatchObject({
    round: 2,
    requestsPerSecond: 900,
    serviceTime: { p50Ns: expect.closeTo(100_000, -2) },
    server: {
      cpuNs: 5e8,
      cpuPerRequestNs: 5e5,
      requestsPerCpuSecond: 2000,
      rssSteadyBytes: 4e6,
      contextSwitches: 15,
    },
    generator: { cpuNs: 4e8, cpuPerRequestNs: 4e5 },
  });
});

test('a read-back is split into what was lost and what could not be read', () => {
  const readBack = {
    planned: 10,
    answered: 6,
    errors: { ...noErrors(), status: 1, mismatch: 2, reset: 1 },
    firstError: 'GET /k: status 404 instead of 200',
    lost: 3,
  };
  const trial = toTrial(planned, { ...measured(), readBack }, context);
  expect(trial.readBack).toEqual({ checked: 10, lost: 3, unreadable: 1 });
  expect(trial.firstError).toBe(readBack.firstError);
});

test('without a right answer there is nothing to divide by', () => {
  const trial = toTrial(planned, measured({ answered: 0 }), context);
  expect(trial).toMatchObject({
    serviceTime: null,
    server: { cpuPerRequestNs: null, requestsPerCpuSecond: null },
    generator: { cpuPerRequestNs: null },
  });
});

test.each([
  { serverCpuMs: 950, loop: 0.99, cpus: 1, limit: 'server' },
  { serverCpuMs: 700, loop: 0.99, cpus: 1, limit: 'generator' },
  { serverCpuMs: 950, loop: 0.99, cpus: 2, limit: 'generator' },
  { serverCpuMs: 700, loop: 0.6, cpus: 1, limit: 'neither' },
])(
  '$serverCpuMs ms of CPU on $cpus, loop at $loop: $limit',
  ({ serverCpuMs, loop, cpus, limit }) => {
    const trial = toTrial(planned, measured({ serverCpuMs, loop }), {
      ...context,
      serverCpus: cpus,
    });
    expect(trial.limitedBy).toBe(limit);
  },
);

test('where there is no /proc nobody is called the limit', () => {
  const trial = toTrial(planned, { ...measured(), server: null }, context);
  expect(trial).toMatchObject({ server: null, limitedBy: null });
});
