import { describe, expect, test } from 'vitest';
import type { RunConfig } from '../../src/config/schema.js';
import type { Trial } from '../../src/result/schema.js';
import { runWarnings } from '../../src/stats/warnings.js';
import {
  aConfig,
  aLatencyTrial,
  aTrial,
  failing,
  pairedRounds,
  someParts,
  someRequests,
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
    aLatencyTrial({ target, round, offered: offered(0.99, 50_000) }),
  );
  expect(warn([...trials, ...open])).toEqual([]);
  expect(warn([])).toEqual([]);
});

test('lag that was taken out of the figures is no warning, and arrivals that nobody tells are one', () => {
  const late = { offered: offered(1, 400_000) };
  expect(codes([aLatencyTrial(late)])).toEqual(['schedule-lag']);
  expect(codes([aLatencyTrial({ ...late, parts: someParts() })])).toEqual([]);

  const native = (trials: Trial[]) =>
    runWarnings({ config: aConfig(), trials, engine: 'native' }).map(({ code }) => code);
  const unanswered = { ...someRequests(), answered: 0 };
  expect(native([aLatencyTrial(), aTrial()])).toEqual(['no-arrival-times']);
  expect(native([aLatencyTrial({ parts: someParts() }), aTrial()])).toEqual([]);
  expect(native([])).toEqual([]);
  expect(native([aTrial({ requests: unanswered })])).not.toContain('no-arrival-times');
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
  expect(codes([aTrial({ operation: 'post', readBack })])).toEqual([
    'wrong-answers',
    'lost-writes',
  ]);
});

describe('wrong answers', () => {
  test('add up over trials, and the first is quoted', () => {
    const trials = [1, 2].map((round) =>
      aTrial({ round, requests: failing({ reset: 2 }), firstError: `GET /k: reset ${round}` }),
    );
    const [warning] = warn(trials);
    expect(warning?.message).toContain('rust gave 4 wrong or missing answers');
    expect(warning?.message).toContain('GET /k: reset 1');
  });

  test('the advice is a command that works, for a second server of a kind too', () => {
    const trial = aTrial({ target: 'go#2', requests: failing({ reset: 2 }) });
    const [warning] = warn([trial], { targets: ['go', 'go'] });
    expect(warning?.advice).toContain('`kvbench serve go`');
  });
});

test('counts are not held against a server after an error, nor in place of silence', () => {
  const differing = runtime({ gets: 7 });
  expect(codes([aTrial({ runtime: differing, requests: failing({ reset: 1 }) })])).toEqual([
    'wrong-answers',
  ]);
  expect(codes([aTrial({ runtime: { counted: null, go: null, rust: null } })])).toEqual([]);
  const all = someRequests({ answered: 3, byName: { get: 2, post: 1 }, misses: 1 });
  expect(
    codes([aTrial({ requests: all, runtime: runtime({ gets: 2, misses: 1, posts: 1 }) })]),
  ).toEqual([]);
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

test('noise names the worst round, once for all that were noisy', () => {
  const trials = pairedRounds(4, (target, round) =>
    aTrial({ target, round, noise: noise(round / 50, round > 2 ? 0.5 : 0) }),
  );
  const [steal, others, ...more] = warn(trials);
  expect(more).toEqual([]);
  expect(steal?.message).toContain('8.0 % during round 4, and above the limit in 3 rounds');
  expect(others?.message).toContain('50 % during round 3, and above the limit in 2 rounds');
});

test('one target without figures of the system is not a system without them', () => {
  expect(codes([aTrial({ server: null }), aTrial({ target: 'go' })])).toEqual([]);
});
