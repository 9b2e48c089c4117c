import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runCharts } from '../../src/report/charts/run.js';
import { known } from '../../src/report/kinds/kind.js';
import { runKind } from '../../src/report/kinds/run.js';
import { outlineOf } from '../../src/report/outline.js';
import { scalingFigures, scalingSentences, workersText } from '../../src/report/scaling.js';
import type { RunResult, Trial } from '../../src/result/schema.js';
import { contentionOf, type ScalingStep, scalingOf } from '../../src/stats/scaling.js';
import { aLatencyTrial, aResult, aTrial, pairedRounds } from '../helpers/results.js';

interface Truth {
  requestsPerSecond: number;
  requestsPerCpuSecond?: number;
  limitedBy?: Trial['limitedBy'];
}

/** Without latencies: nothing here depends on them, and to read them takes longer than all the rest. */
const any = aTrial({ serviceTime: null });

/** Rounds in which servers do what is told of them, a little more or less in each. */
function measured(truths: Record<string, Truth>, cpus = 4, rounds = 10): RunResult {
  const targets = Object.keys(truths);
  const make = (target: string, round: number): Trial => {
    const { requestsPerCpuSecond = 50_000, ...truth } = truths[target] as Truth;
    const noise = 1 + 0.001 * (((round * 7) % 5) - 2) * (1 + targets.indexOf(target));
    const perCpu = requestsPerCpuSecond * noise;
    return {
      ...any,
      target,
      round,
      limitedBy: truth.limitedBy ?? 'server',
      requestsPerSecond: truth.requestsPerSecond * noise,
      server: any.server && {
        ...any.server,
        requestsPerCpuSecond: perCpu,
        cpuPerRequestNs: 1e9 / perCpu,
      },
    };
  };
  const trials = pairedRounds(rounds, make, targets);
  const result = aResult(trials, { targets, operations: ['get'], measures: ['throughput'] });
  if (!result.placement) throw new Error('there is no placement');
  const serverCpus = Array.from({ length: cpus }, (_, index) => index);
  return { ...result, placement: { ...result.placement, serverCpus } };
}

const fair = {
  'rust@1w': { requestsPerSecond: 1000 },
  'rust@2w': { requestsPerSecond: 1980 },
  'rust@4w': { requestsPerSecond: 3900 },
};
const contended = {
  'rust+mutex@1w': { requestsPerSecond: 1000 },
  'rust+mutex@2w': { requestsPerSecond: 1970, requestsPerCpuSecond: 49_000 },
  'rust+mutex@4w': { requestsPerSecond: 2000, requestsPerCpuSecond: 25_000 },
};

describe('efficiency', () => {
  test('is the speed-up over the fewest by how many more workers there are', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 64 }), { minLength: 2, maxLength: 4 }),
        fc.double({ min: 0.2, max: 1.2, noNaN: true }),
        (counts, share) => {
          const fewest = Math.min(...counts);
          const truths = counts.map((workers) => [
            `go@${workers}w`,
            { requestsPerSecond: 1000 * workers * (workers === fewest ? 1 : share) },
          ]);
          const [scaling, ...more] = scalingOf(measured(Object.fromEntries(truths)));
          expect(more).toEqual([]);
          expect(scaling?.steps.map(({ workers }) => workers)).toEqual(
            counts.toSorted((a, b) => a - b),
          );
          const [first, ...steps] = scaling?.steps ?? [];
          expect(first).toMatchObject({ workers: fewest, efficiency: null, cost: null });
          for (const { efficiency } of steps) {
            expect((efficiency?.estimate ?? 0) / share).toBeCloseTo(1, 1);
            expect(efficiency?.low).toBeLessThanOrEqual(efficiency?.estimate ?? 0);
            expect(efficiency?.high).toBeGreaterThanOrEqual(efficiency?.estimate ?? 2);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test('is of each target alone, and of none with one number of workers', () => {
    const result = measured({
      ...fair,
      ...contended,
      'go@2w': { requestsPerSecond: 9 },
      go: { requestsPerSecond: 9 },
    });
    expect(scalingOf(result).map(({ target }) => target)).toEqual(['rust', 'rust+mutex']);
    expect(
      scalingOf(measured({ rust: { requestsPerSecond: 9 }, go: { requestsPerSecond: 9 } })),
    ).toEqual([]);
  });

  test('is of each operation alone, in its closed loop', () => {
    const gets = measured({
      'go@1w': { requestsPerSecond: 1000 },
      'go@2w': { requestsPerSecond: 2000 },
    });
    const posts = measured({
      'go@1w': { requestsPerSecond: 400 },
      'go@2w': { requestsPerSecond: 400 },
    });
    const open = pairedRounds(
      10,
      (target, round) => aLatencyTrial({ target, round, requestsPerSecond: 70 }),
      gets.config.targets,
    );
    const result = aResult(
      [...open, ...gets.trials, ...posts.trials.map((trial) => ({ ...trial, operation: 'post' }))],
      { ...gets.config, measures: ['latency', 'throughput'], operations: ['get', 'post'] },
    );
    const told = scalingOf(result).map(({ operation, steps }) => [
      operation,
      ...steps.map(({ requestsPerSecond }) => requestsPerSecond),
      steps[1]?.efficiency?.estimate.toFixed(1),
    ]);
    expect(told).toEqual([
      ['get', 1000, 2000, '1.0'],
      ['post', 400, 400, '0.5'],
    ]);
  });

  test('is not told of what was not measured', () => {
    const { trials, config } = measured({
      'go@1w': { requestsPerSecond: 1 },
      'go@2w': { requestsPerSecond: 2 },
    });
    const unknown = trials.map((trial) => ({ ...trial, requestsPerSecond: null, server: null }));
    const nothing = {
      requestsPerSecond: null,
      cpuPerRequestNs: null,
      efficiency: null,
      cost: null,
    };
    expect(scalingOf(aResult(unknown, config))[0]?.steps).toEqual([
      { name: 'go@1w', workers: 1, isLimited: false, ...nothing },
      { name: 'go@2w', workers: 2, isLimited: false, ...nothing },
    ]);
  });
});

