import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Chalk } from 'chalk';
import { describe, expect, test } from 'vitest';
import { allowanceFor, changesOf, figureHistories, inOrder } from '../../src/gate/history.js';
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
  const ratio = { low: 1.4, estimate: 1.5, high: 1.6 };
  const metrics = [{ ...first, allowance: 0.25, ratio, ...row }];
  return {
    ...result,
    base: { ...result.base, commit: base },
    head: { ...result.head, commit: head, ...(clean !== undefined && { clean }) },
    judgement: { ...result.judgement, metrics },
  };
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

  test('an arm that did not answer in time has no ratio that a level could be multiplied by', () => {
    const head = { low: 2, estimate: endlessRatio, high: endlessRatio };
    const base = { low: 0, estimate: 0, high: 0.5 };
    const gates = [
      told({}),
      told({ base: 'b', head: 'c' }, { ratio: head }),
      told({ base: 'c', head: 'd' }, { ratio: base }),
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
