import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runCharts } from '../../src/report/charts/run.js';
import { known } from '../../src/report/kinds/kind.js';
import { runKind } from '../../src/report/kinds/run.js';
import { outlineOf } from '../../src/report/outline.js';
import { scalingFigures, scalingSentences, workersText } from '../../src/report/scaling.js';
import type { RunResult, Trial } from '../../src/result/schema.js';
import { contentionOf, scalingOf } from '../../src/stats/scaling.js';
import { aResult, aTrial, pairedRounds } from '../helpers/results.js';

interface Truth {
  requestsPerSecond: number;
  requestsPerCpuSecond?: number;
  limitedBy?: Trial['limitedBy'];
}

const any = aTrial();

/** Ten rounds in which servers do what is told of them, a little more or less in each. */
function measured(truths: Record<string, Truth>, cpus = 4): RunResult {
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
  const trials = pairedRounds(10, make, targets);
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
