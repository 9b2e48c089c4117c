import { describe, expect, test } from 'vitest';
import { toSweepPolicy } from '../../src/api/sweep-request.js';
import { kneeOf } from '../../src/sweep/curve.js';
import { nextStep } from '../../src/sweep/next.js';
import type { SweepPolicy } from '../../src/sweep/schema.js';
import type { Rung } from '../../src/sweep/standing.js';

/** What comes of a level when it is measured for the first time, the second, … */
type Server = (level: number, times: number) => Pick<Rung, 'outcome' | 'requestsPerSecond'>;

/** Everything that is measured, as `ladder 100`, and how it ends. */
function walk(policy: SweepPolicy, server: Server, capacityPerSecond = 1) {
  const rungs: Rung[] = [];
  const steps: string[] = [];
  while (steps.length < 200) {
    const next = nextStep(policy, rungs, capacityPerSecond);
    if (next.next === 'end') return { steps: [...steps, `end ${next.ended}`], rungs };
    expect(next.next).toBe('measure');
    const { purpose, level } = next;
    steps.push(`${purpose} ${level}`);
    const times = rungs.filter((rung) => rung.level === level).length + 1;
    rungs.push({ purpose, level, ...server(level, times) });
  }
  throw new Error(`no end after ${steps.join(', ')}`);
}

/** Keeps the objective up to there. */
const upTo =
  (capacity: number, above: Rung['outcome'] = 'broken'): Server =>
  (level) => ({
    outcome: level <= capacity ? 'kept' : above,
    requestsPerSecond: Math.min(level, capacity),
  });

/** So many answers a second at those levels, and too slow from one of them on. */
const byConnections =
  (perSecond: Readonly<Record<number, number>>, from: number, above: Rung['outcome']): Server =>
  (level) => ({
    outcome: level < from ? 'kept' : above,
    requestsPerSecond: perSecond[level] ?? 0,
  });

describe('a ladder of rates', () => {
  test('is left after two misses in a row, and the pair that remains is measured twice', () => {
    const ladder = { from: 1000, to: 9000, steps: 9, spacing: 'linear' as const, search: false };
    expect(walk(toSweepPolicy(ladder), upTo(4500)).steps).toEqual([
      ...['ladder 1000', 'ladder 2000', 'ladder 3000', 'ladder 4000'],
      ...['ladder 5000', 'confirm 5000', 'ladder 6000', 'confirm 4000'],
      'end saturated',
    ]);
  });

  test('has its gap halved, each half on one measurement, before the pair is confirmed', () => {
    // √(100 × 200) = 141, √(141 × 200) = 168, √(141 × 168) = 154, √(141 × 154) = 147, …
    expect(walk(toSweepPolicy({ from: 100, to: 200, steps: 2 }), upTo(148)).steps).toEqual([
      ...['ladder 100', 'ladder 200', 'confirm 200'],
      ...['search 141', 'search 168', 'search 154', 'search 147', 'search 150', 'search 148'],
      ...['confirm 148', 'confirm 150', 'overload 222'],
      'end saturated',
    ]);
  });

  test.each([
    ['a gap of 2 % is no longer halved', [100, 100], [102, 102], 'overload', 150],
    ['one beyond is', [100, 100], [103, 103], 'search', 101],
  ])('%s', (_, kept, broken, purpose, level) => {
    const rung = (outcome: Rung['outcome']) => (at: number) => ({
      purpose: 'ladder' as const,
      level: at,
      outcome,
      requestsPerSecond: at,
    });
    const policy = toSweepPolicy({ from: 100, to: broken[0] as number, steps: 2 });
    const rungs = [...kept.map(rung('kept')), ...broken.map(rung('broken'))];
    expect(nextStep(policy, rungs, 1)).toEqual({ next: 'measure', purpose, level });
  });

  test('is searched no further below a level of which nobody knows', () => {
    const outcomes: [Rung['purpose'], number, Rung['outcome']][] = [
      ['ladder', 100, 'kept'],
      ['ladder', 200, 'broken'],
      ['confirm', 200, 'broken'],
      ['search', 141, 'kept'],
      ['confirm', 141, 'broken'],
    ];
    const rungs = outcomes.map(([purpose, level, outcome]) => ({
      ...{ purpose, level, outcome },
      requestsPerSecond: level,
    }));
    const policy = toSweepPolicy({ from: 100, to: 200, steps: 2 });
    const next = { next: 'measure', purpose: 'confirm', level: 141 };
    expect(nextStep(policy, rungs, 1)).toEqual(next);
  });
});

