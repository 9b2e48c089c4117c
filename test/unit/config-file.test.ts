import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ConfigFile, loadProject, projectFor } from '../../src/api/project.js';
import { directoryWith, mistakeOf, projectOf } from '../helpers/project.js';

const target = { url: 'http://127.0.0.1:1' };

describe('a file in JSON or YAML says the same', () => {
  test.each([
    ['kvbench.config.json', '{ "run": { "rounds": 3 } }'],
    ['kvbench.config.json', '\uFEFF{ "run": { "rounds": 3 } }'],
    ['kvbench.config.jsonc', '// why\n{ "run": { "rounds": /* few */ 3, }, }'],
    ['kvbench.config.yaml', 'run:\n  rounds: 3 # few\n'],
    ['kvbench.config.yml', '\uFEFFrun: { rounds: 3 }'],
  ])('%s: %j', async (name, text) => {
    expect((await projectOf(text, name)).file).toEqual({ run: { rounds: 3 } });
  });
});

describe('the file that is found', () => {
  test('is the nearest above, but none beyond the repository', async () => {
    const { dir, remove } = await directoryWith({
      'kvbench.config.json': '{}',
      'a/b/c/file': '',
      'a/kvbench.config.yaml': '{}',
      'other/.git/file': '',
    });
    const found = async (cwd: string) => (await loadProject(join(dir, cwd), null)).path;
    expect(await found('a/b/c')).toBe(join(dir, 'a/kvbench.config.yaml'));
    expect(await found('.')).toBe(join(dir, 'kvbench.config.json'));
    expect(await found('other')).toBeNull();
    await remove();
  });

  test('is JSON before the others, unless one is named', async () => {
    const { dir, remove } = await directoryWith({
      'kvbench.config.yaml': 'run: { seed: 1 }',
      'kvbench.config.json': '{ "run": { "seed": 2 } }',
      'elsewhere.yaml': 'run: { seed: 3 }',
    });
    expect((await loadProject(dir, null)).file.run?.seed).toBe(2);
    const named = await loadProject(join(dir, '.git'), '../elsewhere.yaml');
    expect(named).toMatchObject({ dir, file: { run: { seed: 3 } } });
    expect(named.place('run', 'seed')).toBe('../elsewhere.yaml:1:8, run.seed');
    await remove();
  });

  test('may be missing', async () => {
    const { dir, remove } = await directoryWith();
    expect(await loadProject(dir, null)).toMatchObject({ path: null, dir, file: {} });
    await remove();
  });
});

describe('a place', () => {
  const json = `{
  "targets": {
    "mine": {
      "start": { "command": ["node", "x.js"] }
    }
  }
}`;
  test('YAML may share settings by a merge', async () => {
    const text = 'targets:\n  a: &a { url: "http://127.0.0.1:1" }\n  b: { <<: *a, pid: 9 }\n';
    const { file, place } = await projectOf(text, 'kvbench.config.yaml');
    expect(file.targets?.['b']).toEqual({ url: 'http://127.0.0.1:1', pid: 9 });
    // What comes from elsewhere has no place of its own here.
    expect(place('targets', 'b', 'url')).toBe('kvbench.config.yaml:3:3, targets.b.url');
  });

  const yaml = 'targets:\n  mine:\n    start:\n      command:\n        - node\n        - x.js\n';

  test.each([
    [['targets', 'mine', 'start', 'command'], '4:18', '4:7'],
    [['targets', 'mine', 'start', 'command', 1], '4:38', '6:11'],
    [['targets', 'mine'], '3:5', '2:3'],
    // What is not there stands where its nearest parent begins.
    [['targets', 'mine', 'ready', 'http'], '3:5', '2:3'],
    [['run'], '1:1', '1:1'],
  ])('%j', async (path, inJson, inYaml) => {
    expect((await projectOf(json)).position(...path)).toBe(`kvbench.config.json:${inJson}`);
    const name = 'kvbench.config.yaml';
    expect((await projectOf(yaml, name)).position(...path)).toBe(`${name}:${inYaml}`);
    const given = await projectFor(JSON.parse(json), '/');
    expect(given.position(...path)).toBe('the config');
  });

  test('has the name of the setting', async () => {
    const { place } = await projectOf(json);
    expect(place('targets', 'mine', 'start', 'command', 1)).toBe(
      'kvbench.config.json:4:38, targets.mine.start.command[1]',
    );
    expect(place('requests', 'a b')).toBe('kvbench.config.json:1:1, requests["a b"]');
  });
});

