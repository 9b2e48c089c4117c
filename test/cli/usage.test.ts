import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

test.each([[[]], [['--help']], [['help']], [['run', '--help']], [['help', 'check']]])(
  'help of %j fits 80 columns',
  async (args) => {
    const { code, stdout, stderr } = await cli(args);
    const text = stdout + stderr;
    expect(code).toBe(args.length === 0 ? 2 : 0);
    expect(text).toContain('Usage: kvbench');
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  },
);

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
    [['run', '--targets', 'rust,rust'], '--targets'],
    [['run', '--operations', 'put'], '--operations'],
    [['run', '--connections', '0'], '--connections'],
    [['run', '--connections', '1e3'], 'Give a whole number'],
    [['run', '--connections', '-1'], 'Give a whole number'],
    [['run', '--duration', '2'], '500ms, 2s, 1m'],
    [['run', '--value-size', '2MiB'], '--value-size'],
    [['run', '--distribution', 'gauss'], '--distribution'],
    [['run', '--seed', '99999999999'], '--seed'],
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

test('a dry run prints the plan and does nothing', async () => {
  const args = ['run', '--dry-run', '--seed', '7', '--rounds', '2'];
  const first = await cli(args, { env: { PATH: '' } });
  expect(first.code).toBe(0);
  expect(first.stdout).toContain('2 rounds, 8 trials, 20 s under load');
  expect(first.stdout).toContain('seed 7');
  expect(first.stdout.match(/^round \d: start /gm)).toHaveLength(2);
  expect((await cli(args)).stdout).toBe(first.stdout);
  const { config, plan } = JSON.parse((await cli([...args, '--json'])).stdout);
  expect(config).toMatchObject({ seed: 7, rounds: 2 });
  expect(plan.rounds).toHaveLength(2);
});

test('targets are listed, also as JSON', async () => {
  const { stdout } = await cli(['targets']);
  expect(stdout).toMatch(/rust\s+actix-web on tokio, dashmap\s+cargo/);
  expect(JSON.parse((await cli(['targets', '--json'])).stdout)).toHaveLength(2);
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
