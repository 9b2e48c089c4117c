import { Chalk } from 'chalk';
import { describe, expect, test } from 'vitest';
import type { RunConfig } from '../../src/config/schema.js';
import { comparisonSentence, comparisonSentences } from '../../src/report/comparison.js';
import { known } from '../../src/report/kinds/kind.js';
import { runKind } from '../../src/report/kinds/run.js';
import { runtimeFigures } from '../../src/report/runtime.js';
import { documentText } from '../../src/report/text.js';
import type { Comparison, Machine, RunResult, Trial } from '../../src/result/schema.js';
import {
  aLatencyTrial,
  aResult,
  aTrial,
  failing,
  pairedRounds,
  someParts,
  trialWithCost,
  trialWithP50,
} from '../helpers/results.js';

const plain = { chalk: new Chalk({ level: 0 }) };
const runText = (result: RunResult) => documentText(known(runKind, result), plain);
const withRuntimeTable = (result: RunResult) =>
  documentText(known(runKind, result), { ...plain, besides: runtimeFigures(result) });
const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

const verdictOf = (low: number, high: number) => (low > 1 ? 'higher' : high < 1 ? 'lower' : 'same');
const comparison = (
  estimate: number,
  low: number,
  high: number,
  changes: Partial<Comparison> = {},
): Comparison => ({
  measure: 'throughput',
  operation: 'get',
  metric: 'requestsPerCpuSecond',
  target: 'rust',
  reference: 'go',
  rounds: 10,
  ratio: { estimate, low, high, confidence: 0.99 },
  verdict: verdictOf(low, high),
  ...changes,
});
const latency = { measure: 'latency', metric: 'p50Ns' } as const;

test('what was taken out of response times is told below them, the most of any row', () => {
  const text = (trial: (target: string) => Partial<Trial>) =>
    runText(
      aResult(
        pairedRounds(3, (target, round) => aLatencyTrial({ target, round, ...trial(target) })),
      ),
    );
  const ours = (target: string) => ({
    parts: someParts({ p99Ns: target === 'go' ? 12_300 : 4_500 }),
  });
  expect(text(ours)).toContain(
    "Without the generator's own part: ours P99 12.3 µs at the most (go get).",
  );
  expect(text(() => ({}))).not.toContain('ours');
});

describe('sentences', () => {
  test('the one that has more is the subject', () => {
    expect(comparisonSentence(comparison(1.31, 1.27, 1.36))).toBe(
      'get: rust answers 1.31× as many requests per CPU-second as go (1.27× to 1.36×).',
    );
    expect(comparisonSentence(comparison(0.5, 0.4, 0.8))).toBe(
      'get: go answers 2.00× as many requests per CPU-second as rust (1.25× to 2.50×).',
    );
    expect(comparisonSentence(comparison(0.5, 0.4, 0.8, latency))).toBe(
      "get: go's P50 at the same rate is 2.00× that of rust (1.25× to 2.50×).",
    );
  });

  test('nobody is ranked where the interval holds 1', () => {
    expect(comparisonSentence(comparison(1.02, 0.97, 1.04))).toBe(
      'get: rust and go are the same in requests per CPU-second (±4.0 %).',
    );
    // The largest difference that is left open, whichever way it is.
    expect(comparisonSentence(comparison(0.9, 0.8, 1.01, latency))).toContain('(±25 %)');
    // Never as many as there were, or fewer: off its estimate the interval may be narrow already.
    for (const [estimate, low, high] of [
      [0.96, 0.94, 1.001],
      [0.98, 0.945, 1.01],
      [1.04, 0.99, 1.06],
      [1.001, 0.94, 1.01],
    ] as const) {
      const ratio = comparison(estimate, low, high, { ...latency, verdict: 'unclear' });
      const needed = /--rounds (\d+)/.exec(comparisonSentence(ratio))?.[1];
      expect(Number(needed)).toBeGreaterThan(ratio.rounds);
    }
  });

  test('nothing is said that is not known', () => {
    const ratio = { estimate: 2, low: null, high: null, confidence: 0.99 };
    for (const verdict of ['too-few-rounds', 'generator-limited'] as const) {
      expect(comparisonSentence({ ...comparison(2, 1, 3), ratio, verdict })).toBe('');
    }
  });

  test('none of them ranks by throughput, nor by a tail', () => {
    const all = [
      comparison(2, 1.9, 2.1, { metric: 'requestsPerSecond' }),
      comparison(2, 1.9, 2.1, { metric: 'rssPeakBytes' }),
      comparison(2, 1.9, 2.1, { measure: 'latency', metric: 'p99Ns' }),
    ];
    expect(comparisonSentences({ ...aResult([]), comparisons: all })).toEqual([]);
  });
});

