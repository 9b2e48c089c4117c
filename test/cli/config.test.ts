import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli } from '../helpers/cli.js';
import { directoryWith } from '../helpers/project.js';

const file = `// A server of our own.
{
  "targets": {
    "mine": { "start": { "command": ["node", "x.js"], "env": { "PORT": "{port}" } } },
    "theirs": { "url": "http://127.0.0.1:8080", "requests": { "root": { "path": "/" } } }
  },
  "requests": {
    "put": { "method": "PUT", "path": "/{key}", "body": "{value}" },
    "get": { "path": "/{key}", "expect": { "body": "{value}" } }
  },
  "run": { "targets": ["mine"], "rate": 300, "failOn": ["get.p99>5ms"] },
  "scenarios": { "spike": { "rate": 900 } }
}
`;

let cwd: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ dir: cwd, remove } = await directoryWith({ 'kvbench.config.jsonc': file }));
  await mkdir(join(cwd, 'deep'));
});
afterAll(() => remove());

const config = (args: string[], env: Record<string, string> = {}, from = cwd) =>
  cli(['config', ...args], { env, cwd: from });

describe('kvbench config', () => {
  test('shows what is in force and where it was said, within 80 columns', async () => {
    const { code, stdout, stderr } = await config(['--scenario', 'spike', '--connections', '3'], {
      KVBENCH_ROUNDS: '9',
      KVBENCH_SEED: '1',
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^targets +mine +kvbench\.config\.jsonc:11:12$/m);
    expect(stdout).toMatch(/^operations +put get +all requests of mine$/m);
    expect(stdout).toMatch(/^rate +900 +scenario spike\n +\(kvbench\.config\.jsonc:12:29\)$/m);
    expect(stdout).toMatch(/^connections +3 +--connections$/m);
    expect(stdout).toMatch(/^rounds +9 +KVBENCH_ROUNDS$/m);
    expect(stdout).toMatch(/^keys +10000 +default$/m);
    expect(stdout).toMatch(/^\* mine +start +put, get +kvbench\.config\.jsonc:4:5$/m);
    expect(stdout).toMatch(/^ {2}theirs +url +root +kvbench\.config\.jsonc:5:5$/m);
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test('--json prints path, config, sources and targets', async () => {
    const { stdout } = await config(['--json'], {}, join(cwd, 'deep'));
    const report = JSON.parse(stdout);
    expect(Object.keys(report)).toEqual(['path', 'config', 'sources', 'targets']);
    expect(report.path).toBe(join(cwd, 'kvbench.config.jsonc'));
    expect(report.config).toMatchObject({ rate: 300, failOn: ['get.p99>5ms'] });
    expect(report.sources.rate).toBe('../kvbench.config.jsonc:11:33');
    expect(report.targets).toMatchObject([
      { name: 'mine', chosen: true, source: 'start', requests: { preload: 'put' } },
      { name: 'theirs', chosen: false, source: 'url' },
    ]);
  });

  test('works without a file', async () => {
    const { stdout } = await config([], {}, join(cwd, '.git'));
    // The file above is found even from there: what holds no .git is no end of the search.
    expect(stdout).toContain('../kvbench.config.jsonc');
    const { dir, remove: away } = await directoryWith();
    const none = await config([], {}, dir);
    expect(none.stdout).toContain('There is no config file');
    expect(none.stdout).toMatch(/^\* rust +bundled, contract +get, post$/m);
    await away();
  });

  test('text of a file that a terminal would obey is shown, not obeyed', async () => {
    const evil = { run: { failOn: ['\u001b[2Jx'] } };
    const { dir, remove: away } = await directoryWith({
      'kvbench.config.json': JSON.stringify(evil),
    });
    const { stdout } = await config([], {}, dir);
    expect(stdout).toContain('\\x1b[2Jx');
    expect(stdout).not.toContain('\u001b');
    await away();
  });
});

describe('variables', () => {
  const json = async (env: Record<string, string>, ...args: string[]) =>
    JSON.parse((await config(['--json', ...args], env)).stdout) as {
      config: Record<string, unknown>;
      sources: Record<string, string>;
    };

  test('are read like the flags, and flags win over them', async () => {
    const env = {
      KVBENCH_VALUE_SIZE: '1-4KiB',
      KVBENCH_DURATION: '2s',
      KVBENCH_CALIBRATE: '0',
      KVBENCH_RATE: 'not looked at',
      KVBENCH_KEYS: '',
      KVBENCH_SCENARIO: 'spike',
      KVBENCH_QUICK: '1',
      KVBENCH_ROUNDS: 'auto',
    };
    const { config: found, sources } = await json(env, '--rate', '5');
    expect(found).toMatchObject({
      valueSize: { minBytes: 1, maxBytes: 4096 },
      durationMs: 2000,
      calibrate: false,
      rate: 5,
      keys: 10_000,
      warmupMs: 40,
      rounds: 'auto',
    });
    expect(sources).toMatchObject({
      valueSize: 'KVBENCH_VALUE_SIZE',
      calibrate: 'KVBENCH_CALIBRATE',
      rate: '--rate',
      keys: 'default',
      warmupMs: '--quick',
    });
  });

  test('name a config file', async () => {
    const env = { KVBENCH_CONFIG: join(cwd, 'kvbench.config.jsonc') };
    const { stdout } = await config(['--json'], env, '/');
    expect(JSON.parse(stdout).config.rate).toBe(300);
  });

  test.each([
    [{ KVBENCH_RATE: 'fast' }, 'The variable KVBENCH_RATE is "fast"'],
    [{ KVBENCH_CALIBRATE: 'maybe' }, 'Give 1 or 0.'],
    [{ KVBENCH_HIT_RATIO: '101%' }, 'KVBENCH_HIT_RATIO is 1.01. Give at most 1.'],
    [{ KVBENCH_SCENARIO: 'spyke' }, 'Did you mean spike?'],
    [{ KVBENCH_CONFIG: 'nowhere' }, 'there is no such file'],
  ])('%j', async (env, told) => {
    const { code, stdout, stderr } = await config([], env);
    expect(stderr.replace('\n  ', ' ')).toContain(told);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

test('a mistake in the file is one sentence with its place, and exit code 2', async () => {
  const { dir, remove: away } = await directoryWith({
    'kvbench.config.json': '{ "targets": {\n  "mine": { "start": { "comand": ["x"] } } } }',
  });
  const { code, stdout, stderr } = await cli(['run', '--dry-run'], { cwd: dir, env: {} });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toBe(
    'error: kvbench.config.json:2:24, targets.mine.start.comand is not a setting that there is.\n' +
      '  Did you mean command? Settings here: command, shell, env, port, inputs, files.\n',
  );
  await away();
});
