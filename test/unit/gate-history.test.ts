import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Chalk } from 'chalk';
import { describe, expect, test } from 'vitest';
import { allowanceFor, changesOf, figureHistories, inOrder } from '../../src/gate/history.js';
import type { GateRound } from '../../src/gate/rounds.js';
import type { GateResult, MetricRow } from '../../src/gate/schema.js';
import { reportHistory } from '../../src/report/gate/history.js';
import { endlessRatio } from '../../src/stats/signed-rank.js';
import { cli, ownDirs } from '../helpers/cli.js';
import { aGateResult, aPolicy, createNormal, runSession, someRounds } from '../helpers/gate.js';

const sigmas = { p50: 0.01, p90: 0.02, tail: 0.03, p99: 0.09, cpu: 0.01, rss: 0.004 };
const policy = aPolicy({ operations: ['get'], metrics: ['p50', 'cpu'] });

/** A gate of commit a against b, in which head is so many times as slow. */
function gate(number: number, base: string, head: string, p50 = 1): GateResult {
  const truth = { noise: createNormal(number), sigmas, ratios: { 'get.p50': p50 } };
  const { rounds } = runSession(policy, truth);
  const result = aGateResult(rounds, { policy });
  return {
    ...result,
    startedAt: `2026-01-0${number}T00:00:00.000Z`,
    base: { ...result.base, commit: base.repeat(40) },
    head: { ...result.head, commit: head.repeat(40), clean: true },
  };
}

const row = [gate(3, 'c', 'd', 0.5), gate(1, 'a', 'b'), gate(2, 'b', 'c', 1.5)];

test('gates stand in the order of time; without a verdict they say nothing', () => {
  const open = aGateResult(someRounds(3, { noise: createNormal(1), sigmas }), { policy });
  expect(open.judgement.verdict).toBeNull();
  expect(inOrder([...row, open]).map(({ head }) => head.commit?.[0])).toEqual(['b', 'c', 'd']);
});

/** A gate that says of the median of get what `row` does, by default that it took 1.5 times as long. */
function told(
  {
    base = 'a',
    head = 'b',
    clean,
  }: { base?: string | null; head?: string | null; clean?: boolean },
  row: Partial<MetricRow> = {},
): GateResult {
  const result = gate(1, 'a', 'b');
  const [first] = result.judgement.metrics as [MetricRow];
  const metrics = [{ ...first, allowance: 0.25, ...ratio(1.4, 1.5, 1.6), ...row }];
  return {
    ...result,
    base: { ...result.base, commit: base },
    head: { ...result.head, commit: head, ...(clean !== undefined && { clean }) },
    judgement: { ...result.judgement, metrics },
  };
}

function ratio(low: number | null, estimate: number, high: number | null): Partial<MetricRow> {
  return { ratio: { low, estimate, high } };
}

