import { describe, expect, test } from 'vitest';
import type { RunConfig } from '../../src/config/schema.js';
import type { Trial } from '../../src/result/schema.js';
import { runWarnings } from '../../src/stats/warnings.js';
import {
  aConfig,
  aLatencyTrial,
  aTrial,
  failing,
  neverAnswered,
  pairedRounds,
  someParts,
  someRequests,
  trialWithP50,
} from '../helpers/results.js';

const warn = (trials: Trial[], changes: Partial<RunConfig> = {}) =>
  runWarnings({ config: aConfig(changes), trials, engine: 'undici' });
const codes = (trials: Trial[]) => warn(trials).map(({ code }) => code);
const counted = { connections: 0, gets: 1000, misses: 0, posts: 0, others: 0 };
const runtime = (changes: Partial<typeof counted>) => ({
  counted: { ...counted, ...changes },
  go: null,
  rust: null,
});
const noise = (stealShare: number, othersShare: number) => ({
  stealShare,
  othersShare,
  pressureShare: null,
});
const offered = (sentShare: number, p99Ns: number) => ({
  ratePerSecond: 500,
  sentShare,
  scheduleLag: { p50Ns: 1000, p99Ns, maxNs: p99Ns },
});

test('silence when all is well', () => {
  const trials = pairedRounds(3, (target, round) =>
    aTrial({ target, round, runtime: runtime({}), noise: noise(0.03, 0.1) }),
  );
  const open = pairedRounds(3, (target, round) =>
    aLatencyTrial({ target, round, offered: offered(0.99, 50_000), noise: noise(0.03, 0.1) }),
  );
  expect(warn([...trials, ...open])).toEqual([]);
  expect(warn([])).toEqual([]);
});

test('lag that was taken out of the figures is no warning, and arrivals that nobody tells are one', () => {
  const late = { offered: offered(1, 400_000) };
  expect(codes([aLatencyTrial(late)])).toEqual(['schedule-lag']);
  expect(codes([aLatencyTrial({ ...late, parts: someParts() })])).toEqual([]);

  const native = (trials: Trial[]) => runWarnings({ config: aConfig(), trials, engine: 'native' });
  const unanswered = { ...someRequests(), answered: 0 };
  expect(native([aLatencyTrial(), aTrial()])).toEqual([
    {
      code: 'no-arrival-times',
      message:
        'This system does not tell when answers arrived, so what the generator reads late is in every latency.',
      advice: 'Linux tells it, outside of sandboxes that have a network of their own (gVisor).',
    },
  ]);
  expect(native([aLatencyTrial({ parts: someParts() }), aTrial()])).toEqual([]);
  expect(native([])).toEqual([]);
  expect(native([aTrial({ requests: unanswered })])).toEqual([]);
});

const withCpu = (cpuUnknown: 'ended' | 'coarse'): Trial => {
  const { server, ...trial } = aTrial();
  const none = { cpuNs: null, cpuPerRequestNs: null, requestsPerCpuSecond: null };
  return { ...trial, server: server && { ...server, ...none, cpuUnknown } };
};

test.each([
  ['wrong-answers', aTrial({ requests: failing({ mismatch: 1 }) })],
  ['wrong-answers', aTrial({ warmup: { planned: 9, errors: 1 } })],
  ['wrong-answers', aTrial({ requests: failing({ unfinished: 1 }) })],
  ['wrong-answers', aTrial({ readBack: { checked: 9, lost: 0, unreadable: 1 } })],
  ['counts-differ', aTrial({ runtime: runtime({ gets: 1001 }) })],
  ['counts-differ', aTrial({ runtime: runtime({ misses: 1 }) })],
  ['counts-differ', aTrial({ runtime: runtime({ posts: 1 }) })],
  ['counts-differ', aTrial({ runtime: runtime({ others: 1 }) })],
  ['rate-not-kept', aLatencyTrial({ offered: offered(0.98, 1000) })],
  ['schedule-lag', aLatencyTrial({ offered: offered(1, 50_001) })],
  ['steal', aTrial({ noise: noise(0.031, 0) })],
  ['other-processes', aTrial({ noise: noise(0, 0.11) })],
  ['no-proc', aTrial({ server: null })],
  ['cpu-unknown', withCpu('ended')],
  ['cpu-coarse', withCpu('coarse')],
])('%s', (code, trial) => {
  const [warning, ...others] = warn([trial]);
  expect(others).toEqual([]);
  expect(warning?.code).toBe(code);
  expect(warning?.message).toMatch(/\.$/);
  expect(warning?.advice).toMatch(/\.$/);
});

test('lost writes are said twice: as wrong answers, and as what they are', () => {
  const readBack = { checked: 9, lost: 3, unreadable: 0 };
  const trials = [1, 2].map((round) => aTrial({ round, readBack }));
  const [wrong, lost, ...others] = warn([...trials, aTrial({ round: 3 })]);
  expect(others).toEqual([]);
  expect(wrong?.message).toContain('rust gave 6 wrong or missing answers');
  expect(wrong?.message).toMatch(/First: lost writes\.$/);
  expect(lost).toEqual({
    code: 'lost-writes',
    message: 'rust acknowledged 6 writes that it did not keep.',
    advice: 'A store that loses writes cannot be compared by its speed.',
  });
});

