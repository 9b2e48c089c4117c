import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { confidence, estimate, ratioWithin } from '../../src/costs/estimate.js';
import {
  aboutFigure,
  costFigures,
  costParts,
  costRowNames,
  figureNames,
} from '../../src/costs/figures.js';
import { countLines } from '../../src/costs/lines.js';
import { type KnownCosts, measureCosts } from '../../src/costs/measure.js';
import type { CostBench, CostSubject, OpenPart, Samples } from '../../src/costs/part.js';
import { eachRound, noneOf } from '../../src/costs/part.js';
import { auditOf } from '../../src/costs/parts/advisories.js';
import { loaded, textSectionBytes } from '../../src/costs/parts/artifact.js';
import { childrenNs } from '../../src/costs/parts/build.js';
import { CostRecord } from '../../src/costs/record.js';
import {
  type CostsResult,
  defaultCostSettings,
  type Heap,
  type MeasuredCost,
} from '../../src/costs/schema.js';
import { KvbenchError } from '../../src/errors.js';
import { parseRollup } from '../../src/observe/memory.js';
import { packagePath } from '../../src/package.js';
import { createRandom } from '../../src/random.js';
import { collectorCharts } from '../../src/report/charts/costs.js';
import { costSentences, costTables, describeCosts } from '../../src/report/costs-figures.js';
import { exportCostsCsv } from '../../src/report/export/csv-costs.js';
import { costFlagsOf } from '../../src/report/repeat.js';
import { courseOf } from '../helpers/series.js';