describe('changes', () => {
  test('are what was proven, with the level that they lead to', () => {
    const changes = changesOf(inOrder(row));
    expect(changes.map(({ row: { name }, gate: { head } }) => [name, head.commit?.[0]])).toEqual([
      ['get.p50', 'c'],
      ['get.p50', 'd'],
    ]);
    expect(changes[0]?.level).toBeCloseTo(1.5, 1);
    expect(changes[1]?.level).toBeCloseTo(0.75, 1);
  });

  test('begin anew where a gate does not begin at the end of the last', () => {
    const [, , last] = inOrder([...row.slice(1), gate(4, 'x', 'y', 0.5)]);
    const changes = changesOf(inOrder([...row.slice(1), gate(4, 'x', 'y', 0.5)]));
    expect(last?.base.commit?.[0]).toBe('x');
    expect(changes.at(-1)?.level).toBeCloseTo(0.5, 1);
  });

  test.each<[boolean, string, Partial<MetricRow>]>([
    [true, 'worse beyond the allowance of 25 %', {}],
    [true, 'better by more than that', ratio(0.6, 0.7, 0.75)],
    [false, 'worse within it', ratio(1.1, 1.2, 1.3)],
    [false, 'worse by exactly that', ratio(1.2, 1.25, 1.3)],
    [false, 'better by exactly that', ratio(0.75, 0.8, 0.85)],
    [false, 'better by less', ratio(0.8, 0.9, 0.95)],
    [false, 'perhaps the same, and worse if not', ratio(1, 1.5, 2)],
    [false, 'perhaps the same, and better if not', ratio(0.4, 0.5, 1)],
    [false, 'of too few rounds', ratio(null, 1.5, null)],
    [false, 'not measured', { ratio: null }],
    [false, 'a figure that is only reported', { allowance: null }],
    [false, 'the size of a build, which is no sample', { metric: 'binarySize', operation: null }],
  ])('%s: %s', (isListed, _, row) => {
    expect(changesOf([told({}, row)])).toHaveLength(isListed ? 1 : 0);
  });

  test.each([
    ['the commit that it ended at', {}, { base: 'b' }, 1.5 * 1.5],
    ['another commit', {}, { base: 'a' }, 1.5],
    ['nothing that is known, as builds that are given', { head: null }, { base: null }, 1.5],
    ['a commit that the working tree had changed', { clean: false }, { base: 'b' }, 1.5],
  ])('a gate begins at %s', (_, before, after, level) => {
    const [, change] = changesOf([told(before), told({ head: 'c', ...after })]);
    expect(change?.level).toBe(level);
  });

  test('what nothing proves to have changed leaves the level', () => {
    const same = told({ base: 'b', head: 'c' }, ratio(0.9, 1.1, 1.3));
    const changes = changesOf([told({}), same, told({ base: 'c', head: 'd' })]);
    expect(changes.map(({ level }) => level)).toEqual([1.5, 1.5 * 1.5]);
  });

  test('of two targets each has its own level', () => {
    const other = { ...told({ base: 'b', head: 'c' }), target: 'rust' };
    expect(changesOf([told({}), other]).map(({ level }) => level)).toEqual([1.5, 1.5]);
  });

  test('an arm that did not answer in time has no ratio that a level could be multiplied by', () => {
    const gates = [
      told({}),
      told({ base: 'b', head: 'c' }, ratio(2, endlessRatio, endlessRatio)),
      told({ base: 'c', head: 'd' }, ratio(0, 0, 0.5)),
      told({ base: 'd', head: 'e' }),
    ];
    const levels = changesOf(gates).map(({ level }) => level);
    expect(levels).toEqual([1.5, endlessRatio, 0, 1.5]);
    expect(reportHistory(gates, { chalk: new Chalk({ level: 0 }), width: 80 })).not.toContain(
      'at first',
    );
  });
});

test('a figure is counted by its verdicts, and varies as its rounds do', () => {
  const [p50, cpu] = figureHistories(inOrder(row));
  expect(p50).toMatchObject({ name: 'get.p50', gates: 3, passed: 2, regressions: 1 });
  expect(cpu).toMatchObject({ name: 'get.cpu', gates: 3, regressions: 0 });
  expect(p50?.sigma).toBeGreaterThan(0.005);
  expect(p50?.sigma).toBeLessThan(0.02);
});

test('each verdict of a gated figure is counted by itself; those of a build are of no round', () => {
  const gates = (['pass', 'pass', 'regression', 'inconclusive', 'unmeasured'] as const).map(
    (verdict) => told({}, { verdict }),
  );
  const size = told({}, { metric: 'binarySize', operation: null });
  const reported = told({}, { allowance: null });
  const [p50, ...others] = figureHistories([...gates, size, reported]);
  expect(p50).toMatchObject({ gates: 5, passed: 2, regressions: 1, inconclusive: 2 });
  expect(others).toEqual([]);
});

