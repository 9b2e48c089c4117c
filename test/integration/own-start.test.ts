import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { TargetSpec } from '../../src/config/target-spec.js';
import { allowedCpus } from '../../src/observe/machine.js';
import { packagePath } from '../../src/package.js';
import { canPinProcesses } from '../../src/processes/pin.js';
import { ownTarget } from '../../src/targets/own.js';
import { freePort } from '../../src/targets/ports.js';
import type { StartOptions } from '../../src/targets/target.js';
import { aSpec, ownCommand, startOptions, useOwnServers } from '../helpers/own.js';
import { isAlive, processesWith } from '../helpers/processes.js';

type Settings = TargetSpec['settings'];

const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
const canPin = await canPinProcesses();

const { start, mark, warnings } = useOwnServers();

/** For servers that never get there, and those that must have come up before it is over, however busy the machine. */
const quick = { timeoutMs: 500 };
const patient = { timeoutMs: 15_000 };
/** For those of which both is true: all of it is waited for. */
const both = { timeoutMs: 5000 };
const told = ownCommand('--port={port}');

describe('a server starts', () => {
  test.each<[string, Settings]>([
    ['told its port', { start: { command: told } }],
    [
      'told its port by the environment',
      {
        start: {
          command: ['sh', '-c', `exec ${ownCommand().join(' ')} --port=$PORT`],
          env: { PORT: '{port}' },
        },
      },
    ],
    [
      'told its address, in a shell',
      {
        start: {
          command: `${ownCommand('--port=$(echo {addr} | cut -d: -f2)').join(' ')}`,
          shell: true,
        },
      },
    ],
    [
      'with a port of its own choice, which it prints',
      { start: { command: ownCommand() }, ready: { line: 'listening on {addr}/' } },
    ],
    [
      'and prints it otherwise',
      { start: { command: ownCommand('--say=port PORT!') }, ready: { line: 'port {port}' } },
    ],
    ['ready by HTTP', { start: { command: told }, ready: { http: '/' } }],
    ['ready by a status', { start: { command: told }, ready: { http: '/none', status: 404 } }],
    ['ready by a line', { start: { command: told }, ready: { line: 'listening' } }],
    [
      'told by a file',
      {
        start: {
          command: ownCommand('--config={tmp}/own.conf'),
          files: { 'own.conf': 'servers/own.conf' },
        },
      },
    ],
  ])('%s', async (_, settings) => {
    const server = await start(settings);
    expect(server.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await fetch(server.origin)).text()).toBe('hello');
    expect(server.pids().length).toBeGreaterThan(0);
    await server.stop();
    expect(server.pids()).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test('with everything filled in, and its directory removed', async () => {
    const artifact = { path: '/a/b' } as StartOptions['artifact'];
    const server = await start(
      {
        build: { command: ['true'], artifact: 'b' },
        start: {
          command: [
            ...ownCommand('--port={port}'),
            // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's, which is none of ours
            '--say={artifact} {workers} {tmp} ${port} {{port}}',
          ],
          env: { ADDR: '{addr}' },
        },
      },
      { artifact },
    );
    const env = (await (await fetch(`${server.origin}/env`)).json()) as Record<string, string>;
    // How kvbench talks to the guard is no business of the server's.
    expect(Object.keys(env).filter((key) => key.startsWith('NODE_CHANNEL'))).toEqual([]);
    const { ADDR, args } = env;
    expect(`http://${ADDR}`).toBe(server.origin);
    const [, tmp = ''] =
      /--say=\/a\/b 2 (\S+) \$\{port\} \{\{port\}\}$/.exec(args?.[1] ?? '') ?? [];
    expect(existsSync(tmp)).toBe(true);
    await server.stop();
    expect(existsSync(tmp)).toBe(false);
  });

  test.runIf(canPin)('bound to the CPUs that it is given', async () => {
    const [cpu = 0] = allowedCpus();
    const server = await start(
      { start: { command: ownCommand('--children=1', '--port={port}') } },
      { cpus: [cpu] },
    );
    expect(server.pids()).toHaveLength(2);
    for (const pid of server.pids()) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      expect(/^Cpus_allowed_list:\s+(.*)$/m.exec(status)?.[1]).toBe(String(cpu));
    }
  });

  test.runIf(hasIPv6 && process.platform === 'linux')('at ::1 alone', async () => {
    const command = ownCommand('--host=::1', '--port={port}');
    const server = await start({ start: { command }, ready: { http: '/', ...patient } });
    expect(server.origin).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect(await (await fetch(server.origin)).text()).toBe('hello');
  });

  test('with a fixed port', async () => {
    const port = await freePort();
    const server = await start({ start: { command: ownCommand(`--port=${port}`), port } });
    expect(server.origin).toBe(`http://127.0.0.1:${port}`);
  });
});