describe('the middle of values and its interval', () => {
  test('one value has none', () => {
    expect(estimate([7])).toEqual({ value: 7, low: null, high: null });
  });

  test('of few values it is that of Student, on logarithms', () => {
    // ln: 0, ln 2, ln 4; mean ln 2, deviation ln 2, t(2; 99.5 %) = 9.925.
    const { value, low, high } = estimate([1, 2, 4]);
    expect(value).toBe(2);
    const half = (9.925 * Math.log(2)) / Math.sqrt(3);
    expect(low).toBeCloseTo(Math.exp(Math.log(2) - half), 9);
    expect(high).toBeCloseTo(Math.exp(Math.log(2) + half), 9);
  });

  test('with a value that is not positive it is on the plain scale', () => {
    const { value, low, high } = estimate([-1, 0, 1]);
    expect(value).toBe(0);
    expect(high).toBeCloseTo(9.925 / Math.sqrt(3), 9);
    expect(low).toBeCloseTo(-9.925 / Math.sqrt(3), 9);
  });

  test('of eight it is the exact one of ranks: from the least to the greatest', () => {
    const { low, high } = estimate([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(low).toBeCloseTo(1, 9);
    expect(high).toBeCloseTo(8, 9);
  });

  test('is as large as the values are', () => {
    expect(estimate(Array(8).fill(5e12))).toMatchObject({ value: expect.closeTo(5e12, -6) });
  });

  test('holds its value, whatever the order, and grows with the unit', () => {
    const values = fc.array(fc.double({ min: 0.001, max: 1e9, noNaN: true }), {
      minLength: 2,
      maxLength: 15,
    });
    fc.assert(
      fc.property(values, fc.double({ min: 0.5, max: 1000, noNaN: true }), (list, unit) => {
        const { value, low, high } = estimate(list);
        expect(low).toBeLessThanOrEqual(value * (1 + 1e-9));
        expect(high).toBeGreaterThanOrEqual(value * (1 - 1e-9));
        const turned = estimate(list.toReversed());
        expect(turned.value).toBeCloseTo(value, -Math.log10(value) + 5);
        const scaled = estimate(list.map((one) => one * unit));
        expect(scaled.value / value / unit).toBeCloseTo(1, 4);
      }),
    );
  });

  test.each([3, 5, 8, 12])('of %i normal values holds the truth as often as it says', (n) => {
    const random = createRandom(n);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const draws = 3000;
    let missed = 0;
    for (let draw = 0; draw < draws; draw++) {
      const { low, high } = estimate(Array.from({ length: n }, () => Math.exp(0.1 * normal())));
      if (low === null || high === null || low > 1 || high < 1) missed++;
    }
    // The same draws each time: 1 % and three standard errors.
    expect(missed / draws).toBeLessThan(1 - confidence + 0.006);
  });

  test('a ratio is of rounds that both have', () => {
    expect(ratioWithin([2, null, 6], [1, 5, 2])?.value).toBeCloseTo(2.5, 9);
    expect(ratioWithin([2, null], [null, 5])).toBeNull();
    expect(ratioWithin([0], [1])).toBeNull();
  });
});

describe('what programs of the system print', () => {
  test.each([
    ['0m0.01s 0m0.00s\n1m2.500000s 0m0.25s\n', 62.75e9],
    ['0m0.010s 0m0.000s\n0m0.000s 0m0.000s\n', 0],
    ['', null],
    ['nothing\nof it\n', null],
  ])('times of a shell: %j', (text, ns) => {
    expect(childrenNs(text)).toBe(ns);
  });

  test('the size of the code among sections', () => {
    const text = [
      '  [Nr] Name              Type            Address          Off    Size   ES Flg Lk Inf Al',
      '  [14] .init             PROGBITS        0000000000061000 061000 000017 00  AX  0   0  4',
      '  [16] .text             PROGBITS        0000000000061a40 061a40 2b0f9d 00  AX  0   0 64',
      '  [17] .text.unlikely    PROGBITS        0000000000071a40 071a40 000001 00  AX  0   0 64',
    ].join('\n');
    expect(textSectionBytes(text)).toBe(0x2b0f9d);
    expect(textSectionBytes('There are no sections in this file.')).toBeNull();
  });

  test('advisories about what is built in, and not about what a lockfile names besides', () => {
    const finding = (name: string, id: string | null) => ({
      advisory: id === null ? null : { id, title: 'it is bad' },
      package: { name, version: '1.0.0', source: null },
    });
    const text = JSON.stringify({
      database: { 'advisory-count': 3, 'last-updated': '2026-08-21T08:28:40+02:00' },
      lockfile: { 'dependency-count': 9 },
      vulnerabilities: {
        found: true,
        count: 2,
        list: [finding('built', 'RUSTSEC-2026-0001'), finding('left-out', 'RUSTSEC-2026-0002')],
      },
      warnings: {
        unmaintained: [finding('old', 'RUSTSEC-2020-0003')],
        yanked: [finding('gone', null)],
      },
    });
    const built = ['built 1.0.0', 'old 1.0.0', 'gone 1.0.0'];
    expect(auditOf(text, (crate) => built.includes(crate))).toEqual({
      'source.vulnerabilities': {
        value: 1,
        detail: 'built (RUSTSEC-2026-0001), data of 2026-08-21',
      },
      'source.unmaintained': {
        value: 2,
        detail: 'old (RUSTSEC-2020-0003), gone (yanked), data of 2026-08-21',
      },
    });
    expect(auditOf(text, () => false)?.['source.vulnerabilities']).toMatchObject({ value: 0 });
    expect(auditOf('error: no such command', () => true)).toBeNull();
  });

  test('paths that a loader would load', () => {
    const text = [
      '\tlinux-vdso.so.1 (0x00007ffd0a5f2000)',
      '\tlibgcc_s.so.1 => /lib/x86_64-linux-gnu/libgcc_s.so.1 (0x00007f0c1c3a0000)',
      '\tlibgone.so.1 => not found',
      '\t/lib64/ld-linux-x86-64.so.2 (0x00007f0c1c9d1000)',
    ].join('\n');
    expect(loaded({ text })).toEqual([
      '/lib/x86_64-linux-gnu/libgcc_s.so.1',
      '/lib64/ld-linux-x86-64.so.2',
    ]);
    expect(loaded({ text: '\tstatically linked\n' })).toEqual([]);
    expect(loaded({ reason: 'there is no ldd on the PATH' })).toEqual([]);
  });

  test('memory of a process', () => {
    const text = 'Rss:      9000 kB\nPss:     5000 kB\nPss_Dirty:   1 kB\nPrivate_Dirty:   4 kB\n';
    expect(parseRollup(text)).toEqual({
      rss: 9000 * 1024,
      pss: 5000 * 1024,
      privateDirty: 4 * 1024,
    });
    expect(() => parseRollup('nothing')).toThrow('no memory');
  });
});

describe('figures that are measured for each number of jobs', () => {
  const ofJobs = (jobs: number[]) => figureNames(jobs).filter((name) => aboutFigure(name).each);

  test('are none where no number is named, and have no speed-up over themselves', () => {
    expect(ofJobs([])).toEqual([]);
    expect(ofJobs([2])).toEqual(['build.jobs-2']);
    expect(ofJobs([4, 1])).toEqual(['build.jobs-4', 'build.jobs-1', 'build.speed-up-4']);
  });

  test('have the number in their label', () => {
    expect(aboutFigure('build.jobs-1')).toMatchObject({ label: 'cold, 1 job', unit: 'ns' });
    expect(aboutFigure('build.speed-up-4')).toMatchObject({ label: 'speed-up, 4 jobs' });
  });

  test('are taken down by round; a reason for their row is one for each', () => {
    const record = new CostRecord('rust', { jobs: [1, 2] });
    record.add('build', { 'build.jobs-1': 80, 'build.jobs-2': 40, 'build.speed-up-2': 2 });
    record.add('build', { 'build.jobs-1': 90, 'build.jobs-2': 50, 'build.speed-up-2': 1.8 });
    const taken = record.figures().filter(({ figure }) => aboutFigure(figure).each);
    expect(taken).toMatchObject([
      { figure: 'build.jobs-1', values: [80, 90], value: 85 },
      { figure: 'build.jobs-2', values: [40, 50], value: 45 },
      { figure: 'build.speed-up-2', values: [2, 1.8], low: expect.any(Number) },
    ]);
    const untold = new CostRecord('own', { jobs: [1, 2] });
    untold.add('build', noneOf('build', 'nobody knows'));
    const reasons = untold.figures().filter(({ figure }) => aboutFigure(figure).each);
    expect(reasons.map(({ reason }) => reason)).toEqual(Array(3).fill('nobody knows'));
  });
});

test('lines are those of code and those of comments alone', async () => {
  const paths = ['go-kv/store.go', 'README.md'].map((file) => packagePath(file));
  const { files, code, comments, tests } = await countLines(paths);
  expect(files).toBe(1);
  expect(code).toBeGreaterThan(0);
  expect(comments).toBeGreaterThan(0);
  expect(tests).toBe(0);
  const key = await countLines([packagePath('rust-kv/src/key.rs')]);
  expect(key.tests).toBeGreaterThan(10);
  expect(key.branches).toBeGreaterThan(0);
});

describe('the record of a target', () => {
  const of = (figures: MeasuredCost[], name: string) =>
    figures.find(({ figure }) => figure === name);

  test('has a value for each round, and the middle of them', () => {
    const record = new CostRecord('go');
    record.add('start', { 'start.warm': 10, 'start.cpu': { reason: 'not told' } });
    record.add('start', { 'start.warm': 20, 'start.cpu': { reason: 'not told' } });
    record.add('start', {});
    const figures = record.figures();
    expect(of(figures, 'start.warm')).toMatchObject({ values: [10, 20, null], value: 15 });
    expect(of(figures, 'start.cpu')).toMatchObject({ value: null, reason: 'not told' });
    expect(of(figures, 'start.cold')).toMatchObject({ reason: 'it was not measured' });
    expect(of(figures, 'build.cold')).toBeUndefined();
    expect(figures.every(({ heap }) => heap === null)).toBe(true);
  });

  test('what is the same each time has no interval', () => {
    const record = new CostRecord('go');
    record.add('artifact', {
      'artifact.size': 10,
      'artifact.libraries': { value: 0, detail: 'none' },
    });
    expect(of(record.figures(), 'artifact.size')).toMatchObject({ value: 10, low: null });
    expect(of(record.figures(), 'artifact.libraries')).toMatchObject({ value: 0, detail: 'none' });
  });

  test('what is taken of each heap has a value of each, and one reason may be of all', () => {
    const record = new CostRecord('go', { heaps: [10, 'max'] });
    const cycles = () => record.figures().filter(({ figure }) => figure === 'collector.cycles');
    record.add('collector', new Map([[10, { 'collector.cycles': 3 }]]));
    record.add('collector', new Map([['max' as const, { 'collector.cycles': 1 }]]));
    expect(cycles()).toMatchObject([
      { heap: 10, values: [3, null], value: 3 },
      { heap: 'max', values: [null, 1], value: 1 },
    ]);
    record.add('collector', noneOf('collector', 'it has none'));
    expect(cycles()).toMatchObject([{ values: [3, null, null] }, { values: [null, 1, null] }]);
    const other = new CostRecord('rust', { heaps: [10, 'max'] });
    other.add('collector', noneOf('collector', 'it has none'));
    const reasons = other.figures().map(({ reason }) => reason);
    expect(new Set(reasons)).toEqual(new Set(['it has none']));
  });

  test('a part that fails says why, and keeps what it had', () => {
    const record = new CostRecord('go');
    record.add('start', { 'start.warm': 10 });
    record.fail('start', 'it crashed');
    expect(of(record.figures(), 'start.warm')).toMatchObject({ value: 10, reason: null });
    expect(of(record.figures(), 'start.cold')).toMatchObject({ reason: 'it crashed' });
  });

  test('what is no number is none', () => {
    const record = new CostRecord('go');
    record.add('start', { 'start.warm': Number.NaN });
    expect(of(record.figures(), 'start.warm')).toMatchObject({ values: [null], value: null });
  });
});

test('every figure is of a part, and every part has figures', () => {
  for (const part of costParts) {
    const own = costRowNames.filter((name) => costFigures[name].part === part);
    expect(own.length).toBeGreaterThan(0);
    expect(own.every((name) => name.startsWith(`${part}.`))).toBe(true);
    expect(Object.keys(noneOf(part, 'why'))).toEqual(own);
  }
});

test('the guide has every figure, and how it is measured', () => {
  const guide = readFileSync(packagePath('docs/costs.md'), 'utf8');
  for (const { part, label, how } of Object.values(costFigures)) {
    expect(guide).toContain(`| ${part} | ${label} | ${how} |`);
  }
});

describe('measuring', () => {
  const abort = new AbortController();
  const bench = (changes: Partial<CostBench> = {}): CostBench => ({
    settings: { ...defaultCostSettings, parts: ['start', 'threads'], seed: 1 },
    config: {} as CostBench['config'],
    signal: abort.signal,
    workOf: () => packagePath('fixtures'),
    start: () => Promise.reject(new Error('nothing is started')),
    withLoad: () => Promise.reject(new Error('nothing is loaded')),
    ...changes,
  });
  const subjects = ['rust', 'go'].map((name) => ({ name }) as CostSubject);
  const silent = { onEvent: () => {}, save: async () => {} };
  const none: OpenPart = async () => eachRound(0, async () => ({}));
  const openers = Object.fromEntries(costParts.map((part) => [part, none])) as Record<
    (typeof costParts)[number],
    OpenPart
  >;

  test('targets take turns, in an order of its own for every round', async () => {
    const turns: string[] = [];
    const start: OpenPart = async ({ name }) =>
      eachRound(20, async () => {
        turns.push(name);
        return { 'start.warm': 1 };
      });
    await measureCosts(subjects, bench(), silent, { ...openers, start });
    const rounds = Array.from({ length: 20 }, (_, i) => turns.slice(2 * i, 2 * i + 2));
    expect(rounds.every((pair) => new Set(pair).size === 2)).toBe(true);
    expect(new Set(rounds.map(([first]) => first)).size).toBe(2);
  });

  test('a round draws the same for all targets', async () => {
    const drawn: number[] = [];
    const start: OpenPart = async () =>
      eachRound(3, async (random) => {
        drawn.push(random());
        return {};
      });
    await measureCosts(subjects, bench(), silent, { ...openers, start });
    expect(new Set(drawn).size).toBe(3);
    expect(drawn[0]).toBe(drawn[1]);
  });

  test('a server that fails has its reason, and the other its figures', async () => {
    const closed: string[] = [];
    const start: OpenPart = async ({ name }) => ({
      rounds: 2,
      async round() {
        if (name === 'go') throw new KvbenchError('target', 'go crashed.', 'Mend it.');
        return { 'start.warm': 5 };
      },
      close: async () => void closed.push(name),
    });
    const { figures } = await measureCosts(subjects, bench(), silent, { ...openers, start });
    const warm = figures.filter(({ figure }) => figure === 'start.warm');
    expect(warm).toMatchObject([
      { target: 'rust', values: [5, 5] },
      { target: 'go', values: [], reason: 'go crashed.' },
    ]);
    expect(closed.toSorted()).toEqual(['go', 'rust']);
  });

  test('of a course of time the last of each size is kept', async () => {
    const start: OpenPart = async (_, { keep }) => {
      let round = 0;
      return eachRound(3, async () => {
        for (const keys of [10, 20]) keep({ keys, ratePerSecond: ++round, series: course([]) });
        return {};
      });
    };
    const { series } = await measureCosts(subjects, bench(), silent, { ...openers, start });
    const kept = series.map(({ target, keys, ratePerSecond }) => [target, keys, ratePerSecond]);
    const last = [
      [10, 5],
      [20, 6],
    ];
    const expected = ['rust', 'go'].flatMap((name) => last.map((one) => [name, ...one]));
    expect(kept.toSorted()).toEqual(expected.toSorted());
  });

  test('of a part that but waits the rounds come last, and others are measured meanwhile', async () => {
    const order: string[] = [];
    const noted = (what: string, waits: boolean): OpenPart => {
      return async ({ name }) => {
        order.push(`open ${what} ${name}`);
        const round = async () => {
          order.push(`${what} ${name}`);
          return {};
        };
        return { rounds: 1, waits, round, close: async () => void order.push(`close ${what}`) };
      };
    };
    const settings = { ...bench().settings, parts: ['start' as const, 'threads' as const] };
    const parts = { ...openers, start: noted('start', true), threads: noted('threads', false) };
    await measureCosts(subjects.slice(0, 1), bench({ settings }), silent, parts);
    expect(order).toEqual([
      ...['open start rust', 'open threads rust', 'threads rust', 'close threads'],
      ...['start rust', 'close start'],
    ]);
  });

  test.each([false, true])(
    'what was begun is closed when a later part has a bug: waits %s',
    async (waits) => {
      const closed: string[] = [];
      const start: OpenPart = async () => ({
        rounds: 1,
        waits,
        round: async () => ({}),
        close: async () => void closed.push('start'),
      });
      const threads: OpenPart = () => Promise.reject(new TypeError('a bug'));
      const measuring = measureCosts(subjects, bench(), silent, { ...openers, start, threads });
      await expect(measuring).rejects.toThrow(TypeError);
      expect(closed).toEqual(['start', 'start']);
    },
  );

  test('a bug is no figure', async () => {
    const start: OpenPart = async () => eachRound(1, () => Promise.reject(new TypeError('a bug')));
    const measuring = measureCosts(subjects, bench(), silent, { ...openers, start });
    await expect(measuring).rejects.toThrow(TypeError);
  });

  test('when it is ended, all is closed, and what is known was saved', async () => {
    const ending = new AbortController();
    const closed: string[] = [];
    let saved: MeasuredCost[] = [];
    const start: OpenPart = async ({ name }) => ({
      rounds: 9,
      round: async () => ({ 'start.warm': 5 }),
      close: async () => void closed.push(name),
    });
    const save = async ({ figures }: KnownCosts) => {
      saved = figures;
      ending.abort(new Error('enough'));
    };
    const measuring = measureCosts(
      subjects,
      bench({ signal: ending.signal }),
      { onEvent: () => {}, save },
      { ...openers, start },
    );
    await expect(measuring).rejects.toThrow('enough');
    expect(closed.toSorted()).toEqual(['go', 'rust']);
    expect(saved.filter(({ figure }) => figure === 'start.warm')).toHaveLength(2);
  });
});

/** Tenths of a second with these P99s, of which the ones given hold the end of a collection. */
function course(p99Ns: number[], ended: readonly number[] = []) {
  return courseOf(
    p99Ns,
    ended.map((index) => index * 100 + 50),
  );
}

describe('what is told of costs', () => {
  const measured = (target: string, figure: MeasuredCost['figure'], values: number[]) => {
    const record = new CostRecord(target, { heaps: defaultCostSettings.heaps });
    record.add(aboutFigure(figure).part, { [figure]: values[0] as number });
    for (const value of values.slice(1)) record.add(aboutFigure(figure).part, { [figure]: value });
    return record.figures().filter((one) => one.figure === figure);
  };
  const result = (figures: MeasuredCost[], more: Partial<CostsResult> = {}) =>
    ({
      targets: [{ name: 'rust' }, { name: 'go' }],
      settings: { ...defaultCostSettings, seed: 1 },
      figures,
      ...more,
    }) as CostsResult;

  test('what answers a question is told, and the rest stays in its table', () => {
    const both = (figure: MeasuredCost['figure'], rust: number[], go: number[]) => [
      ...measured('rust', figure, rust),
      ...measured('go', figure, go),
    ];
    const figures = [
      ...both('build.cold', [60, 61, 60.5], [20, 20.2, 20.1]),
      ...both('memory.key', [100, 101, 100.5], [270, 271, 270.5]),
      ...both('start.warm', [8, 12, 10], [12, 8, 10]),
      ...both('artifact.size', [2], [8]),
      ...both('artifact.stripped', [1], [7]),
    ];
    expect(costSentences(result(figures))).toEqual([
      'go against rust. Less: build cold 0.332×; more: size 4.00×, memory a key 2.69×; not told apart: start to the first answer.',
    ]);
  });

  test.each([
    ['proven', [4, 4.1, 4.2], 2],
    ['not proven', [0.5, 4, 9], 0],
  ])(
    'a collector that slows requests is told of each heap where it is %s',
    (_, ratios, sentences) => {
      const figures = measured('go', 'collector.p99', ratios);
      const told = costSentences(result(figures));
      expect(told).toHaveLength(sentences);
      if (sentences > 0) expect(told[0]).toContain('go with 10,000 keys: P99 beside the end of');
    },
  );

  test('a table is of one heap, and says which', () => {
    const settings = { ...defaultCostSettings, seed: 1, heaps: [20_000, 'max' as const] };
    const record = new CostRecord('go', settings);
    const held = (keys: number) => ({ 'collector.keys': keys, 'collector.cycles': 2 });
    record.add(
      'collector',
      new Map<Heap, Samples>([
        [20_000, held(20_000)],
        ['max', held(7e6)],
      ]),
    );
    record.add('threads', { 'threads.idle': 7 });
    const tables = costTables(result(record.figures(), { settings }));
    expect(tables.map(({ title }) => title)).toEqual([
      'Collector and page faults beside the latency, 20,000 keys',
      'Collector and page faults beside the latency, as many keys as fit',
      'Threads',
    ]);
    expect(tables[1]?.rows[0]).toEqual(['keys held', 'n/a', '7,000,000']);
  });

  test('the chart marks the moments in which a collection ended', () => {
    const series = [
      {
        target: 'go',
        keys: 50,
        ratePerSecond: 1,
        series: course([10, 90, null as never, 20], [1]),
      },
    ];
    const [chart, ...others] = collectorCharts(result([], { series }));
    expect(others).toEqual([]);
    expect(chart?.title).toBe('50 keys: response time beside the collector');
    expect(chart?.series.map(({ name, colour, draw }) => [name, colour, draw])).toEqual([
      ['go', 1, 'line'],
      ['go, collected', 1, 'dots'],
    ]);
    expect(chart?.series[1]?.points).toEqual([{ x: 150, y: 90 }]);
    expect(chart?.series[0]?.points[2]).toEqual({ x: 250, y: null });
  });

  test('an interval without an end that says anything is not spelt out', () => {
    const figures = [
      ...measured('rust', 'start.warm', [1e6, 9e9]),
      ...measured('go', 'start.warm', [1e6, 1.1e6]),
    ];
    const cells = costTables(result(figures)).flatMap(({ rows }) => rows.flat());
    expect(cells.join(' ')).toContain('±>999%');
    expect(cells.join(' ')).not.toMatch(/±\d{4}|±\d+,/);
  });

  test('builds by jobs have a table of their own, with what more jobs bring', () => {
    const record = new CostRecord('go', { jobs: [1, 2] });
    for (const ns of [40e9, 41e9]) {
      record.add('build', {
        'build.jobs-1': ns,
        'build.jobs-2': ns / 2,
        'build.speed-up-2': 2,
      });
    }
    const settings = { ...defaultCostSettings, seed: 1, jobs: [1, 2] };
    const document = result(record.figures(), { targets: [{ name: 'go' }] as never, settings });
    const table = costTables(document).find(({ title }) => title === 'Build, by jobs');
    expect(table?.rows.map(([label, value]) => [label, value])).toEqual([
      ['cold, 1 job', expect.stringContaining('s ±')],
      ['cold, 2 jobs', expect.stringContaining('s ±')],
      ['speed-up, 2 jobs', '2.00×'],
    ]);
    expect(exportCostsCsv(document)).toContain('go,build.speed-up-2,ratio,2,');
    expect(describeCosts(document)).toContain('as many with each of 1, 2 jobs');
    expect(costFlagsOf(settings)).toContain('--jobs');
  });

  test('page faults have a chart of their own, where any were told', () => {
    const one = { keys: 50, ratePerSecond: 1, series: { ...course([10, 20]), gcPauses: null } };
    const series = [
      { ...one, target: 'rust', faults: [3, null] },
      { ...one, target: 'go', faults: [null, null] },
    ];
    const charts = collectorCharts(result([], { series }));
    expect(charts.map(({ id }) => id)).toEqual(['collector-50-keys', 'faults-50-keys']);
    expect(charts.map(({ series: lines }) => lines.map(({ name }) => name))).toEqual([
      ['rust', 'go'],
      ['rust'],
    ]);
    expect(charts[1]?.series[0]?.points).toEqual([
      { x: 50, y: 3 },
      { x: 150, y: null },
    ]);
  });

  test('a document without a course of time has no chart', () => {
    expect(collectorCharts(result([]))).toEqual([]);
  });
});
