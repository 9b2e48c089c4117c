import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandNames } from '../../src/cli/commands.js';
import type { RunConfig } from '../../src/config/schema.js';
import { packageVersion } from '../../src/package.js';
import { cli, ownDirs } from '../helpers/cli.js';

let dirs: Awaited<ReturnType<typeof ownDirs>>;
beforeAll(async () => {
  dirs = await ownDirs();
});
afterAll(() => dirs.remove());

test('--version', async () => {
  expect(await cli(['--version'])).toEqual({ code: 0, stdout: `${packageVersion}\n`, stderr: '' });
});

test.each([
  [[]],
  [['--help']],
  [['help']],
  ...commandNames.map((name) => [[name, '--help']]),
  [['help', 'run']],
])('help of %j fits 80 columns', async (args) => {
  const { code, stdout, stderr } = await cli(args);
  const text = stdout + stderr;
  expect(code).toBe(args.length === 0 ? 2 : 0);
  expect(text).toContain('Usage: kvbench');
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
});

test.each([
  [[], 'No command was given.'],
  [['export'], 'No command was given to kvbench export.'],
  [['help', 'nope'], 'There is no command named "nope".'],
])('%j prints the help, and an error below it', async (args, message) => {
  const { code, stdout, stderr } = await cli(args);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^Usage: /);
  expect(stderr.endsWith(`error: ${message}\n  Choose one of those above.\n`)).toBe(true);
});

test('the help has examples and exit codes', async () => {
  const { stdout } = await cli(['--help']);
  expect(stdout).toContain('kvbench run --quick');
  expect(stdout).toContain('Exit codes');
});

