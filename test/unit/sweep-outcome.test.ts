import { describe, expect, test } from 'vitest';
import { noErrors } from '../../src/load/error-kinds.js';
import type { Latency, Trial } from '../../src/result/schema.js';
import { judgeStep, wrongAnswers } from '../../src/sweep/outcome.js';
import { parseSlo } from '../../src/sweep/slo.js';
import { aLatencyTrial, aTrial, failing, someParts, someRequests } from '../helpers/results.js';

const slo = parseSlo('p99<5ms');
const policy = { by: 'rate' as const, slo };

const latency = (p99Ns: number) => {
  const trial = aLatencyTrial();
  return { ...trial, responseTime: trial.responseTime && { ...trial.responseTime, p99Ns } };
};
const theirs = (p99Ns: number, lowNs: number) => {
  const latency = someParts().theirs as Latency;
  const { p50Ns, p90Ns, p999Ns, maxNs } = latency;
  return { ...latency, p99Ns, low: { p50Ns, p90Ns, p99Ns: lowNs, p999Ns, maxNs } };
};
const lag = (p99Ns: number, sentShare = 1) => ({
  ratePerSecond: 500,
  sentShare,
  scheduleLag: { p50Ns: 1000, p99Ns, maxNs: p99Ns },
});
/** In the 2 s of a trial. */
const busyServer = (cpuNs: number) => {
  const { server } = aTrial();
  return server && { ...server, cpuNs };
};
const generator = (utilization: number) => ({
  cpuNs: 1,
  cpuPerRequestNs: 1,
  utilization,
  stalls: null,
});
const idle = { server: busyServer(1e8), generator: generator(0.2) };
const others = (othersShare: number, stealShare = 0) => ({
  noise: { stealShare, othersShare, pressureShare: null },
});

const broken = { outcome: 'broken', reason: 'not p99<5ms' };
const kept = { outcome: 'kept', reason: null };
const limited = (reason: string) => ({ outcome: 'generator-limited', reason });

/** Of a closed loop, which has a service time. */
const closed = (p99Ns: number): Pick<Trial, 'serviceTime'> => {
  const { serviceTime } = aTrial();
  return { serviceTime: serviceTime && { ...serviceTime, p99Ns } };
};

