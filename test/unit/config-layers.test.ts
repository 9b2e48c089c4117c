import { describe, expect, test } from 'vitest';
import { type Layers, loadRunConfig } from '../../src/config/load.js';
import { targetSpecs } from '../../src/config/targets.js';
import { mistakeOf, projectOf } from '../helpers/project.js';

const url = 'http://127.0.0.1:8080';
const put = { method: 'PUT', path: '/{key}', body: '{value}' };
const get = { path: '/{key}', expect: { body: '{value}' } };
const mine = { targets: { mine: { url, requests: { put, get } } } };

async function loadWith(file: object, layers: Partial<Layers> = {}) {
  const project = await projectOf(JSON.stringify(file));
  return loadRunConfig({
    project,
    specs: targetSpecs(project),
    scenario: null,
    preset: null,
    quick: false,
    env: {},
    flags: {},
    randomSeed: () => 42,
    ...layers,
  });
}

describe('each layer wins over those before it', () => {
  const file = { run: { rounds: 2, keys: 2 }, scenarios: { spike: { rounds: 3 } } };
  const layers: [string, Partial<Layers>, number, string][] = [
    ['the file', {}, 2, 'kvbench.config.json:1:9'],
    ['its scenario', { scenario: 'spike' }, 3, 'scenario spike (kvbench.config.json:1:52)'],
    ['--quick', { scenario: 'spike', quick: true }, 8, '--quick'],
    ['a variable', { scenario: 'spike', quick: true, env: { rounds: 5 } }, 5, 'KVBENCH_ROUNDS'],
    ['a flag', { quick: true, env: { rounds: 5 }, flags: { rounds: 6 } }, 6, '--rounds'],
  ];
  test.each(layers)('%s', async (_, given, rounds, source) => {
    const { config, sources } = await loadWith(file, given);
    expect(config.rounds).toBe(rounds);
    expect(sources.rounds).toBe(source);
    expect(config.keys).toBe(2);
    expect(sources.connections).toBe('default');
    expect(sources.seed).toBe('random');
  });

  test('a preset over the file', async () => {
    const { config, sources } = await loadWith(file, { preset: 'ycsb-b' });
    expect(config).toMatchObject({ keys: 1000, rounds: 2 });
    expect(sources.keys).toBe('--preset ycsb-b');
  });

  test('every setting has a source', async () => {
    const { config, sources } = await loadWith(file);
    expect(Object.keys(sources).sort()).toEqual(Object.keys(config).sort());
  });
});

describe('what nobody names', () => {
  test("targets are the file's, and operations all that the first of them is asked", async () => {
    const two = { ...mine, targets: { ...mine.targets, twin: mine.targets.mine } };
    const { config, sources } = await loadWith(two);
    expect(config).toMatchObject({ targets: ['mine', 'twin'], operations: ['put', 'get'] });
    expect(sources).toMatchObject({
      targets: 'kvbench.config.json:1:2',
      operations: 'all requests of mine',
    });
  });

  test('a target without requests of its own is asked those of the contract', async () => {
    const { config, sources } = await loadWith({ targets: { mine: { url } } });
    expect(config.operations).toEqual(['get', 'post']);
    expect(sources.operations).toBe('default');
  });

  test('is as ever where a bundled target is named', async () => {
    const { config } = await loadWith(mine, { flags: { targets: ['rust'] } });
    expect(config).toMatchObject({ targets: ['rust'], operations: ['get', 'post'] });
  });
});

describe('a mistake names who made it', () => {
  const missing = { ...get, missing: { status: 404 } };
  test.each<[object, Partial<Layers>, string]>([
    [{}, { env: { rate: 0 } }, 'KVBENCH_RATE is 0. Give at least 1.'],
    [{}, { flags: { rate: 0 } }, '--rate is 0.'],
    [
      { run: { operations: ['put'] } },
      {},
      'kvbench.config.json:1:9, run.operations names put, which is no request of rust.',
    ],
    [
      { scenarios: { s: { operations: ['put'] } } },
      { scenario: 's' },
      'scenario s (kvbench.config.json:1:20), operations names put, which is no request of rust.',
    ],
    [
      mine,
      { flags: { operations: ['get:1,post:1'] } },
      '--operations names post, which is no request of mine. Name requests that every target has with --operations; mine has: put, get.',
    ],
    [
      mine,
      { flags: { targets: ['mine', 'go'] } },
      '--operations names put, which is no request of go.',
    ],
    [
      mine,
      { flags: { hitRatio: 0.5 } },
      '--hit-ratio is below 1, but get of mine says nothing of missing keys.',
    ],
    [
      mine,
      { flags: { calibrate: true } },
      '--calibrate measures the null targets of bundled servers, and none is chosen.',
    ],
    [
      mine,
      { flags: { keys: 10_000_000 } },
      '--keys is too many: 10000000 keys with values of 128 bytes',
    ],
    [mine, { flags: { generators: 20 } }, '--generators is 20, more than there are connections'],
    [{}, { scenario: 's' }, 'There is no scenario named "s". Scenarios: none.'],
    [{ scenarios: { spike: {} } }, { scenario: 'spyke' }, 'Did you mean spike? Scenarios: spike.'],
    [{ scenarios: {} }, { scenario: '__proto__' }, 'There is no scenario named "__proto__".'],
    [{}, { preset: 'ycsb-e' }, 'There is no preset named "ycsb-e". Did you mean ycsb-a?'],
  ])('%j with %j', async (file, layers, told) => {
    expect(await mistakeOf(() => loadWith(file, layers))).toContain(told);
  });

  test.each<[object, Partial<Layers>]>([
    [{ targets: { mine: { url, requests: { put, missing } } } }, { flags: { hitRatio: 0.5 } }],
    // A write has no keys to miss, and neither has a request without a key.
    [mine, { flags: { hitRatio: 0.5, operations: ['put'] } }],
    [{ targets: { mine: { url, requests: { root: { path: '/' } } } } }, { flags: { hitRatio: 0 } }],
    [mine, { flags: { targets: ['mine', 'rust'], operations: ['get'], calibrate: true } }],
    [{}, { flags: { targets: ['null-go', 'go'], hitRatio: 0.5 } }],
    // Nothing is kept of a key that no request mentions.
    [{ targets: { mine: { url, requests: { root: { path: '/' } } } } }, { flags: { keys: 1e7 } }],
  ])('%j with %j is fine', async (file, layers) => {
    expect((await loadWith(file, layers)).config).toMatchObject(layers.flags ?? {});
  });
});