describe('a server that does not come up is one sentence, its place and the mend', () => {
  async function expectTrouble(
    settings: Settings,
    { exitCode, message, hint }: { exitCode: number; message: RegExp; hint: RegExp },
  ) {
    const error = await start(settings).catch((e) => e);
    expect(error).toMatchObject({ name: 'KvbenchError', exitCode });
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^mine .*\(kvbench\.config\.json, targets\.mine\..*\)\.$/);
    expect(error.hint).toMatch(hint);
  }

  test.each<[string, Settings, exitCode: number, message: RegExp, hint: RegExp]>([
    [
      'no such command',
      { start: { command: ['no-such-server', '{port}'] } },
      3,
      /can't be started: there is no command "no-such-server" .*start\.command/,
      /Install/,
    ],
    [
      'no such command in a shell',
      { start: { command: 'no-such-server {port}', shell: true } },
      3,
      /exited with code 127 .*start\.command/,
      /Install/,
    ],
    [
      'exits at once',
      { start: { command: ownCommand('--exit=5', '--port={port}') } },
      3,
      /exited with code 5 before it was ready .*start\.command/,
      /below/,
    ],
    [
      'ends well at once',
      { start: { command: ownCommand('--exit=0', '--port={port}') } },
      3,
      /exited with code 0 before it was ready/,
      /below/,
    ],
    [
      'is ended by a signal',
      { start: { command: ownCommand('--crash', '--port={port}') } },
      3,
      /was ended by SIGABRT before/,
      /below/,
    ],
    [
      'never listens',
      { start: { command: ownCommand('--hang', '--port={port}') }, ready: { tcp: true, ...quick } },
      3,
      /did not listen on 127\.0\.0\.1:\d+ within 0\.5 s .*start\.command/,
      /ready\.timeoutMs/,
    ],
    [
      'never says so',
      { start: { command: told }, ready: { line: 'up and running', ...quick } },
      3,
      /did not print a line with "up and running" .*ready\.line/,
      /ready\.line/,
    ],
    [
      'says another port',
      {
        start: { command: ownCommand('--say=on 1'), env: { PORT: '{port}' } },
        ready: { line: 'on {port}', ...patient },
      },
      3,
      /says that it listens on port 1, and not on \d+ as it was told .*start\.command/,
      /leave both out|Pass/,
    ],
    [
      'says no port',
      {
        start: { command: ownCommand('--say=on 99999') },
        ready: { line: 'on {port}', ...patient },
      },
      3,
      /port 99999, which is none .*ready\.line/,
      /ready\.line/,
    ],
    [
      'goes to the background',
      {
        start: { command: ownCommand('--daemon', '--port={port}') },
        ready: { line: 'never', ...patient },
      },
      3,
      /went to the background: .*left node \(pid \d+\) behind .*start\.command/,
      /daemon off/,
    ],
    [
      'port not templated',
      { start: { command: ownCommand() } },
      2,
      /port is not templated .*start\.command/,
      /\{port\}.*start\.port.*ready\.line/,
    ],
    [
      'unknown placeholder',
      { start: { command: ownCommand('--port={prot}') } },
      2,
      /unknown placeholder \{prot\} .*start\.command\.2/,
      /\{port\}, \{addr\}/,
    ],
    [
      'in the environment',
      { start: { command: told, env: { A: '{Port}' } } },
      2,
      /unknown placeholder \{Port\} .*start\.env\.A/,
      /\{port\}/,
    ],
    [
      'in a file',
      { start: { command: told, files: { a: 'servers/own-bad.conf' } } },
      2,
      /unknown placeholder \{prt\} .*start\.files\.a/,
      /\{port\}/,
    ],
    [
      'a file that is not there',
      { start: { command: told, files: { a: 'nowhere' } } },
      2,
      /template that can't be read.*start\.files\.a/,
      /path/,
    ],
    [
      'an artifact that nobody builds',
      { start: { command: ['{artifact}', '{port}'] } },
      2,
      /uses \{artifact\}, but no build .*start\.command\.0/,
      /build\.artifact/,
    ],
  ])('%s', async (_, settings, exitCode, message, hint) => {
    await expectTrouble(settings, { exitCode, message, hint });
  });

  // Where it came from can be seen as long as its parent lives, and not later.
  test('goes to the background and forgets its environment', async () => {
    const command = ownCommand('--daemon', '--bare', '--port={port}');
    const error = await start({ start: { command }, ready: { line: 'never', ...patient } }).catch(
      (e) => e,
    );
    expect(error).toMatchObject({ exitCode: 3, hint: expect.stringContaining('foreground') });
    const [, seen, unproven] =
      /left node \(pid (\d+)\) behind|node \(pid (\d+)\) listens on port \d+ now: nothing proves/.exec(
        error.message,
      ) ?? [];
    if (seen) expect(isAlive(Number(seen))).toBe(false);
    else process.kill(Number(unproven), 'SIGKILL');
  });

  // All are waited for to the end of their time, and so at the same time.
  test('never answers, at the wrong path, with another status, or listens elsewhere', async () => {
    const slow: [Settings, message: RegExp, hint: RegExp][] = [
      [
        {
          start: { command: ownCommand('--mute', '--port={port}') },
          ready: { http: '/', ...both },
        },
        /did not answer GET \/ within .*ready\.http/,
        /ready\.http/,
      ],
      [
        { start: { command: told }, ready: { http: '/health', ...both } },
        /answers GET \/health with 404, not 2xx: .*wrong path.*ready\.http/,
        /Correct ready\.http/,
      ],
      [
        { start: { command: told }, ready: { http: '/', status: 204, ...both } },
        /answers GET \/ with 200, not 204/,
        /ready\.status/,
      ],
      [
        { start: { command: ownCommand('--say={port}') }, ready: { tcp: true, ...both } },
        /listens on 127\.0\.0\.1:\d+, and not on 127\.0\.0\.1:\d+ as it was told .*start\.command/,
        /start\.port/,
      ],
    ];
    await Promise.all(
      slow.map(([settings, message, hint]) =>
        expectTrouble(settings, { exitCode: 3, message, hint }),
      ),
    );
  });

  test('shows its last output', async () => {
    const settings = { start: { command: ownCommand('--exit=5', '--port={port}') } };
    await expect(start(settings)).rejects.toMatchObject({ output: 'asked to fail\n' });
  });

  test('its directory is not there', async () => {
    const target = ownTarget(aSpec({ start: { command: told } }, packagePath('fixtures/none')), {
      allowRemote: false,
    });
    await expect(target.start(startOptions())).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('targets.mine.dir'),
    });
  });

  test('its fixed port is taken, and by whom', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const error = await start({ start: { command: ['true'], port } }).catch((e) => e);
    expect(error).toMatchObject({ exitCode: 3 });
    expect(error.message).toMatch(
      new RegExp(`can't have port ${port}: .*pid ${process.pid}.*start\\.port`),
    );
    other.close();
  });

  test('an interrupt while it starts leaves nothing', async () => {
    const abort = new AbortController();
    const starting = start(
      { start: { command: ownCommand('--hang', '--children=2', '--port={port}') } },
      { signal: abort.signal },
    );
    starting.catch(() => {});
    await expect.poll(() => processesWith(`OWN_TEST=${mark}`).length, { timeout: 60_000 }).toBe(3);
    abort.abort(new Error('interrupted'));
    await expect(starting).rejects.toThrow('interrupted');
  });
});