describe('a step', () => {
  test.each([
    ['kept', 1e6, {}, 'kept', null],
    ['too slow, both idle', 6e6, idle, 'broken', 'not p99<5ms'],
    [
      'too slow, and others had the CPU',
      6e6,
      { ...idle, ...others(0.3) },
      'generator-limited',
      'not p99<5ms; others had the CPU',
    ],
    ['too slow, the server busy', 6e6, { server: busyServer(1.95e9) }, 'broken', 'not p99<5ms'],
    [
      'too slow, the generator busy',
      6e6,
      { server: busyServer(1e8), generator: generator(0.95) },
      'generator-limited',
      'not p99<5ms; the generator was busy',
    ],
    [
      'too slow, the generator busy enough for a tail, and busier than the server',
      6e6,
      { server: busyServer(1e8), generator: generator(0.8) },
      'generator-limited',
      'not p99<5ms; the generator was busy',
    ],
    [
      'too slow, the generator as busy, and the server busier',
      6e6,
      { server: busyServer(1.7e9), generator: generator(0.8) },
      'broken',
      'not p99<5ms',
    ],
    [
      'both busy: the server is',
      6e6,
      { server: busyServer(1.95e9), generator: generator(0.95) },
      'broken',
      'not p99<5ms',
    ],
    [
      'too slow, and the lag explains it',
      6e6,
      { ...idle, offered: lag(2e6) },
      'generator-limited',
      'not p99<5ms; the generator was late',
    ],
    [
      'too slow, and the lag does not',
      9e6,
      { ...idle, offered: lag(1e6) },
      'broken',
      'not p99<5ms',
    ],
    [
      'too slow without the lag, which is told apart',
      6e6,
      { ...idle, offered: lag(2e6), parts: { ...someParts(), theirs: theirs(6e6, 6e6) } },
      'broken',
      'not p99<5ms',
    ],
    [
      'too slow for those alone that met a stall',
      6e6,
      { ...idle, offered: lag(2e6), parts: { ...someParts(), theirs: theirs(6e6, 3e6) } },
      'generator-limited',
      'not p99<5ms; the generator was late',
    ],
    [
      'fast enough without the lag',
      6e6,
      { ...idle, offered: lag(2e6), parts: { ...someParts(), theirs: theirs(4e6, 3e6) } },
      'kept',
      null,
    ],
    [
      'the rate not kept by a server whose answers were in time',
      1e6,
      { ...idle, offered: lag(1e4, 0.9), parts: { ...someParts(), theirs: theirs(1e6, 1e6) } },
      'broken',
      'the rate was not kept',
    ],
    [
      'the rate not kept, with little lag',
      1e6,
      { ...idle, offered: lag(1e4, 0.9) },
      'broken',
      'the rate was not kept',
    ],
    [
      'the rate not kept, with a lag beyond the limit',
      9e6,
      { ...idle, offered: lag(8e6, 0.9) },
      'generator-limited',
      'the rate was not kept; the generator was late',
    ],
    [
      'time-outs',
      1e6,
      { ...idle, requests: someRequests({ errors: { ...noErrors(), timeout: 3 } }) },
      'broken',
      'timeout: 3 of 1000',
    ],
    [
      'wrong answers, whoever was busy',
      1e6,
      {
        generator: generator(1),
        requests: someRequests({ errors: { ...noErrors(), mismatch: 2 } }),
        firstError: 'a wrong body',
      },
      'broken',
      'wrong answers: 2; a wrong body',
    ],
    [
      'wrong answers, of which nobody said the first',
      1e6,
      { requests: failing({ mismatch: 2 }) },
      'broken',
      'wrong answers: 2',
    ],
    [
      'time-outs, and what never ended',
      1e6,
      { ...idle, requests: someRequests({ errors: { ...noErrors(), timeout: 3, unfinished: 2 } }) },
      'broken',
      'timeout: 3 of 1000, unfinished: 2 of 1000',
    ],
    [
      'nothing that was answered',
      1e6,
      { ...idle, responseTime: null, serviceTime: null },
      'broken',
      'nothing was answered',
    ],
    [
      'nothing that was answered, and some lag',
      1e6,
      { ...idle, responseTime: null, serviceTime: null, offered: lag(1e6) },
      'broken',
      'nothing was answered',
    ],
    ['as slow as the limit', 5e6, { ...idle, offered: lag(0) }, 'broken', 'not p99<5ms'],
    ['99 % of the requests in time', 1e6, { ...idle, offered: lag(1e4, 0.99) }, 'kept', null],
    ['less', 1e6, { ...idle, offered: lag(1e4, 0.989) }, 'broken', 'the rate was not kept'],
    [
      'too slow, and no request known that met no stall',
      6e6,
      {
        ...idle,
        offered: lag(2e6),
        parts: { ...someParts(), theirs: { ...theirs(6e6, 0), low: null } },
      },
      'broken',
      'not p99<5ms',
    ],
  ] as const)('%s', (_, p99Ns, changes, outcome, reason) => {
    const judged = judgeStep({ ...latency(p99Ns), ...changes }, policy, 1);
    expect(judged).toMatchObject({ outcome, reason });
  });

  test.each([
    // A tenth of the machine is enough, whoever has it; the server's own CPUs come first.
    [1, 1e8, 0.1, 0, 'generator-limited'],
    [1, 1e8, 0.06, 0.06, 'generator-limited'],
    [1, 1e8, 0.05, 0.04, 'broken'],
    [1, 1.79e9, 0.3, 0, 'generator-limited'],
    [1, 1.8e9, 0.3, 0, 'broken'],
    // Nearly one CPU, of two that it can use.
    [2, 1.9e9, 0.3, 0, 'generator-limited'],
    [2, 3.6e9, 0.3, 0, 'broken'],
  ])(
    'too slow, with %d CPUs and %d ns of their time, others %d and host %d: %s',
    (serverCpus, cpuNs, othersShare, stealShare, outcome) => {
      const changes = { generator: generator(0.2), server: busyServer(cpuNs) };
      const trial = { ...latency(6e6), ...changes, ...others(othersShare, stealShare) };
      expect(judgeStep(trial, policy, serverCpus).outcome).toBe(outcome);
    },
  );

  test('too slow on a machine of which nothing is known', () => {
    const trial = aTrial({ ...closed(6e6), noise: null, server: null, generator: null });
    expect(judgeStep(trial, { by: 'connections', slo }, 1)).toEqual(broken);
    expect(judgeStep({ ...latency(6e6), noise: null }, policy, 1)).toEqual(broken);
  });
});

