import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TargetSpec } from '../../src/config/target-spec.js';
import { packagePath } from '../../src/package.js';
import { ownTarget } from '../../src/targets/own.js';
import { freePort } from '../../src/targets/ports.js';
import { aSpec, ownCommand, startOptions, useOwnServers } from '../helpers/own.js';
import { isAlive } from '../helpers/processes.js';

type Settings = TargetSpec['settings'];

const { start, mark, warnings } = useOwnServers();
const told = ownCommand('--port={port}');

describe('the end of a server', () => {
  test('one that ignores the signal is killed, with a warning', async () => {
    const server = await start({
      start: { command: ownCommand('--ignore-term', '--port={port}') },
      stop: { timeoutMs: 100 },
    });
    await server.stop();
    expect(warnings).toEqual([
      expect.objectContaining({
        code: 'killed',
        message: expect.stringMatching(
          /^mine .*node \(pid \d+\).*0\.1 s after SIGTERM.*targets\.mine\.stop/,
        ),
      }),
    ]);
  });

  test('another signal may do', async () => {
    const server = await start({
      start: { command: ownCommand('--ignore-term', '--port={port}') },
      stop: { signal: 'SIGINT' },
    });
    await server.stop();
    expect(warnings).toEqual([]);
  });

  test('one that ends while it is needed is told, and the rest of it is ended', async () => {
    const server = await start({ start: { command: ownCommand('--children=1', '--port={port}') } });
    const [pid = 0] = server.pids();
    process.kill(pid, 'SIGKILL');
    await expect(server.died).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/mine was ended by SIGKILL while it was needed/),
    });
  });

  test('a shell script with two servers is measured and ended whole', async () => {
    const [node, script] = ownCommand();
    const server = await start({
      start: {
        command: `${node} ${script} --port={port} & ${node} ${script} --children=2 & wait`,
        shell: true,
      },
    });
    await expect.poll(() => server.pids().length, { timeout: 60_000 }).toBe(5);
    await server.stop();
  });

  test('who listens on its port at another address is a stranger, before it and after', async () => {
    const port = await freePort();
    const listen = (host: string) => {
      const script = `require('net').createServer().listen(${port}, '${host}', () => console.log('up'))`;
      return spawn(process.execPath, ['-e', script]);
    };
    const stranger = listen('127.0.0.2');
    await once(stranger.stdout, 'data');
    const server = await start({ start: { command: ownCommand(`--port=${port}`), port } });
    const late = listen('127.0.0.3');
    await once(late.stdout, 'data');
    expect(server.pids()).toHaveLength(1);
    for (const { pid } of [stranger, late]) expect(server.pids()).not.toContain(pid);
    await server.stop();
    for (const { pid } of [stranger, late]) expect(isAlive(pid as number)).toBe(true);
    expect(warnings).toEqual([]);
    stranger.kill('SIGKILL');
    late.kill('SIGKILL');
  });

  test.runIf(process.platform === 'linux')(
    'who takes its port without a proof of where he is from is told of, and let be',
    async () => {
      const port = await freePort();
      const script = `require('net').createServer().listen({ port: ${port}, host: '0.0.0.0' }, () => console.log('up'))`;
      const server = await start({ start: { command: ownCommand(`--port=${port}`), port } });
      const pid = server.pids()[0] as number;
      // The server lets go of its port, as one does that hands it to a daemon.
      await fetch(`${server.origin}/close`).catch(() => {});
      const stranger = spawn(process.execPath, ['-e', script]);
      await once(stranger.stdout, 'data');
      expect(server.pids()).toEqual([pid]);
      await server.stop();
      expect(isAlive(stranger.pid as number)).toBe(true);
      expect(warnings).toEqual([
        expect.objectContaining({
          code: 'left-behind',
          message: expect.stringMatching(
            new RegExp(
              `^mine has ended, and .*pid ${stranger.pid}\\) listens on port ${port}: nothing proves`,
            ),
          ),
        }),
      ]);
      stranger.kill('SIGKILL');
    },
  );

  test('nothing else is ended', async () => {
    const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], {
      stdio: 'ignore',
    });
    const server = await start({ start: { command: told } });
    expect(server.pids()).not.toContain(bystander.pid);
    await server.stop();
    expect(isAlive(bystander.pid as number)).toBe(true);
    bystander.kill('SIGKILL');
  });
});