describe('a mistake is told with its place and how to mend it', () => {
  const start = (settings: object) => ({ targets: { mine: { start: settings } } });
  test.each([
    [{ runs: {} }, 'runs is not a setting that there is. Did you mean run?'],
    [
      { run: { duration: '2s' } },
      'run.duration is not a setting that there is. Did you mean durationMs?',
    ],
    [
      { run: { durationMs: '2s' } },
      'is the text "2s". Give a number of milliseconds in its place. It is: measured time',
    ],
    [
      { run: { rate: 'fast' } },
      'run.rate is the text "fast". Give "auto" or a number in its place.',
    ],
    [{ run: { rate: 0 } }, 'run.rate is 0. Give at least 1.'],
    [{ run: { rounds: 1.5 } }, 'run.rounds is 1.5, not a whole number. Round it.'],
    [{ run: { arrivals: 'poison' } }, 'run.arrivals is the text "poison". Did you mean poisson?'],
    [
      { run: { measures: ['speed'] } },
      'run.measures[0] is the text "speed". It takes: latency, throughput.',
    ],
    [{ run: { measures: [] } }, 'run.measures is empty. Give at least 1.'],
    [{ run: { measures: ['latency', 'latency'] } }, 'run.measures names a measure twice.'],
    [{ run: { calibrate: null } }, 'run.calibrate is null. Give true or false in its place.'],
    [
      { run: { valueSize: 5 } },
      'run.valueSize is 5. Give an object in its place. It is: sizes of values',
    ],
    [
      { run: { valueSize: { minBytes: 5 } } },
      'valueSize.maxBytes is missing. Give a number of bytes.',
    ],
    [{ run: [] }, 'run is a list. Give an object'],
    [{ scenarios: { 'A b': {} } }, 'scenarios["A b"] must be a name'],
    [
      start({ comand: ['x'] }),
      'start.comand is not a setting that there is. Did you mean command?',
    ],
    [start({}), 'start.command is missing. Give a list or a text.'],
    [start({ command: [] }), 'start.command is empty. Give at least 1.'],
    [start({ command: '' }), 'start.command is an empty text.'],
    [start({ command: ['node', 1] }), 'start.command[1] is 1. Give a text'],
    [
      start({ command: 5 }),
      'start.command is 5. Give a list or a text in its place. It is: an argument list, or a text with shell: true.',
    ],
    [start({ command: ['x'], port: 70_000 }), 'start.port is 70000. Give at most 65535.'],
    [start({ command: ['x'], env: { 'A-B': '' } }), 'start.env.A-B is not the name of a variable.'],
    [
      { targets: { mine: { ...target, ready: { htp: '/' } } } },
      'ready.htp is not a setting that there is. Did you mean http?',
    ],
    [
      { targets: { mine: { ...target, ready: { lines: 'x' } } } },
      'ready.lines is not a setting that there is. Did you mean line?',
    ],
    [
      { targets: { mine: { ...target, ready: { http: 'health' } } } },
      'ready.http must be a path, as /health.',
    ],
    [
      { targets: { mine: { ...target, ready: { tcp: false } } } },
      'ready.tcp is false. It takes: true.',
    ],
    [{ targets: { Mine: target } }, 'targets.Mine must be a name of a-z'],
    [{ targets: [] }, 'targets is a list. Give an object in its place. It is: servers by name.'],
    [{ requests: { get: {} } }, 'requests.get.path is missing. Give a text. It is: path and query'],
    [
      { requests: { get: { path: '/{kye}' } } },
      'get.path holds the unknown placeholder {kye}. There are {key}, {value}',
    ],
    [
      { requests: { get: { path: '/', headers: { 'X-Id': '{id}' } } } },
      'headers.X-Id holds the unknown placeholder {id}.',
    ],
    [
      { requests: { get: { path: '/', body: { json: { a: ['{b}'] } } } } },
      'body.json holds the unknown placeholder {b}.',
    ],
    [
      { requests: { get: { path: '/', body: { jsn: {} } } } },
      'body.jsn is not a setting that there is. Did you mean json?',
    ],
    [
      { requests: { get: { path: '/', expect: { status: 99 } } } },
      'expect.status is 99. Give at least 200.',
    ],
    [
      { requests: { get: { path: '/', expect: { status: [200, 'x'] } } } },
      'expect.status[1] is the text "x". Give a number',
    ],
    [
      { requests: { get: { path: '/', expect: { body: '', json: 1 } } } },
      'expect takes one of body, contains and json.',
    ],
    [
      { requests: { get: { path: '/', method: 'get' } } },
      'method is the text "get". Did you mean GET?',
    ],
  ])('%j', async (config, told) => {
    const mistake = await mistakeOf(() => projectOf(JSON.stringify(config)));
    expect(mistake).toMatch(/^kvbench\.config\.json:1:\d+, /);
    expect(mistake).toContain(told);
    // The same of a value, which has no places: what a program gives is one.
    const again = await mistakeOf(() => projectFor(config as ConfigFile, '/'));
    expect(again.replace('the config', '')).toBe(mistake.replace(/^[^,]*/, ''));
  });

  test.each([
    ['json', '', 'kvbench.config.json is empty. Write {}'],
    ['json', '\uFEFF // nothing\n', 'kvbench.config.json is empty.'],
    ['yaml', '# nothing\n', 'kvbench.config.yaml is empty.'],
    ['json', '[]', 'kvbench.config.json:1:1 is a list. Give an object'],
    ['yaml', 'just text', 'kvbench.config.yaml:1:1 is the text "just text". Give an object'],
    ['json', '{\n  "run": {\n}', 'kvbench.config.json:3:2 is not JSON: a closing } is missing.'],
    ['json', '{ "run" {} }', ':1:9 is not JSON: a colon is missing.'],
    ['json', '{ run: {} }', 'is not JSON: '],
    ['json', '['.repeat(100_000), 'is not JSON: it is nested too deeply.'],
    ['yaml', '['.repeat(100_000), 'is not YAML: it is nested too deeply.'],
    ['json', ' '.repeat(2 ** 20 + 1), 'it is larger than 1 MiB.'],
    ['json', '{ "run": {}, "run": {} }', ':1:14 is not JSON: "run" is written twice.'],
    ['json', '{} {}', ':1:4 is not JSON: something follows after the end.'],
    ['json', '{"__proto__": {"run": {}}}', ':1:2, __proto__ is not a setting'],
    ['yaml', 'run:\n  seed: 1\n  seed: 2\n', 'kvbench.config.yaml:3:3 is not YAML: '],
    ['yaml', 'run: [\n', 'is not YAML: '],
    ['yaml', 'run: *nobody\n', 'is not YAML: '],
    ['yaml', 'a: 1\n---\nb: 2\n', 'is not YAML: '],
  ])('%s: %j', async (extension, text, told) => {
    const attempt = () => projectOf(text, `kvbench.config.${extension}`);
    expect(await mistakeOf(attempt)).toContain(told);
  });

  test.each([
    ['nowhere.json', "The config file nowhere.json can't be read: there is no such file."],
    ['.git', "The config file .git can't be read: it is a directory."],
    ['', 'it is a directory.'],
  ])('--config %j', async (named, told) => {
    const { dir, remove } = await directoryWith();
    expect(await mistakeOf(() => loadProject(dir, named))).toContain(told);
    await remove();
  });

  test('a directory with the name of a config file', async () => {
    const { dir, remove } = await directoryWith();
    await mkdir(join(dir, 'kvbench.config.json'));
    expect(await mistakeOf(() => loadProject(dir, null))).toContain('it is a directory');
    await remove();
  });
});