describe('contention', () => {
  const at = (truths: Record<string, Truth>, cpus = 4) => {
    const [scaling] = scalingOf(measured(truths));
    const found = scaling ? contentionOf(scaling, cpus, 0.05) : null;
    return found && `${found.step.workers} ${found.shownBy}`;
  };

  test.each([
    ['a fair server', fair, 4, null],
    ['one that falls short', contended, 4, '4 efficiency'],
    ['beyond the CPUs nobody can tell', contended, 2, null],
    [
      'one whose requests cost more, whoever was the limit',
      {
        'go@1w': { requestsPerSecond: 1000, limitedBy: 'generator' },
        'go@2w': { requestsPerSecond: 1000, requestsPerCpuSecond: 40_000, limitedBy: 'generator' },
      },
      4,
      '2 cost',
    ],
    [
      'a generator that was the limit says nothing',
      {
        'go@1w': { requestsPerSecond: 1000 },
        'go@2w': { requestsPerSecond: 1000, limitedBy: 'generator' },
      },
      4,
      null,
    ],
    [
      'less than matters',
      {
        'go@1w': { requestsPerSecond: 1000 },
        'go@2w': { requestsPerSecond: 1930, requestsPerCpuSecond: 49_000 },
      },
      4,
      null,
    ],
  ] satisfies [string, Record<string, Truth>, number, string | null][])(
    '%s',
    (_, truths, cpus, expected) => expect(at(truths, cpus)).toBe(expected),
  );

  const ratio = (low: number | null, high: number | null) => ({ estimate: 1, low, high });
  test.each<[string, Partial<ScalingStep>, string | null]>([
    ['an efficiency short by just what matters', { efficiency: ratio(0.5, 0.8) }, null],
    ['one short by more', { efficiency: ratio(0.5, 0.79) }, 'efficiency'],
    ['a cost higher by just what matters', { cost: ratio(1.25, 2) }, null],
    ['one higher by more', { cost: ratio(1.26, 2) }, 'cost'],
    ['less than matters', { efficiency: ratio(0.5, 0.9), cost: ratio(1.1, 2) }, null],
    ['no interval', { efficiency: ratio(null, null), cost: ratio(null, null) }, null],
  ])('with a precision of 25 %%: %s', (_, changes, expected) => {
    const known = { requestsPerSecond: 9, cpuPerRequestNs: 9, efficiency: null, cost: null };
    const fewest = { name: 'go@1w', workers: 1, isLimited: false, ...known };
    const more = { ...fewest, name: 'go@2w', workers: 2, ...changes };
    const scaling = { operation: 'get', target: 'go', steps: [fewest, more] as const };
    expect(contentionOf(scaling, 2, 0.25)?.shownBy ?? null).toBe(expected);
  });

  test('efficiency and cost of two rounds are told without an interval', () => {
    const [scaling] = scalingOf(measured(contended, 4, 2));
    const { efficiency, cost } = scaling?.steps[2] ?? {};
    expect(efficiency).toMatchObject({ low: null, high: null });
    expect(efficiency?.estimate).toBeCloseTo(0.5, 2);
    expect(cost).toMatchObject({ low: null, high: null });
    expect(cost?.estimate).toBeCloseTo(2, 2);
  });
});