describe('usage errors exit 2, on stderr alone, and say what to do', () => {
  test.each([
    [['rnu'], '(Did you mean run?)'],
    [['run', '--conections', '4'], '(Did you mean --connections?)'],
    [['run', '--targets', 'rust,goo'], 'Did you mean go?'],
    [['run', '--targets', 'rust,nul-go'], 'Targets: rust, go'],
    [['run', '--targets', 'null-goo'], '"null-goo"'],
    [['run', '--dry-run', '--targets', 'go,go,go#2'], 'There is no target named "go#2"'],
    [['run', '--operations', 'put'], '--operations'],
    [['run', '--connections', '0'], '--connections'],
    [['run', '--connections', '1e3'], 'Give a whole number'],
    [['run', '--connections', '-1'], 'Give a whole number'],
    [['run', '--duration', '2'], '500ms, 2s, 1m'],
    [['run', '--value-size', '2MiB'], '--value-size'],
    [['run', '--value-size', '9-8'], '--value-size'],
    [['run', '--value-size', '1-2-3'], 'or a range as 64-1KiB'],
    [['run', '--measure', 'latencies'], '--measure'],
    [['run', '--operations', 'get:0,post:0'], '--operations'],
    [['run', '--operations', 'get:1,get:1'], '--operations'],
    [['run', '--rate', 'fast'], 'Give a whole number, or auto'],
    [['run', '--rate', '0'], '--rate'],
    [['run', '--arrivals', 'poison'], '--arrivals'],
    [['run', '--requests-per-connection', '0'], '--requests-per-connection'],
    [['run', '--rounds', 'many'], 'Give a whole number, or auto'],
    [['run', '--precision', 'high'], 'Give a fraction'],
    [['run', '--precision', '0%'], '--precision'],
    [['run', '--time-budget', '1'], '500ms, 2s, 1m'],
    [['run', '--time-budget', '1ms'], '--time-budget'],
    [['run', '--interleave', 'slices'], '--interleave'],
    [['run', '--slice', '1ms'], '--slice'],
    [['run', '--distribution', 'zipf'], '--distribution'],
    [['run', '--hit-ratio', '101%'], '--hit-ratio'],
    [['run', '--generators', '0'], '--generators'],
    [['run', '--generators', '9', '--connections', '8'], '--generators'],
    [['run', '--workers', '513'], '--workers'],
    [['run', '--workers', '1,1'], '--workers names a number twice'],
    [['run', '--workers', '1,x'], 'Give a whole number'],
    [['run', '--targets', 'rust@0w'], 'There is no target named "rust@0w"'],
    [['run', '--targets', 'all', '--workers', '1,2,4,8'], '64 are the most'],
    [['run', '--preset', 'nonsense'], 'Presets: ycsb-a, ycsb-b, ycsb-c, ycsb-d'],
    [['run', '--show', 'nonsense'], 'There is: runtime'],
    [['run', '--show', 'runtime,nonsense'], '"nonsense"'],
    [['run', '--seed', '99999999999'], '--seed'],
    [['run', '--fail-on', 'get.p98>5ms'], '    get.p98>5ms\n        ^\n'],
    [['run', '--fail-on', 'errors>0', '--fail-on', 'put.p99>5ms'], 'put.p99>5ms names put'],
    [['run', '--targets', 'go', '--fail-on', 'ratio(rust/go).p50>1'], 'names rust'],
    [['run', '--measure', 'throughput', '--fail-on', 'p50>1ms'], 'Add latency to --measure'],
    [['run', '--fail-on', ''], '--fail-on'],
    [['compare', 'nowhere.json', 'nowhere.json'], 'nowhere.json does not exist'],
    [['run', '--rounds'], 'argument missing'],
    [['run', 'rust'], 'too many arguments'],
    [['serve'], "missing required argument 'target'"],
    [['serve', 'rsut'], 'Did you mean rust?'],
    [['serve', 'go', '--port', '70000'], '65535'],
    [['serve', 'go', '--workers', '0'], '--workers'],
    [['build', 'c++'], 'Targets: rust, go'],
    [['check', '--url', 'http://example.com/'], 'on this machine'],
    [['check', '--url', 'https://127.0.0.1:1/'], 'on this machine'],
    [['check', '--url', 'nonsense'], 'on this machine'],
    [['check', 'go', '--url', 'http://127.0.0.1:1'], 'one of the two'],
  ])('%j', async (args, hint) => {
    const { code, stdout, stderr } = await cli(args, { env: dirs.env });
    expect(stderr).toContain(hint);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('a dry run', () => {
  const dry = (...args: string[]) =>
    cli(['run', '--dry-run', '--seed', '7', '--rounds', '2', ...args], { env: { PATH: '' } });
  const planned = async (...args: string[]) =>
    JSON.parse((await dry('--json', ...args)).stdout) as {
      config: RunConfig;
      plan: { targets: string[]; rounds: { startOrder: string[]; blocks: string[][] }[] };
    };

  test('prints the plan and does nothing', async () => {
    const first = await dry();
    expect(first.code).toBe(0);
    // Two targets, two measures, two operations of a second each.
    expect(first.stdout).toContain('2 rounds, 16 s under load');
    expect(first.stdout).toContain('seed 7');
    expect(first.stdout.match(/^round \d: start /gm)).toHaveLength(2);
    expect((await dry()).stdout).toBe(first.stdout);
    const { config, plan } = await planned();
    expect(config).toMatchObject({ seed: 7, rounds: 2 });
    expect(plan.rounds).toHaveLength(2);
  });

  test('of automatic rounds says when they end', async () => {
    const { stdout } = await dry('--rounds', 'auto', '--precision', '7%', '--time-budget', '1m');
    expect(stdout).toContain('rounds of 8 s under load until ±7 %, or 1 min 0 s are over');
    expect(stdout.match(/^round \d: start /gm)).toHaveLength(1);
  });

  test('shows the same target twice under two names', async () => {
    const { stdout } = await dry('--targets', 'go,go');
    expect(stdout).toMatch(/^round 1: start (go, go#2|go#2, go); /m);
    expect((await planned('--targets', 'go,go')).plan.targets).toEqual(['go', 'go#2']);
  });

  test('shows a target once for each number of workers', async () => {
    const { stdout } = await dry('--targets', 'go,rust+mutex', '--workers', '2,1');
    expect(stdout).toContain('2 rounds, 32 s under load');
    const { config, plan } = await planned('--targets', 'go,rust+mutex', '--workers', '2,1');
    expect(plan.targets).toEqual(['go@1w', 'go@2w', 'rust+mutex@1w', 'rust+mutex@2w']);
    // What it is repeated by.
    const again = await planned('--targets', config.targets.join());
    expect(again).toEqual({ config, plan });
    const threshold = ['--fail-on', 'rust+mutex@2w.get.p99>5ms'];
    expect(
      (await planned('--workers', '1,2', '--targets', 'rust+mutex', ...threshold)).plan.targets,
    ).toHaveLength(2);
  });

  test('of many targets says in which blocks', async () => {
    const many = Array(20).fill('go').join();
    const { stdout } = await dry('--targets', many, '--workers', '1');
    expect(stdout).toMatch(/^20 targets in blocks of 10, drawn anew each round\n2 rounds, /);
    // Twenty targets, two measures, two operations of a second each.
    expect(stdout).toContain('2 rounds, 2 min 40 s under load, about ');
    const [, first = ''] = /^round 1: start (.*?);/m.exec(stdout) ?? [];
    expect(first.split(' | ').map((block) => block.split(', ').length)).toEqual([10, 10]);
    const { plan } = await planned('--targets', many, '--workers', '1');
    expect(plan.rounds.map(({ blocks }) => blocks.map((block) => block.length))).toEqual([
      [10, 10],
      [10, 10],
    ]);
  });

  test('shows null targets', async () => {
    const { plan } = await planned('--calibrate');
    expect(plan.targets).toEqual(['rust', 'go', 'null-rust', 'null-go']);
  });

  test.each([
    [['--operations', 'post:5,get:95'], { operations: ['get:95,post:5'] }],
    [['--operations', 'post,get'], { operations: ['post', 'get'] }],
    [['--value-size', '16-4KiB'], { valueSize: { minBytes: 16, maxBytes: 4096 } }],
    [['--hit-ratio', '50%'], { hitRatio: 0.5 }],
    [['--rate', '250', '--arrivals', 'poisson'], { rate: 250, arrivals: 'poisson' }],
    [['--requests-per-connection', '9'], { requestsPerConnection: 9 }],
    [['--preset', 'ycsb-d', '--keys', '5'], { distribution: 'latest', keys: 5 }],
    [['--measure', 'latency'], { measures: ['latency'] }],
    [['--generators', '2', '--workers', '3'], { generators: 2, workers: 3 }],
    [['--interleave', 'none', '--slice', '1s'], { interleave: 'none', sliceMs: 1000 }],
  ])('understands %j', async (args, config) => {
    expect((await planned(...args)).config).toMatchObject(config);
  });
});

test('targets are listed, also as JSON', async () => {
  const { stdout } = await cli(['targets']);
  expect(stdout).toMatch(/rust\s+actix-web on tokio, dashmap\s+cargo/);
  const listed = JSON.parse((await cli(['targets', '--json'])).stdout);
  const names = listed.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['rust', 'go', 'rust+mutex', 'go+gogc400']));
  for (const name of ['rust+papaya', 'go+chi', 'go+gin', 'go+fasthttp']) {
    const { version } = listed.find((one: { name: string }) => one.name === name);
    expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
  }
});

test('the list of targets fits 80 columns where there is no terminal, or as many as its user says', async () => {
  const widest = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length));
  const piped = (await cli(['targets'])).stdout;
  expect(widest(piped)).toBeLessThanOrEqual(80);
  for (const columns of [60, 100]) {
    const { stdout } = await cli(['targets'], { env: { COLUMNS: `${columns}` } });
    expect(widest(stdout)).toBeLessThanOrEqual(columns);
    // Nothing is lost by it.
    const words = (text: string) => text.split(/\s+/).toSorted();
    expect(words(stdout)).toEqual(words(piped));
  }
});

test('an unwritable result is noticed before anything is built', async () => {
  await writeFile(join(dirs.dir, 'file'), '');
  await mkdir(join(dirs.dir, 'directory'));
  for (const out of [join(dirs.dir, 'file', 'x.json'), join(dirs.dir, 'directory')]) {
    const { code, stderr } = await cli(['run', '--out', out], { env: dirs.env });
    expect(code).toBe(2);
    expect(stderr).toContain('--out');
    expect(stderr).not.toContain('building');
  }
});

test('a URL where nothing listens', async () => {
  const { code, stderr } = await cli(['check', '--url', 'http://127.0.0.1:1']);
  expect(code).toBe(3);
  expect(stderr).toContain('No server listens at http://127.0.0.1:1');
});

test('a URL where nobody answers', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await cli(['check', '--url', `http://127.0.0.1:${port}`]);
  expect(code).toBe(3);
  expect(stderr).toContain('did not answer within 5 s');
  for (const socket of sockets) socket.destroy();
  server.close();
});

test('colour on a terminal, none with NO_COLOR or TERM=dumb, forced by FORCE_COLOR', async () => {
  const colours = async (isTTY: boolean, env: Record<string, string>) =>
    (await cli(['targets'], { isTTY, env })).stdout.includes('\u001b[');
  expect(await colours(true, {})).toBe(true);
  expect(await colours(true, { NO_COLOR: '1' })).toBe(false);
  expect(await colours(true, { TERM: 'dumb' })).toBe(false);
  expect(await colours(false, {})).toBe(false);
  expect(await colours(false, { FORCE_COLOR: '1' })).toBe(true);
});

describe('doctor', () => {
  test('looks at the machine without measuring', async () => {
    const { code, stdout, stderr } = await cli(['doctor', '--no-calibrate']);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    for (const id of ['node', 'rust', 'go', 'cpus', 'open files', 'timer']) {
      expect(stdout).toMatch(new RegExp(`^(ok|warn) +${id} `, 'm'));
    }
  });

  test('--json prints the checks and what they rest on', async () => {
    const { code, stdout } = await cli(['doctor', '--no-calibrate', '--json']);
    expect(code).toBe(0);
    const { checks, machine, tools } = JSON.parse(stdout);
    expect(machine.nodeVersion).toBe(process.versions.node);
    expect(tools.map((tool: { target: string }) => tool.target)).toEqual(['rust', 'go']);
    expect(checks.every((check: { status: string }) => /^(ok|warn)$/.test(check.status))).toBe(
      true,
    );
  });
});