describe('who was busy', () => {
  const ofRate = limited('not p99<5ms; the generator was busy');
  const always = limited('the generator was busy');

  test.each([
    // By rate a busy generator excuses what was too slow, and takes nothing from what was not.
    ['rate', 0.95, 0.05, 1e6, kept],
    ['rate', 0.74, 0.05, 6e6, broken],
    ['rate', 0.75, 0.05, 6e6, ofRate],
    ['rate', 0.8, 0.79, 6e6, ofRate],
    ['rate', 0.8, 0.8, 6e6, broken],
    ['rate', 1, 0.89, 6e6, ofRate],
    ['rate', 1, 0.9, 6e6, broken],
    // By connections it decides, unless the server is the limit.
    ['connections', 0.89, 0.05, 1e6, kept],
    ['connections', 0.9, 0.05, 1e6, always],
    ['connections', 0.9, 0.89, 6e6, always],
    ['connections', 0.95, 0.9, 1e6, kept],
    ['connections', 0.95, 0.9, 6e6, broken],
    ['connections', 0.74, 0.05, 6e6, broken],
    ['connections', 0.75, 0.05, 6e6, ofRate],
  ] as const)(
    'by %s, generator %d, server %d, P99 %d ns',
    (by, utilization, share, p99Ns, judged) => {
      const loads = { rate: latency(p99Ns), connections: aTrial(closed(p99Ns)) };
      const changes = { generator: generator(utilization), server: busyServer(share * 2e9) };
      expect(judgeStep({ ...loads[by], ...changes }, { by, slo }, 1)).toEqual(judged);
    },
  );
});

describe('the lag of the generator explains', () => {
  const late = (p50Ns: number, p99Ns: number, maxNs: number) => ({
    ...lag(0),
    scheduleLag: { p50Ns, p99Ns, maxNs },
  });

  // What is above the limit of 5 ms by less than the lag: of a median the median, of P99.9 the longest.
  test.each([
    ['p50', 5.9, 6],
    ['p90', 6.9, 7],
    ['p99', 6.9, 7],
    ['p99', 5, 7],
    ['p999', 8.9, 9],
    ['max', 8.9, 9],
  ])(
    'a %s of %d ms, with 1 ms of lag in the middle, 2 ms in P99 and 4 ms at most, but not %d ms',
    (name, explained, unexplained) => {
      const own = parseSlo(`${name}<5ms`);
      const outcomes = [explained, unexplained].map((ms) => {
        const { responseTime, ...trial } = aLatencyTrial({ ...idle, offered: late(1e6, 2e6, 4e6) });
        const slow = responseTime && { ...responseTime, [own.metric]: ms * 1e6 };
        return judgeStep({ ...trial, responseTime: slow }, { by: 'rate', slo: own }, 1);
      });
      const reason = `not ${own.expression}`;
      expect(outcomes).toEqual([
        limited(`${reason}; the generator was late`),
        { outcome: 'broken', reason },
      ]);
    },
  );

  test.each([
    [4.99e6, broken],
    [5e6, limited('not p99<5ms; the generator was late')],
  ])('whatever it is beside a lag as large as the limit: %d ns', (p99Ns, judged) => {
    const trial = { ...latency(50e6), ...idle, offered: late(0, p99Ns, 50e6) };
    expect(judgeStep(trial, policy, 1)).toEqual(judged);
  });
});

test('wrong answers are those that came, and what was not read back as it was written', () => {
  const requests = failing({ mismatch: 2, status: 3, timeout: 50, unfinished: 60 });
  const readBack = { checked: 1000, lost: 10, unreadable: 20 };
  expect(wrongAnswers(aTrial({ requests, readBack }))).toBe(35);
  expect(wrongAnswers(aTrial({ requests }))).toBe(5);
});
