import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadRunConfig } from '../../src/config/load.js';
import { withoutWorkers, withWorkers, workersOf } from '../../src/config/workers.js';
import { askedNameOf, createPlan, isNullTarget, storeOf, targetOf } from '../../src/plan/plan.js';
import { expandMembers } from '../../src/targets/family/members.js';
import { bundledTargets } from '../../src/targets/targets.js';
import { checkWorkers, crowdedWorkers } from '../../src/targets/workers.js';
import { aConfig } from '../helpers/results.js';

const load = (flags: Record<string, unknown>) =>
  loadRunConfig({ quick: false, preset: null, flags, randomSeed: () => 1 }).config;

describe('names', () => {
  test.each([
    ['rust', null, 'rust'],
    ['rust@2w', 2, 'rust'],
    ['go@2w#2', 2, 'go'],
    ['rust+mutex@16w', 16, 'rust+mutex'],
    ['null-go@4w', 4, 'null-go'],
    ['rust@512w', 512, 'rust'],
    // Not what anybody can have: names of nothing.
    ['rust@0w', null, 'rust@0w'],
    ['rust@513w', null, 'rust@513w'],
    ['rust@2', null, 'rust@2'],
    ['@2w', null, '@2w'],
  ])('%s has %j workers and is of %s', (name, workers, target) => {
    expect(workersOf(name)).toBe(workers);
    expect(targetOf(name)).toBe(target);
  });

  test('what is put together comes apart again', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,9}(\+[a-z0-9]{1,5}){0,2}$/);
    fc.assert(
      fc.property(name, fc.integer({ min: 1, max: 512 }), fc.nat(9), (target, workers, again) => {
        const instance = withWorkers(target, workers) + (again > 1 ? `#${again}` : '');
        expect(workersOf(instance)).toBe(workers);
        expect(targetOf(instance)).toBe(target);
        expect(askedNameOf(instance)).toBe(withWorkers(target, workers));
        expect(withoutWorkers(instance)).toBe(target + (again > 1 ? `#${again}` : ''));
      }),
    );
  });
});

describe('several numbers', () => {
  test('make a target of each, the fewest first', () => {
    const config = load({ targets: ['rust', 'go+mutex'], workers: [4, 1, 2] });
    expect(config.targets).toEqual([
      ...['rust@1w', 'rust@2w', 'rust@4w'],
      ...['go+mutex@1w', 'go+mutex@2w', 'go+mutex@4w'],
    ]);
    expect(config.workers).toBeNull();
  });

  test.each([[3], [[3]]])('%j is one, and no axis', (workers) => {
    expect(load({ workers })).toEqual(load({ workers: 3 }));
    expect(load({ workers })).toMatchObject({ targets: ['rust', 'go'], workers: 3 });
  });

  test('a target that names its own keeps that', () => {
    const { targets } = load({ targets: ['rust@8w', 'go'], workers: [1, 2] });
    expect(targets).toEqual(['rust@8w', 'go@1w', 'go@2w']);
    expect(load({ targets: ['rust@8w', 'go'], workers: 2 })).toMatchObject({ workers: 2 });
  });

  test.each([
    [[], '--workers is empty'],
    [[1, 1], '--workers names a number twice'],
    [[1, 0], '--workers is 0'],
    [[1, 513], '--workers is 513'],
    ['2', '--workers is the text "2"'],
  ])('%j is refused: %s', (workers, message) => {
    expect(() => load({ workers })).toThrow(message);
  });

  test('of a group are those of its members', () => {
    expect(expandMembers(['stores@2w'])).toEqual(
      expandMembers(['stores']).map((name) => `${name}@2w`),
    );
    expect(expandMembers(['rust+lto+mutex@2w'])).toEqual(expandMembers(['rust+mutex+lto@2w']));
  });

  test('are members of a round like any others', () => {
    const targets = ['go@1w', 'go@2w', 'go@2w'];
    const plan = createPlan(aConfig({ targets, calibrate: true }));
    expect(plan.targets).toEqual([...targets.slice(0, 2), 'go@2w#2', 'null-go@1w', 'null-go@2w']);
    expect(plan.targets.map(storeOf)).toEqual(Array(5).fill('go'));
    expect(plan.targets.filter(isNullTarget)).toEqual(['null-go@1w', 'null-go@2w']);
    expect([...plan.round(1).startOrder].sort()).toEqual([...plan.targets].sort());
  });
});

test('a server that can not be told is refused, unless nobody wants to tell it', async () => {
  const [rust] = bundledTargets;
  if (!rust) throw new Error('there is no bundled target');
  const mute = { ...rust, name: 'mine', takesWorkers: async () => false };
  await checkWorkers([
    ['rust@2w', rust],
    ['mine', mute],
  ]);
  await expect(checkWorkers([['mine@2w', mute]])).rejects.toThrow(
    "mine can't be started as mine@2w",
  );
  await expect(
    checkWorkers([['mine@2w#2', { ...mute, url: 'http://127.0.0.1:1' }]]),
  ).rejects.toThrow('mine runs already');
});

test.each([
  [['rust', 'go'], 1, null],
  [['rust@1w', 'rust@2w'], 2, null],
  [['rust@1w', 'rust@2w', 'rust@4w'], 2, 'rust@4w share'],
  [['rust@1w', 'rust@2w', 'go@4w'], 1, 'rust@2w, go@4w share'],
])('of %j with %d CPUs it warns of %j', (names, cpus, text) => {
  const warnings = crowdedWorkers(names, cpus);
  expect(warnings.map(({ code }) => code)).toEqual(text === null ? [] : ['workers-share']);
  if (text !== null) expect(warnings[0]?.message).toContain(text);
});