describe('wrong answers', () => {
  test('add up over trials, and the first is quoted', () => {
    const trials = [1, 2].map((round) =>
      aTrial({ round, requests: failing({ reset: 2 }), firstError: `GET /k: reset ${round}` }),
    );
    const [warning, ...others] = warn([...trials, aTrial({ target: 'go' })]);
    expect(others).toEqual([]);
    expect(warning?.message).toContain('rust gave 4 wrong or missing answers');
    expect(warning?.message).toContain('GET /k: reset 1');
  });

  test('are not those that came too late in an open loop, which are told of as that', () => {
    const open = aLatencyTrial();
    const late = { ...open, ...neverAnswered(open), firstError: 'GET /k: no answer in 1 s' };
    const lateWarning = {
      code: 'late-answers',
      message:
        'rust did not answer 50 requests in time: a percentile that falls on one is longer than it waited, nobody knows how much.',
      advice: 'Ask for less (--rate), or give it more time (--timeout).',
    };
    const answers = (...trials: Trial[]) => warn(trials).filter(({ code }) => /answers/.test(code));
    expect(answers(late)).toEqual([lateWarning]);
    const both = { ...late, requests: failing({ timeout: 50, status: 2 }), firstError: null };
    expect(answers(both, { ...late, firstError: null })).toMatchObject([
      { code: 'wrong-answers', message: expect.stringContaining('gave 2 wrong') },
      { code: 'late-answers', message: expect.stringContaining('answer 100 requests') },
    ]);
    // Of a closed loop nobody knows how long they would have been.
    const closed = aTrial({ requests: failing({ timeout: 50 }) });
    expect(answers(closed)).toMatchObject([{ code: 'wrong-answers' }]);
  });

  test('the advice is a command that works, for a second server of a kind too', () => {
    const trial = aTrial({ target: 'go#2', requests: failing({ reset: 2 }) });
    const [warning] = warn([trial], { targets: ['go', 'go'] });
    expect(warning?.advice).toContain('`kvbench serve go`');
  });
});

test('counts that differ are told beside what was answered, of the first trial', () => {
  const requests = someRequests({ answered: 1003, byName: { get: 1000, post: 3 }, misses: 7 });
  const trials = [
    aTrial({ requests, runtime: runtime({ gets: 1000, misses: 7, posts: 3 }) }),
    aTrial({ round: 2, requests, runtime: runtime({ gets: 1001, posts: 2, others: 4 }) }),
    aTrial({ round: 3, requests, runtime: runtime({ gets: 2000 }) }),
  ];
  const [warning, ...others] = warn(trials);
  expect(others).toEqual([]);
  expect(warning?.message).toBe(
    'rust counted other requests than were answered in a trial of round 2 (GETs: 1001 instead of 1000, misses: 0 instead of 7, POSTs: 2 instead of 3, others: 4 instead of 0).',
  );
});

test('counts are not held against a server after an error or a second try, nor in place of silence', () => {
  const differing = runtime({ gets: 7 });
  expect(codes([aTrial({ runtime: differing, requests: failing({ reset: 1 }) })])).toEqual([
    'wrong-answers',
  ]);
  const again = someRequests({ retried: 1 });
  expect(codes([aTrial({ runtime: differing, requests: again })])).toEqual([]);
  expect(codes([aTrial({ runtime: { counted: null, go: null, rust: null } })])).toEqual([]);
  expect(
    codes([aTrial({ requests: someRequests({ byName: {} }), runtime: runtime({ gets: 0 }) })]),
  ).toEqual([]);
});

describe('requests that were sent again', () => {
  const often = (target: string, retried: number) =>
    aTrial({ target, requests: someRequests({ retried }) });

  test('are told of those with more than one in a hundred, and how often at worst', () => {
    const trials = [often('rust', 10), often('go', 20), often('zig', 50), often('c', 234)];
    expect(warn(trials)).toEqual([
      {
        code: 'retried',
        message:
          'c get, zig get, go get: up to 23 % of the requests met a connection that the server had closed, and were sent again on another one; their time holds both.',
        advice:
          'A server that closes connections says so with Connection: close; see its keep-alive settings.',
      },
    ]);
    expect(codes([often('rust', 10)])).toEqual([]);
  });

  test('name a target once, whatever it was measured by', () => {
    const requests = someRequests({ retried: 50 });
    const [warning] = warn([aTrial({ requests }), aLatencyTrial({ requests })]);
    expect(warning?.message).toMatch(/^rust get: up to 5\.0 % /);
  });
});

test('a rate is judged by a typical round, kind by kind', () => {
  const late = { offered: offered(0.5, 1000) };
  expect(
    codes([1, 2, 3].map((round) => aLatencyTrial({ round, ...(round === 1 && late) }))),
  ).toEqual([]);
  const trials = pairedRounds(3, (target, round) =>
    aLatencyTrial({ target, round, ...(target === 'go' && late) }),
  );
  const warnings = warn(trials);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]?.message).toContain('go get: only 50 % of the planned requests');
});