describe('how much rounds vary', () => {
  /**
   * A gate whose rounds have these ln(head / base), however fast the machine was in each; infinite: head
   * answered next to nothing.
   */
  const varied = (logs: readonly number[]): GateResult => {
    const rounds = someRounds(logs.length, { noise: () => 0 }, ['get']);
    for (const [index, log] of logs.entries()) {
      const { base, head } = rounds[index] as GateRound;
      const p50Ns = 100_000 * 3 ** (index % 4);
      const isEndless = log === Number.POSITIVE_INFINITY;
      const slower = isEndless ? { unfinished: 1e6 } : { p50Ns: p50Ns * Math.exp(log) };
      Object.assign(base.operations['get'] as object, { p50Ns });
      Object.assign(head.operations['get'] as object, slower);
    }
    return { ...told({}), rounds };
  };
  const sigmaOf = (...sessions: number[][]) => figureHistories(sessions.map(varied))[0]?.sigma;

  test('is by the median distance from the median of ln(head / base)', () => {
    // Distances from the middle, 0.03: 0, 0.02, 0.01, 0.04 and 2.99. Their median is 0.02.
    expect(sigmaOf([0.03, 0.01, 0.04, -0.01, 3.02])).toBeCloseTo(1.4826 * 0.02, 12);
  });

  test('is by the rounds that both answered in time', () => {
    const endless = [1, 2, 3].map(() => Number.POSITIVE_INFINITY);
    expect(sigmaOf([-0.02, -0.02, 0, 0.02, 0.02, ...endless])).toBeCloseTo(1.4826 * 0.02, 12);
    expect(sigmaOf([-0.02, -0.02, 0, 0.02, ...endless])).toBeNull();
  });

  test('is the median over gates, and unknown of fewer than five rounds each', () => {
    const of = (size: number) => [-size, -size, 0, size, size];
    expect(sigmaOf([0.5, 0.1, 0.2, 0.3], of(0.01), of(0.09), of(0.02))).toBeCloseTo(
      1.4826 * 0.02,
      12,
    );
    const [few] = figureHistories([varied([0.1, 0.2, 0.3, 0.4])]);
    expect(few).toMatchObject({ gates: 1, sigma: null, couldHold: null });
  });

  test('says what could be held: so many standard errors of 24 rounds as both levels have', () => {
    // Normal quantiles of 98.75 % and 95 %, 2.2414 and 1.6449; √24 is 4.8990.
    for (const [sigma, allowance] of [
      [0.01, 0.0079644],
      [0.1, 0.0825602],
      [0.24, 0.2097201],
    ] as const) {
      expect(allowanceFor(sigma)).toBeCloseTo(allowance, 5);
    }
  });
});

test.each([0.01, 0.05, 0.2])(
  'with rounds that vary by %s the allowance is held as said',
  (sigma) => {
    const held = aPolicy({
      operations: ['get'],
      metrics: ['p50'] as const,
      rounds: 24,
      allowances: { p50: allowanceFor(sigma) },
    });
    const noise = createNormal(7);
    const sessions = 400;
    let passed = 0;
    for (let session = 0; session < sessions; session++) {
      const truth = { noise, sigmas: { ...sigmas, p50: sigma } };
      const { verdict } = runSession({ ...held, metrics: ['p50'] }, truth);
      if (verdict.outcome === 'pass') passed++;
    }
    // The same draws each time: 95 %, and three standard errors; the first look lets some more pass.
    expect(passed / sessions).toBeGreaterThan(0.95 - 0.033);
  },
);

test('the command prints verdicts, changes and figures, or all of it as JSON', async () => {
  const { dir, env, remove } = await ownDirs();
  try {
    const files = row.map((_, index) => `gate${index}.json`);
    for (const [index, file] of files.entries()) {
      await writeFile(join(dir, file), JSON.stringify(row[index]));
    }
    const options = { cwd: dir, env };
    const text = await cli(['history', ...files], options);
    expect(text.code, text.stderr).toBe(0);
    expect(text.stdout).toMatch(/2026-01-02 00:00 .*bbbbbbb +ccccccc .*regression/);
    expect(text.stdout).toMatch(/^ccccccc: .* get P50 1\.5\d×/m);
    expect(text.stdout).toContain('could hold');
    expect(text.stdout.split('\n').filter((line) => line.length > 120)).toEqual([]);
    const json = await cli(['history', '--json', ...files], options);
    expect(JSON.parse(json.stdout)).toMatchObject({
      gates: [{}, {}, {}],
      changes: [{ figure: 'get.p50' }, { figure: 'get.p50' }],
      figures: [{ name: 'get.p50' }, { name: 'get.cpu' }],
    });
    const wrong = await cli(['history', 'nowhere.json'], options);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('does not exist');
  } finally {
    await remove();
  }
});
