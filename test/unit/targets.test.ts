import { describe, expect, test } from 'vitest';
import { pinCommand } from '../../src/processes/pin.js';
import { generatorCpusOf, placeOn } from '../../src/targets/placement.js';
import { bundledTargets, findTarget } from '../../src/targets/targets.js';

test.each([
  ['go', undefined],
  ['ruts', 'Did you mean rust?'],
  ['GO', 'Did you mean go?'],
  ['python', 'Targets: rust, go, stacks, stores'],
])('target %s', (name, hint) => {
  if (hint === undefined) expect(findTarget(name).name).toBe(name);
  else expect(() => findTarget(name)).toThrow(expect.objectContaining({ exitCode: 2 }));
  try {
    findTarget(name);
  } catch (error) {
    expect((error as { hint: string }).hint).toContain(hint);
  }
});

test.each([
  ['rust', true, '{value}'],
  ['go', true, '{value}'],
  ['null-rust', false, 'xxx'],
  ['null-go', false, 'xxx'],
])('%s keeps the contract: %s', (name, contract, value) => {
  const target = findTarget(name, bundledTargets, 3);
  expect(target).toMatchObject({ name, contract, source: 'bundled' });
  expect(target.requests.requests[0]?.expect.text).toBe(value);
});

test('a null target is none where there is no size for its answers', () => {
  expect(() => findTarget('null-go')).toThrow(expect.objectContaining({ exitCode: 2 }));
});

test.each(['null-', 'null-python', 'null-null-go', 'nul-go', ''])('there is no %j', (name) => {
  const find = () => findTarget(name, bundledTargets, 3);
  expect(find).toThrow(expect.objectContaining({ exitCode: 2 }));
  expect(find).toThrow(JSON.stringify(name));
});

describe('placement', () => {
  const auto = { workers: null, generators: null, connections: 16, keys: 10_000 };
  const eight = [0, 1, 2, 3, 4, 5, 6, 7];

  test.each([
    { cpus: [0], server: null, generator: null, workers: 1, generators: 1 },
    { cpus: [0, 1], server: [0], generator: [1], workers: 1, generators: 1 },
    { cpus: [0, 1, 2], server: [0, 1], generator: [2], workers: 2, generators: 1 },
    { cpus: [2, 3, 6, 7], server: [2, 3], generator: [6, 7], workers: 2, generators: 2 },
    { cpus: eight, server: [0, 1, 2, 3], generator: [4, 5, 6, 7], workers: 4, generators: 4 },
  ])('on $cpus', ({ cpus, server, generator, ...counts }) => {
    const { placement, warnings } = placeOn(cpus, true, auto);
    expect(placement).toEqual({ ...counts, serverCpus: server, generatorCpus: generator });
    expect(warnings.map(({ code }) => code)).toEqual(server ? [] : ['not-pinned']);
  });

  test('where nothing can be pinned the scheduler decides', () => {
    const { placement, warnings } = placeOn([0, 1, 2, 3], false, auto);
    expect(placement).toMatchObject({ workers: 4, serverCpus: null, generatorCpus: null });
    expect(warnings.map(({ code }) => code)).toEqual(['not-pinned']);
  });

  test('what was asked for wins', () => {
    const { placement } = placeOn([0, 1], true, { ...auto, workers: 8, generators: 3 });
    expect(placement).toMatchObject({ workers: 8, generators: 3, serverCpus: [0] });
  });

  test.each([
    [[0, 1], 2, ['generators-share']],
    [[0, 1], 1, []],
    [eight, 4, []],
    [eight, 5, ['generators-share']],
  ])('on %j, %d generators', (cpus, generators, codes) => {
    const { warnings } = placeOn(cpus, true, { ...auto, generators });
    expect(warnings.map(({ code }) => code)).toEqual(codes);
  });

  test('there is no generator without a connection, or without a key', () => {
    expect(placeOn(eight, true, { ...auto, connections: 3 }).placement.generators).toBe(3);
    const few = { ...auto, keys: 2 };
    expect(placeOn(eight, true, few).placement.generators).toBe(2);
  });

  test('each generator has a CPU of its own, if there are as many', () => {
    const placement = {
      workers: 4,
      generators: 4,
      serverCpus: [0, 1],
      generatorCpus: [4, 5, 6, 7],
    };
    expect([0, 1, 2, 3].map((process) => generatorCpusOf(placement, process))).toEqual([
      [4],
      [5],
      [6],
      [7],
    ]);
    expect(generatorCpusOf({ ...placement, generators: 2 }, 1)).toEqual([4, 5, 6, 7]);
    expect(generatorCpusOf({ ...placement, generatorCpus: null }, 1)).toBeNull();
  });
});

test('a pinned command goes through taskset', () => {
  expect(pinCommand([0, 2], ['server', '-x'])).toEqual([
    'taskset',
    '--cpu-list',
    '0,2',
    'server',
    '-x',
  ]);
  expect(pinCommand(null, ['server'])).toEqual(['server']);
});