test('lag is told of the worst beside its P50, in micro- or milliseconds', () => {
  const late = (target: string, p99Ns: number, p50Ns: number) =>
    trialWithP50({ target, offered: offered(0.99, p99Ns) }, p50Ns);
  const trials = [
    late('rust', 60_000, 500_000),
    late('go', 2_500_000, 1_000_000),
    late('zig', 1, 9),
  ];
  const [warning, ...others] = warn([...trials, late('c', 70_000, 90_000), late('d', 9, 100)]);
  expect(others).toEqual([]);
  expect(warning?.message).toBe(
    'go get: the generator sent 1 in 100 requests 2.5 ms late or more, beside a P50 of 1.0 ms, so part of the figures marked ≤ is its own; less so for c get, rust get, zig get.',
  );
  expect(warn([late('rust', 60_000, 500_000)])[0]?.message).toBe(
    'rust get: the generator sent 1 in 100 requests 60 µs late or more, beside a P50 of 500 µs, so part of the figures marked ≤ is its own.',
  );
});

test('one round whose arrivals were not told leaves the lag of the others in the figures', () => {
  const late = { offered: offered(1, 400_000) };
  const told = aLatencyTrial({ ...late, parts: someParts() });
  expect(codes([told, aLatencyTrial({ ...late, round: 2 })])).toEqual(['schedule-lag']);
});

test('an overload is told as such, and its lag not beside it', () => {
  const trial = aLatencyTrial({ offered: offered(0.09, 1e9) });
  expect(warn([trial]).map(({ message }) => message)).toEqual([
    'rust get: only 9.0 % of the planned requests left in time, so its latencies are those of an overload.',
  ]);
});

describe('percentiles of too few requests a round', () => {
  const few = (target: string, answered: number, rounds: number, make = aLatencyTrial) => {
    const requests = someRequests({ planned: answered, answered });
    return pairedRounds(rounds, (name, round) => make({ target: name, round, requests }), [target]);
  };

  test.each([
    [
      'the target that has the fewest',
      [...few('rust', 999, 11), ...few('go', 300, 4)],
      'go get: a round has about 300 requests, too few for P99, which stand for all rounds together and are in no ratio.',
      'Make --duration 4 times as long, or raise --rate: 1000 requests a round are needed.',
    ],
    [
      'each that would be compared',
      few('rust', 60, 20),
      'rust get: a round has about 60 requests, too few for P90 and P99, which stand for all rounds together and are in no ratio.',
      'Make --duration 17 times as long, or raise --rate: 1000 requests a round are needed.',
    ],
    [
      'half a request is one',
      [...few('rust', 10, 1), ...few('rust', 11, 1)],
      'rust get: a round has about 11 requests, too few for P50, which stand for all rounds together and are in no ratio.',
      'Make --duration 2 times as long, or raise --rate: 20 requests a round are needed.',
    ],
  ])('are told of with what they take: %s', (_, trials, message, advice) => {
    expect(warn(trials)).toEqual([{ code: 'unresolved', message, advice }]);
  });

  test('are no matter in a closed loop, nor where they are in no ratio', () => {
    expect(codes(few('rust', 300, 4, aTrial))).toEqual([]);
    expect(codes(few('rust', 1000, 10))).toEqual([]);
  });
});

test('noise names the worst round, once for all that were noisy', () => {
  const trials = pairedRounds(4, (target, round) =>
    aTrial({ target, round, noise: noise(round / 50, round > 2 ? 0.5 : 0) }),
  );
  const [steal, others, ...more] = warn(trials);
  expect(more).toEqual([]);
  expect(steal?.message).toContain('8.0 % during round 4, and above the limit in 3 rounds');
  expect(others?.message).toContain('50 % during round 3, and above the limit in 2 rounds');
});

test('noise is that of a typical trial of its round, of those in which it could be read', () => {
  const [typical, loud] = [noise(0, 0), noise(0.9, 0.9)];
  const trials = [typical, loud, typical, null].map((read) => aTrial({ noise: read }));
  expect(codes(trials)).toEqual([]);
  const unread = aTrial({ noise: null });
  expect(warn([unread, aTrial({ round: 2, noise: noise(0.0995, 0) })])[0]?.message).toBe(
    'Steal was 10 % during round 2: figures there are wider.',
  );
});

test('servers of which something ended are named once each', () => {
  const ended = (target: string, round: number) => ({ ...withCpu('ended'), target, round });
  const coarse = ['c', 'zig'].map((target) => ({ ...withCpu('coarse'), target }));
  const others = [...coarse, aTrial({ round: 3 })];
  const trials = [ended('rust', 1), ended('go', 1), ended('go', 2), ...others];
  const [first, second, ...more] = warn(trials);
  expect(more).toEqual([]);
  expect(first?.message).toMatch(/^Processes of rust and go ended under load/);
  expect(second?.message).toMatch(/^Threads or processes of c and zig ended under load/);
});

test('one target without figures of the system is not a system without them', () => {
  expect(codes([aTrial({ server: null }), aTrial({ target: 'go' })])).toEqual([]);
});