/** Ten rounds of everything, whose figures tests make wider or odder. */
function rounds(make: (trial: Trial) => Trial = (trial) => trial, operations = ['get', 'post']) {
  return operations.flatMap((operation) =>
    pairedRounds(10, (target, round) => {
      const cost = (target === 'rust' ? 60_000 : 45_000) * (1 + round / 100);
      return make(trialWithCost({ target, round, operation }, cost));
    }).concat(
      pairedRounds(10, (target, round) =>
        make(
          trialWithP50({ target, round, operation }, (target === 'rust' ? 79_400 : 91_200) + round),
        ),
      ),
    ),
  );
}

const report = (trials: Trial[], changes: Partial<RunConfig> = {}, more: Partial<RunResult> = {}) =>
  runText({ ...aResult(trials, changes), ...more });

describe('a terminal of 80 columns is wide enough', () => {
  test('for what is usual', () => {
    const text = report(rounds());
    expect(widest(text)).toBeLessThanOrEqual(80);
    for (const part of [
      'rust vs go',
      'Response time at 500 requests/s',
      'Throughput',
      'rust / go',
    ]) {
      expect(text).toContain(part);
    }
  });

  test('for wide figures, errors and marks at every row', () => {
    const trials = rounds((trial) => {
      const wide = trial.responseTime && {
        ...trial.responseTime,
        p90Ns: 123_456,
        p99Ns: 123_456_789,
        p999Ns: 123_456_789,
        maxNs: 123_456_789,
      };
      return {
        ...trial,
        requestsPerSecond: 123_456 * (1 + trial.round / 20),
        limitedBy: 'generator',
        requests: failing({ status: trial.round === 1 ? 1_234_567 : 0 }),
        responseTime: wide,
        offered: trial.offered && { ...trial.offered, sentShare: 0.5 },
      };
    });
    const text = report(trials, {}, { warnings: [] });
    expect(text).toContain('≥');
    expect(text).toContain('!');
    expect(text).toContain('1,234,567');
    expect(widest(text)).toBeLessThanOrEqual(80);
  });

  test.each([
    ['where all is the same', 900, /the same \(±\d+(\.\d)? %\)/, /rust and go are the same in/],
    [
      'where nothing can be told',
      9000,
      /can't be told \(±\d+(\.\d)? %\)/,
      /whether rust and go differ/,
    ],
  ])('%s', (_, stepNs, cell, sentence) => {
    const even = rounds((trial) => ({
      ...(trial.measure === 'latency' ? trialWithP50 : trialWithCost)(
        trial,
        50_000 + ((trial.round * (trial.target === 'go' ? 3 : 7)) % 5) * stepNs,
      ),
    }));
    const text = report(even);
    expect(text).toMatch(cell);
    expect(text).toMatch(sentence);
    expect(widest(text)).toBeLessThanOrEqual(80);
  });

  test('with the table of the runtimes', () => {
    const text = withRuntimeTable(aResult(withRuntimes()));
    expect(widest(text)).toBeLessThanOrEqual(80);
  });
});

test('without colour there is no escape code, with colour there is', () => {
  expect(report(rounds())).not.toContain('\u001b');
  const coloured = documentText(known(runKind, aResult(rounds())), {
    chalk: new Chalk({ level: 1 }),
  });
  expect(coloured).toContain('\u001b[');
});