describe('however kvbench ends', () => {
  /** A kvbench of its own that has started a server; both are ended by the test. */
  async function startElsewhere(flags: string[]) {
    const files = { 'own.conf': 'servers/own.conf' };
    const command = ownCommand('--config={tmp}/own.conf', ...flags);
    const spec = aSpec({ start: { command, files, env: { OWN_TEST: mark } } });
    const script = `
      import { ownTarget } from ${JSON.stringify(packagePath('dist/internals.js'))};
      const spec = { ...${JSON.stringify(spec)}, place: () => '' };
      const target = ownTarget(spec, { allowRemote: false });
      const options = { instance: 'mine', artifact: null, port: 0, workers: 1, cpus: null };
      const signal = new AbortController().signal;
      const server = await target.start({ ...options, signal, onWarning() {} });
      const { args } = await (await fetch(server.origin + '/env')).json();
      console.log(JSON.stringify({ pids: server.pids(), tmp: args[0].slice(9, -9) }));
      setInterval(() => {}, 1e6);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout, 'data');
    return { child, ...(JSON.parse(String(line)) as { pids: number[]; tmp: string }) };
  }

  test.each([
    ['with children in sessions of their own', ['--children=2'], 3],
    ['deaf', ['--ignore-term'], 1],
  ])('killed, nothing is left of a server %s', async (_, flags, count) => {
    const { child, pids, tmp } = await startElsewhere(flags);
    expect(pids).toHaveLength(count);
    expect(existsSync(tmp)).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => pids.filter(isAlive), { timeout: 60_000 }).toEqual([]);
    await expect.poll(() => existsSync(tmp), { timeout: 60_000 }).toBe(false);
  });

  test('even if somebody has killed the guard', async () => {
    const server = await start({
      start: { command: ownCommand('--children=2', '--port={port}') },
    });
    const pids = server.pids();
    const stat = await readFile(`/proc/${Math.min(...pids)}/stat`, 'utf8');
    process.kill(Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]), 'SIGKILL');
    await expect(server.died).rejects.toThrow('lost its guard process');
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

describe('a server that runs already', () => {
  const running = async () => {
    const server = await start({ start: { command: ownCommand('--children=1', '--port={port}') } });
    return { server, url: server.origin, pid: Math.min(...server.pids()) };
  };

  test('is loaded, measured by its pid and left alone', async () => {
    const { server, url, pid } = await running();
    const dir = await mkdtemp(join(tmpdir(), 'kvbench-own-'));
    await writeFile(join(dir, 'pid'), `${pid}\n`);
    for (const [settings, count] of [
      [{ url, pid }, 2],
      [{ url, pidFile: join(dir, 'pid') }, 2],
      [{ url }, 0],
    ] as const) {
      const target = ownTarget(aSpec(settings), { allowRemote: false });
      expect(target).toMatchObject({ source: 'url', url });
      const again = await target.start(startOptions());
      expect(again.pids()).toHaveLength(count);
      await again.stop();
    }
    expect(server.pids()).toHaveLength(2);
    await rm(dir, { recursive: true });
  });

  test('without TLS is no server for https', async () => {
    const { url } = await running();
    const https = url.replace('http:', 'https:');
    const target = ownTarget(aSpec({ url: https }), { allowRemote: false });
    await expect(target.start(startOptions())).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(
        /^mine answers in plain HTTP at https:.*, and is asked for TLS \(.*mine\.url\)\.$/,
      ),
      hint: expect.stringContaining('http://'),
    });
  });

  test('and its end is noticed if its pid is known', async () => {
    const { server, url, pid } = await running();
    const target = ownTarget(aSpec({ url, pid }), { allowRemote: false });
    const again = await target.start(startOptions());
    await server.stop();
    await expect(again.died).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(
        /^mine ended while it was needed: its process \d+ is gone \(.*mine\.pid\)\.$/,
      ),
    });
    await again.stop();
  });

  test.each<[string, Settings, number, RegExp]>([
    [
      'no server',
      { url: 'http://127.0.0.1:1' },
      3,
      /no server listens at http:\/\/127\.0\.0\.1:1 .*mine\.url/,
    ],
    [
      'no process',
      { url: 'http://127.0.0.1:1', pid: 2 ** 30 },
      3,
      /pid 1073741824, and there is no such process .*mine\.pid/,
    ],
    [
      'no pid file',
      { url: 'http://127.0.0.1:1', pidFile: 'nowhere' },
      3,
      /pid file that can't be read.*mine\.pidFile/,
    ],
    [
      'another machine',
      { url: 'http://192.0.2.1' },
      2,
      /is on another machine: http:\/\/192\.0\.2\.1 .*mine\.url/,
    ],
    ['another machine by name', { url: 'http://127.0.0.1.example.org' }, 2, /another machine/],
    ['no root', { url: 'http://127.0.0.1:1/path' }, 2, /not the root .*mine\.url/],
    ['no URL', { url: 'localhost:80' }, 2, /not the root/],
    ['credentials', { url: 'http://me:s3cret@127.0.0.1' }, 2, /not the root .*"http:\/\/…@127/],
  ])('%s', async (_, settings, exitCode, message) => {
    const begin = async () =>
      ownTarget(aSpec(settings), { allowRemote: false }).start(startOptions());
    const error = await begin().catch((e) => e);
    expect(error).toMatchObject({ name: 'KvbenchError', exitCode });
    expect(error.message).toMatch(message);
  });

  test('may be on another machine if that is allowed', () => {
    expect(ownTarget(aSpec({ url: 'https://192.0.2.1' }), { allowRemote: true }).url).toBe(
      'https://192.0.2.1',
    );
  });
});
