import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packagePath } from '../../src/package.js';
import { cli, ownDirs } from '../helpers/cli.js';
import { ownCommand } from '../helpers/own.js';
import { directoryWith } from '../helpers/project.js';

let dirs: Awaited<ReturnType<typeof ownDirs>>;
let remove: () => Promise<void>;
beforeEach(async () => {
  dirs = await ownDirs();
});
afterEach(async () => {
  await remove();
  await dirs.remove();
});

/** Runs a command line where a config file of this text lies. */
async function inProject(
  config: string | object,
  args: readonly string[],
  { env = {} }: { env?: Record<string, string> } = {},
) {
  // A setting a line, so that places can be told apart.
  const text = typeof config === 'string' ? config : JSON.stringify(config, null, 2);
  const project = await directoryWith({ 'kvbench.config.json': text });
  remove = project.remove;
  return cli(args, { env: { ...dirs.env, ...env }, cwd: project.dir });
}

const port = '--port={port}';
const root = { root: { path: '/', expect: { body: 'hello' } } };
const mine = (settings: object, others: object = {}) => ({
  targets: { mine: { requests: root, ...settings } },
  ...others,
});
const started = (flags: string[], settings: object = {}) =>
  mine({ start: { command: ownCommand(...flags) }, ...settings });

describe('a mistake is one sentence with its place, and one that mends it', () => {
  test.each<[what: string, config: string | object, code: number, error: RegExp, hint: RegExp]>([
    [
      'a setting that there is not',
      '{\n  "targets": {\n    "mine": {\n      "strat": { "command": ["x"] }\n    }\n  }\n}',
      2,
      /^kvbench\.config\.json:4:7, targets\.mine\.strat is not a setting that there is\.$/,
      /^Did you mean start\? /,
    ],
    [
      'a value of another kind',
      '{\n  "targets": {\n    "mine": {\n      "start": { "command": 7 }\n    }\n  }\n}',
      2,
      /^kvbench\.config\.json:4:18, targets\.mine\.start\.command is 7\.$/,
      /^Give a list or a text in its place\. .*argument list/,
    ],
    [
      'no command',
      '{\n  "targets": {\n    "mine": {\n      "start": {}\n    }\n  }\n}',
      2,
      /^kvbench\.config\.json:4:7, targets\.mine\.start\.command is missing\.$/,
      /^Give a list or a text\./,
    ],
    [
      'no start at all',
      mine({}),
      2,
      /^kvbench\.config\.json:3:5, targets\.mine has neither start nor url\.$/,
      /^Give start with a command, or the url/,
    ],
    [
      'a shell command without a word about it',
      mine({ start: { command: 'node x.js {port} | cat' } }),
      2,
      /^kvbench\.config\.json:\d+:9, targets\.mine\.start\.command is a text\.$/,
      /^Give an argument list, as .*, or a text with shell: true\.$/,
    ],
    [
      'a port that it is not told',
      started([]),
      2,
      /^mine is not told which port to listen on: .* \(kvbench\.config\.json:\d+:9, targets\.mine\.start\.command\)\.$/,
      /^Pass \{port\} or \{addr\} in start\.command, start\.env /,
    ],
    [
      'a placeholder that there is not',
      started(['--port={prot}']),
      2,
      /^mine uses the unknown placeholder \{prot\} \(kvbench\.config\.json:\d+:11, targets\.mine\.start\.command\[2\]\)\.$/,
      /^There are \{port\}, \{addr\}/,
    ],
    [
      'no such command',
      mine({ start: { command: ['kvbench-no-such-server', port] } }),
      3,
      /^mine can't be started: there is no command "kvbench-no-such-server" \(kvbench\.config\.json:\d+:9, targets\.mine\.start\.command\)\.$/,
      /^Install it, or correct start\.command/,
    ],
    [
      'no such command in a shell',
      mine({ start: { command: 'kvbench-no-such-server {port}', shell: true } }),
      3,
      /^mine exited with code 127 .*as a shell does that finds no such command \(.*start\.command\)\.$/,
      /^Install the command, or correct its path\./,
    ],
    [
      'no such directory',
      started([port], { dir: 'nowhere' }),
      2,
      /^mine has no directory .*nowhere \(kvbench\.config\.json:\d+:7, targets\.mine\.dir\)\.$/,
      /^Correct "dir"/,
    ],
    [
      'never ready',
      started([port, '--hang'], { ready: { tcp: true, timeoutMs: 700 } }),
      3,
      /^mine did not listen on 127\.0\.0\.1:\d+ within 0\.7 s \(.*targets\.mine\.start\.command\)\.$/,
      /ready\.timeoutMs/,
    ],
    [
      'readiness by the wrong path',
      // It must have come up before the time is over, however busy the machine is.
      started([port], { ready: { http: '/healthz', timeoutMs: 15_000 } }),
      3,
      /^mine answers GET \/healthz with 404, not 2xx: .* \(kvbench\.config\.json:\d+:9, targets\.mine\.ready\.http\)\.$/,
      /^Correct ready\.http, or give 404 as ready\.status/,
    ],
    [
      'exits at once',
      started([port, '--exit=3']),
      3,
      /^mine exited with code 3 before it was ready \(.*targets\.mine\.start\.command\)\.$/,
      /^Its last output, if there is any, is below\./,
    ],
    [
      'forks and leaves',
      started([port, '--daemon']),
      3,
      /^mine went to the background: its start command ended and left node \(pid \d+\) behind \(.*start\.command\)\.$/,
      /^Keep it in the foreground/,
    ],
    [
      'an answer that is another',
      {
        targets: { mine: { start: { command: ownCommand(port) } } },
        requests: { ...root, other: { path: '/nowhere' } },
      },
      3,
      /^mine does not answer as described \(kvbench\.config\.json:\d+:5, requests\.other\), so .*: 1 of 2 requests differs\.$/,
      /^Mend the requests of mine in the config file, or the server/,
    ],
    [
      'no answer at all',
      started([port, '--mute'], { ready: { tcp: true } }),
      3,
      /^mine does not answer as described \(kvbench\.config\.json:\d+:9, targets\.mine\.requests\.root\), so .*: 1 of 1 request differs\.$/,
      /^Mend the requests/,
    ],
    [
      'a build that fails',
      started([port], { build: { command: ['node', '-e', 'throw 1'] } }),
      3,
      /^mine did not build: "node -e throw 1" failed \(kvbench\.config\.json:\d+:9, targets\.mine\.build\.command\)\.$/,
      /^Its output is below\.$/,
    ],
    [
      'no such build tool',
      started([port], { build: { command: ['kvbench-no-such-tool'] } }),
      3,
      /^mine can't be built: there is no command "kvbench-no-such-tool" \(.*build\.command\)\.$/,
      /^Install it, or correct build\.command/,
    ],
    [
      'a build that leaves nothing',
      started([port], { build: { command: ['node', '-e', ''], artifact: 'out/server' } }),
      3,
      /^mine was built, but left no artifact: .*out\/server \(.*targets\.mine\.build\.artifact\)\.$/,
      /^Name the one file/,
    ],
    [
      'another machine',
      mine({ url: 'http://192.0.2.1:80' }),
      2,
      /^mine is on another machine: http:\/\/192\.0\.2\.1 \(kvbench\.config\.json:\d+:7, targets\.mine\.url\)\.$/,
      /--allow-remote/,
    ],
    [
      'nobody at the url',
      mine({ url: 'http://127.0.0.1:1' }),
      3,
      /^mine can't be reached: no server listens at http:\/\/127\.0\.0\.1:1 \(.*targets\.mine\.url\)\.$/,
      /^Start it first/,
    ],
    [
      'a setting of the run',
      mine({ url: 'http://127.0.0.1:1' }, { run: { connections: 0 } }),
      2,
      /^kvbench\.config\.json:\d+:5, run\.connections is 0\.$/,
      /^Give at least 1\./,
    ],
    [
      'several numbers of workers for a server that nobody tells them',
      { ...started([port]), run: { workers: [1, 2] } },
      2,
      /^mine can't be started as mine@1w: nothing tells it how many workers to have\.$/,
      /^Pass \{workers\} in its start command/,
    ],
    [
      'several numbers of workers for a server that runs already',
      mine({ url: 'http://127.0.0.1:1' }, { run: { workers: [1, 2] } }),
      2,
      /^mine runs already, and can't be started as mine@1w\.$/,
      /^Give one number with --workers/,
    ],
    [
      'an operation that is no request',
      mine({ url: 'http://127.0.0.1:1' }, { run: { operations: ['gte'] } }),
      2,
      /^kvbench\.config\.json:\d+:5, run\.operations names gte, which is no request of mine\.$/,
      /mine has: root\.$/,
    ],
  ])('%s', async (_, config, code, error, hint) => {
    const { code: ended, stdout, stderr } = await inProject(config, ['run', '--quick']);
    expect({ stdout, code: ended }, stderr).toEqual({ stdout: '', code });
    const lines = stderr.split('\n');
    const at = lines.findIndex((line) => line.startsWith('error: '));
    expect(lines[at]?.slice('error: '.length)).toMatch(error);
    expect(lines[at + 1]).toMatch(/^ {2}\S.*\.$/);
    expect(lines[at + 1]?.trim()).toMatch(hint);
    expect(stderr).not.toMatch(/^\s+at .*src\//m);
  });

  test('what a server says before it gives up is shown, made harmless', async () => {
    const script = 'process.stderr.write("no \\u001b[2Jluck\\n"); process.exit(1)';
    const config = mine({ start: { command: ['node', '-e', script, '{port}'] } });
    const { code, stderr } = await inProject(config, ['check']);
    expect(code).toBe(3);
    expect(stderr).toContain('\nno \\x1b[2Jluck\n');
  });
});

describe('a server of the user', () => {
  const json = { start: { command: ['node', packagePath('fixtures/servers/json-kv.mjs')] } };
  const api = {
    put: {
      method: 'PUT',
      path: '/v1/keys/{key}',
      body: { json: { value: '{value}' } },
      expect: { status: [200, 201] },
    },
    get: {
      path: '/v1/keys/{key}',
      expect: { json: { value: '{value}' } },
      missing: { status: 404 },
    },
  };
  const kv = {
    targets: { mine: { start: { ...json.start, env: { PORT: '{port}' } } } },
    requests: api,
  };

  test('check asks all that it will be asked', async () => {
    const { code, stdout } = await inProject(kv, ['check', '--verbose']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^mine: answers as described, 5 of 5 requests pass$/m);
    expect(stdout).toMatch(/^ok +get +GET \/v1\/keys\/\S+ \(a key that was never stored\)$/m);
  });

  test('check names the place of what differs, in JSON too', async () => {
    const wrong = { ...api, get: { ...api.get, missing: { status: 410 } } };
    const { code, stdout } = await inProject({ ...kv, requests: wrong }, ['check', '--json']);
    expect(code).toBe(3);
    const [examination] = JSON.parse(stdout);
    const differing = examination.outcomes.filter(({ ok }: { ok: boolean }) => !ok);
    expect(differing).toMatchObject([
      {
        name: 'get',
        place: expect.stringMatching(/^kvbench\.config\.json:\d+:5, requests\.get$/),
        differences: [{ what: 'status', expected: '410' }],
      },
    ]);
  });

  test('is listed beside the bundled ones, and run in their place', async () => {
    const listed = await inProject(kv, ['targets', '--json']);
    await remove();
    const names = JSON.parse(listed.stdout).map(({ name }: { name: string }) => name);
    expect(names.slice(0, 3)).toEqual(['rust', 'go', 'mine']);
    const planned = await inProject(kv, ['run', '--dry-run', '--json']);
    const { config } = JSON.parse(planned.stdout);
    expect(config).toMatchObject({ targets: ['mine'], operations: ['put', 'get'] });
  });

  test('flags win over variables, those over the scenario, that over run', async () => {
    const config = {
      ...kv,
      run: { connections: 1, keys: 11, rounds: 3, rate: 10 },
      scenarios: { many: { connections: 2, keys: 22, rounds: 4 } },
    };
    const { stdout } = await inProject(
      config,
      ['run', '--dry-run', '--json', '--scenario', 'many', '--connections', '4'],
      { env: { KVBENCH_CONNECTIONS: '3', KVBENCH_KEYS: '33' } },
    );
    const { connections, keys, rounds, rate } = JSON.parse(stdout).config;
    expect({ connections, keys, rounds, rate }).toEqual({
      connections: 4,
      keys: 33,
      rounds: 4,
      rate: 10,
    });
  });

  test('another machine is planned with --allow-remote only', async () => {
    const config = mine({ url: 'http://192.0.2.1:80' });
    const { code, stdout } = await inProject(config, ['run', '--dry-run', '--allow-remote']);
    expect(code).toBe(0);
    expect(stdout).toContain('start mine');
  });

  test('nothing reaches a shell: metacharacters are text', async () => {
    const witness = join(dirs.dir, 'witness');
    const config = mine({
      start: { command: [...ownCommand(port), `--say=$(touch ${witness}); touch ${witness}`] },
    });
    const { code } = await inProject(config, ['check']);
    expect(code).toBe(0);
    expect(existsSync(witness)).toBe(false);
  });
});