describe('a throughput that the generator limited', () => {
  const limited = (by: ('server' | 'generator')[]) =>
    report(by.map((limitedBy, i) => aTrial({ round: i + 1, limitedBy })));

  test('is a lower bound, in most rounds or none, and the mark is explained', () => {
    const text = limited(['generator', 'server', 'generator']);
    expect(text).toMatch(/^rust +get +≥500 /m);
    expect(text).toContain('≥: the load generator was the limit, this server could do more.');
    expect(limited(['server', 'server', 'generator'])).not.toContain('≥');
  });

  test('ranks nobody', () => {
    const trials = rounds((trial) => ({
      ...trial,
      requestsPerSecond: trial.target === 'rust' ? 90_000 : 45_000,
      limitedBy: trial.measure === 'throughput' ? 'generator' : 'neither',
    }));
    const text = report(trials);
    expect(text).toMatch(/^requests\/s +generator-limited +generator-limited$/m);
    expect(text).not.toContain('2.00×');
    expect(text).not.toMatch(/(faster|more requests per second)/);
  });
});

test('rounds too few for an interval have an estimate and nothing else', () => {
  const few = rounds().filter(({ round }) => round <= 3);
  const text = report(few);
  expect(text).toMatch(/req\/CPU-s +1\.33× \(3 rounds: no interval\)/);
  expect(text).not.toMatch(/^get: /m);
});