test('names that JavaScript gives a meaning to have none in a file', async () => {
  const text =
    '{ "targets": { "__proto__": { "polluted": 1 }, "constructor": { "url": "http://x" } } }';
  const { file } = await projectOf(text);
  expect(Object.keys(file.targets ?? {})).toEqual(['constructor']);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  const yaml = await mistakeOf(() => projectOf('__proto__: { x: 1 }', 'kvbench.config.yaml'));
  expect(yaml).toContain('__proto__ is not a setting');
});

test('whatever a file holds, it is a config or a mistake in two sentences', async () => {
  const { dir, remove } = await directoryWith();
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, 0, -1, 1.5, '', '/', '{key}', 'GET', 'x'),
      fc.array(tie('node'), { maxLength: 2 }),
      fc.dictionary(
        fc.constantFrom(...['run', 'rate', 'targets', 'mine', 'start', 'command', 'ready', 'http']),
        tie('node'),
        { maxKeys: 4 },
      ),
    ),
  })).node;
  await fc.assert(
    fc.asyncProperty(value, async (config) => {
      await writeFile(join(dir, 'kvbench.config.json'), JSON.stringify(config));
      const outcome = await loadProject(dir, null).then(
        () => 'read',
        (error: unknown) => mistakeOf(() => Promise.reject(error)),
      );
      expect(outcome).toMatch(/^(read$|kvbench\.config\.json)/);
    }),
    { numRuns: 100 },
  );
  await remove();
});
