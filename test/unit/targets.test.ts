import { expect, test } from 'vitest';
import { pinCommand, placeOn } from '../../src/targets/placement.js';
import { findTarget } from '../../src/targets/targets.js';

test.each([
  ['go', undefined],
  ['ruts', 'Did you mean rust?'],
  ['GO', 'Did you mean go?'],
  ['python', 'Targets: rust, go.'],
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
  { cpus: [0], pin: true, server: null, generator: null, workers: 1 },
  { cpus: [0, 1], pin: true, server: [0], generator: [1], workers: 1 },
  { cpus: [0, 1, 2], pin: true, server: [0, 1], generator: [2], workers: 2 },
  { cpus: [2, 3, 6, 7], pin: true, server: [2, 3], generator: [6, 7], workers: 2 },
  { cpus: [0, 1, 2, 3], pin: false, server: null, generator: null, workers: 4 },
])('CPUs $cpus, pinning $pin', ({ cpus, pin, server, generator, workers }) => {
  const { placement, warnings } = placeOn(cpus, pin, null);
  expect(placement).toEqual({ workers, serverCpus: server, generatorCpus: generator });
  expect(warnings).toHaveLength(server ? 0 : 1);
});

test('workers that were asked for win', () => {
  expect(placeOn([0, 1], true, 8).placement.workers).toBe(8);
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