test('figures that differ are given with their interval', () => {
  const text = report(rounds());
  expect(text).toContain('rust / go (ratios within a round, 99 % intervals)');
  expect(text).toMatch(/^req\/CPU-s +1\.33× \(1\.33× to 1\.33×\)/m);
  expect(text).toMatch(/^get: rust answers 1\.33× as many requests per CPU-second as go/m);
  expect(text).toMatch(/^post: go's P50 at the same rate is 1\.15× that of rust/m);
});

describe('of more than three targets', () => {
  const names = (count: number) => ['a', 'b', 'c', 'd'].slice(0, count);
  const compared = (count: number) => {
    const comparisons = names(count).flatMap((target, i) =>
      names(count)
        .slice(i + 1)
        .map((reference) => comparison(1.3, 1.2, 1.4, { target, reference })),
    );
    return runText({ ...aResult(rounds()), comparisons });
  };
  const pairs = (text: string) => text.match(/^[a-d] \/ [a-d](?= \()/gm);

  test('the first is compared with each of the others', () => {
    const text = compared(4);
    expect(pairs(text)).toEqual(['a / b', 'a / c', 'a / d']);
    expect(text).toContain('The other pairs are in the saved result;');
    expect(text).not.toMatch(/^get: b answers/m);
  });

  test('three are compared each with each', () => {
    const text = compared(3);
    expect(pairs(text)).toEqual(['a / b', 'a / c', 'b / c']);
    expect(text).not.toContain('The other pairs');
  });
});

test('a rate that was not kept is marked, and the mark is explained', () => {
  const kept = aLatencyTrial({ target: 'rust' });
  const late = aLatencyTrial({
    target: 'go',
    offered: kept.offered && { ...kept.offered, sentShare: 0.7 },
  });
  const text = report([kept, late]);
  expect(text).toMatch(/^go +get +! 500 µs/m);
  expect(text).toMatch(/^rust +get +500 µs/m);
  expect(text).toContain('!: too few requests left in time');
  expect(report([kept])).not.toContain('!');
});

test('what could not be read says n/a', () => {
  const text = report([aTrial({ server: null })]);
  expect(text).toContain('n/a');
  expect(text).toContain('warning: CPU and memory');
});

test('a run that was cut off says so', () => {
  const trials = [aTrial(), aTrial({ round: 2 })];
  expect(report(trials, {}, { state: 'interrupted' })).toContain('interrupted in round 2');
  expect(report(trials)).not.toContain('interrupted');
});

test('one operation is said once, in the heading', () => {
  const text = report(rounds(undefined, ['get:95,post:5']), {
    operations: ['get:95,post:5'],
    hitRatio: 0.5,
    requestsPerConnection: 1000,
    valueSize: { minBytes: 64, maxBytes: 1024 },
  });
  const heading = (text.split('\n\n')[0] ?? '').replace(/\s+/g, ' ');
  for (const part of ['get:95,post:5', '50 % hits', '1,000 requests each', '64 B to 1.00 KiB']) {
    expect(heading).toContain(part);
  }
  expect(text).toMatch(/^rust +79\.4 µs/m);
});

describe('what others say', () => {
  const evil = 'status \u001b[2J\u009b31m\u202e';

  test('does not reach the terminal as commands', () => {
    const trial = aTrial({ firstError: evil, requests: failing({ status: 1 }) });
    const text = report([trial]);
    expect(text).toContain('\\x1b[2J');
    for (const char of ['\u001b', '\u009b', '\u202e']) expect(text).not.toContain(char);
  });

  test('nor do the names of the machine', () => {
    const result = aResult([aTrial()]);
    const text = runText({
      ...result,
      machine: { ...(result.machine as Machine), cpuModel: evil },
    });
    expect(text).toContain('\\x1b[2J');
    expect(text).not.toContain('\u001b');
  });
});

function withRuntimes(): Trial[] {
  const buckets = { count: 3, p50Ns: 20_480, p99Ns: 131_072, maxNs: 262_144 };
  return rounds((trial) => ({
    ...trial,
    runtime: {
      counted: null,
      go:
        trial.target === 'go'
          ? {
              gcCycles: 3,
              gcPauses: buckets,
              gcCpuNs: 40_000_000,
              markAssistCpuNs: 0,
              schedLatencies: buckets,
              allocatedBytes: 512_000,
              allocatedObjects: 5000,
              heapLiveBytes: 4_000_000,
              heapGoalBytes: 8_000_000,
              goroutines: 21,
            }
          : null,
      rust:
        trial.target === 'rust'
          ? {
              workers: 1,
              busyNs: 1_500_000_000,
              parks: 250,
              aliveTasks: null,
              allocator: {
                inUseBytes: 3_000_000,
                freeBytes: 100_000,
                arenaBytes: 3_100_000,
                mmappedBytes: 0,
              },
            }
          : null,
    },
  }));
}

describe('the table of the runtimes', () => {
  const shown = withRuntimeTable(aResult(withRuntimes()));

  test('is there when it is asked for, once a kind', () => {
    expect(shown.match(/^Inside the servers /gm)).toHaveLength(4);
    expect(report(withRuntimes())).not.toContain('Inside the servers');
  });

  test('has a column a target, with a dash for what a server does not tell', () => {
    expect(shown).toMatch(/^threads +4 +4$/m);
    // 900 switches and three cycles in two seconds.
    expect(shown).toMatch(/^context switches\/s +450 +450$/m);
    expect(shown).toMatch(/^GC cycles\/s +– +1\.5$/m);
    expect(shown).toMatch(/^GC pause max +– +262 µs$/m);
    expect(shown).toMatch(/^GC CPU +– +2\.0 %$/m);
    // Of a thousand requests.
    expect(shown).toMatch(/^allocated\/request +– +512 B$/m);
    expect(shown).toMatch(/^objects\/request +– +5\.0$/m);
    expect(shown).toMatch(/^tokio busy +75 % +–$/m);
    expect(shown).toMatch(/^tokio parks\/request +0\.25 +–$/m);
    expect(shown).toMatch(/^allocator in use +2\.86 MiB +–$/m);
  });

  test('leaves out what nobody tells, and itself if that is all', () => {
    const text = withRuntimeTable(aResult([aTrial()]));
    expect(text).toContain('threads');
    expect(text).not.toContain('GC');
    const blind = withRuntimeTable(aResult([aTrial({ server: null })]));
    expect(blind).not.toContain('Inside the servers');
  });
});

test('a report of nothing is no failure', () => {
  expect(report([])).toContain('seed 1');
});