describe('a ladder of connections', () => {
  test('goes on past the objective as long as 5 % more is answered', () => {
    // 6300 is just 5 % more than 6000; 6600 is less than that more than 6300.
    const perSecond = { 1: 1000, 2: 2000, 4: 4000, 8: 6000, 16: 6300, 32: 6600 };
    const server = byConnections(perSecond, 6, 'broken');
    expect(walk(toSweepPolicy({ by: 'connections' }), server).steps).toEqual([
      ...['ladder 1', 'ladder 2', 'ladder 4', 'ladder 8', 'confirm 8', 'ladder 16', 'ladder 32'],
      // Between 5 and 6 there is nothing.
      ...['search 6', 'search 5', 'confirm 5', 'confirm 6'],
      'end saturated',
    ]);
  });

  test('ends where the generator is the limit, whatever is answered', () => {
    const perSecond = { 1: 1000, 2: 2000, 4: 4000, 8: 8000, 16: 16_000 };
    const server = byConnections(perSecond, 7, 'generator-limited');
    expect(walk(toSweepPolicy({ by: 'connections' }), server).steps).toEqual([
      ...['ladder 1', 'ladder 2', 'ladder 4', 'ladder 8', 'confirm 8'],
      ...['search 6', 'search 7', 'confirm 6', 'confirm 7'],
      'end generator-limited',
    ]);
  });
});

describe('an automatic ladder that begins too high', () => {
  const begun = ['ladder 6400', 'confirm 6400', 'ladder 8960'];
  const twice = (levels: readonly number[]) =>
    levels.flatMap((level) => [`search ${level}`, `confirm ${level}`]);

  test('is left downwards to half the level, six times', () => {
    expect(walk(toSweepPolicy({}), upTo(0), 51_200).steps).toEqual([
      ...begun,
      ...twice([3200, 1600, 800, 400, 200, 100]),
      'end saturated',
    ]);
  });

  test('is left no further than to a level that is kept', () => {
    const { steps, rungs } = walk(toSweepPolicy({}), upTo(1000), 51_200);
    const below = [...begun, ...twice([3200, 1600]), 'search 800', 'search 1131'];
    expect(steps.slice(0, below.length)).toEqual(below);
    expect(kneeOf(rungs)).toMatchObject({ confirmed: true, limitedBy: 'server' });
  });

  test('is not left below one request a second', () => {
    const { steps } = walk(toSweepPolicy({}), upTo(0), 8);
    expect(steps).toEqual(['ladder 1', 'confirm 1', 'ladder 1.4', 'end saturated']);
  });

  test.each([
    ['nothing is to be searched', toSweepPolicy({ search: false }), 'broken', 'saturated'],
    ['the generator is the limit', toSweepPolicy({}), 'generator-limited', 'generator-limited'],
  ] as const)('is not left where %s', (_, policy, outcome, ended) => {
    expect(walk(policy, upTo(0, outcome), 51_200).steps).toEqual([...begun, `end ${ended}`]);
  });
});

test('on a machine that keeps each level once, and never again, it ends after 40 steps besides the ladder', () => {
  const lucky: Server = (level, times) => ({
    outcome: times === 1 ? 'kept' : 'broken',
    requestsPerSecond: level,
  });
  const { rungs } = walk(toSweepPolicy({}), lucky, 8000);
  const times = (purpose: Rung['purpose']) => rungs.filter((rung) => rung.purpose === purpose);
  expect(times('ladder').length).toBe(13);
  expect(times('search').length).toBeGreaterThan(0);
  expect(times('confirm').length).toBeGreaterThan(0);
  expect(times('search').length + times('confirm').length).toBe(40);
  expect(rungs.length).toBe(53);
  expect(kneeOf(rungs)?.confirmed).toBe(false);
});