describe('in words', () => {
  const result = measured({ ...fair, ...contended });

  test('a table an operation, that fits a terminal', () => {
    const [table, ...more] = scalingFigures(result);
    expect(more).toEqual([]);
    expect(table?.head.slice(0, 4)).toEqual(['target', 'workers', 'requests/s', 'efficiency']);
    expect(table?.rows.map(([target, workers]) => `${target} ${workers}`)).toEqual([
      ...['rust 1', 'rust 2', 'rust 4'],
      ...['rust+mutex 1', 'rust+mutex 2', 'rust+mutex 4'],
    ]);
    expect(table?.rows.map((row) => row[2])).toEqual([
      '1,000',
      '1,980',
      '3,900',
      '1,000',
      '1,970',
      '2,000',
    ]);
    expect(table?.rows.map((row) => row[4])).toEqual([
      ...['20.0 µs', '20.0 µs', '20.0 µs'],
      ...['20.0 µs', '20.4 µs', '40.0 µs'],
    ]);
    expect(table?.rows[1]?.[3]).toMatch(/^0\.99 \(0\.9\d–\d\.\d\d\)$/);
    expect(table?.rows[5]?.[3]).toMatch(/^0\.50 \(0\.\d\d–0\.\d\d\)$/);
    expect(table?.rows[5]?.[5]).toMatch(/^2\.0\d× \(\d\.\d\d–\d\.\d\d\)$/);
    expect(table?.note).toBeNull();
  });

  test('where it begins, and where none shows', () => {
    expect(scalingSentences(result)).toEqual([
      expect.stringMatching(
        /^get: contention shows in rust\+mutex from 4 workers on: efficiency 0\.50 \(.*\); none in rust up to 4\.$/,
      ),
    ]);
    expect(scalingSentences(measured(fair))).toEqual([
      'get: up to 4 workers no contention shows in rust.',
    ]);
  });

  test('on few CPUs up to where it could look', () => {
    const two = measured({ ...fair, ...contended }, 2);
    expect(scalingSentences(two)).toEqual([
      'get: up to 2 workers no contention shows in rust, rust+mutex.',
    ]);
    expect(scalingFigures(two)[0]?.note).toContain('more workers than servers have CPUs (2)');
    expect(scalingFigures(two)[0]?.rows[2]?.[1]).toBe('4*');
    expect(scalingSentences(measured(fair, 1))).toEqual([
      "Whether workers get in each other's way can't be told: they share 1 CPU here.",
    ]);
  });

  test('what the generator limited is a bound, or not known', () => {
    const limited = measured({
      'go@1w': { requestsPerSecond: 1000 },
      'go@2w': { requestsPerSecond: 1500, limitedBy: 'generator' },
      'rust@1w': { requestsPerSecond: 1000, limitedBy: 'generator' },
      'rust@2w': { requestsPerSecond: 1500 },
      'rust@4w': { requestsPerSecond: 1500, limitedBy: 'generator' },
    });
    const rows = scalingFigures(limited)[0]?.rows.map((row) => row[3]);
    expect(rows).toEqual(['', '≥0.75', '', '≤0.75', 'n/a']);
  });

  test('the page has the table, the sentence and a chart', () => {
    const outline = outlineOf([known(runKind, result)]);
    const [part] = outline.parts;
    expect(part?.tables.map(({ title }) => title)).toContain('Scaling, get');
    expect(part?.sentences.map(({ text }) => text).join('\n')).toContain('contention shows');
    const chart = runCharts([result]).find(({ id }) => id === 'scaling-get');
    expect(chart?.kind === 'lines' && chart.series.map(({ name }) => name)).toEqual([
      'rust',
      'rust+mutex',
    ]);
  });

  test.each([
    [['rust', 'go'], '3 workers a server'],
    [['rust@1w'], '1 worker a server'],
    [['rust@4w', 'rust@1w', 'go@2w'], '1, 2 or 4 workers a server'],
    [['rust@1w', 'go'], '1 or 3 workers a server'],
  ])('%j have %s', (names, text) => {
    expect(
      workersText(
        { workers: 3 },
        names.map((name) => ({ name })),
      ),
    ).toBe(text);
  });
});
