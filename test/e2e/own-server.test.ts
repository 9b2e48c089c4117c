import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packagePath } from '../../src/package.js';
import { resultSchema } from '../../src/result/schema.js';
import { freePort } from '../../src/targets/ports.js';
import { useBin } from '../helpers/bin.js';

const bins = useBin({ engine: 'native' });
const small = '--rate 200 --duration 100ms --warmup 50ms --slice 50ms --rounds 2 --keys 100'.split(
  ' ',
);
const server = packagePath('fixtures/servers/json-kv.mjs');

const json = { start: { command: ['node', server], env: { PORT: '{port}' } } };
const api = {
  put: {
    method: 'PUT',
    path: '/v1/keys/{key}',
    body: { json: { value: '{value}' } },
    expect: { status: [200, 201], json: { key: '{key}' } },
  },
  get: {
    path: '/v1/keys/{key}',
    expect: { json: { key: '{key}', value: '{value}' } },
    missing: { status: 404 },
  },
};
const aliveAt = { ready: { http: '/healthz' } };

/** Writes the config, and starts kvbench beside it. */
function startWith(config: object, args: readonly string[]) {
  writeFileSync(join(bins.current.dir, 'kvbench.config.json'), JSON.stringify(config, null, 2));
  return bins.current.start(args);
}

async function outputOf(config: object, args: readonly string[], code: number | string = 0) {
  const run = startWith(config, args);
  expect(await run.ended, run.output.stderr).toBe(code);
  return run.output;
}

const measured = async (config: object, args: readonly string[] = []) => {
  const { stdout } = await outputOf(config, ['run', ...small, '--json', ...args]);
  return resultSchema.parse(JSON.parse(stdout));
};

/** The server of json-kv.mjs, started by somebody else; ends with the test that uses it. */
async function runningServer() {
  const port = await freePort();
  const child = spawn(process.execPath, [server], {
    env: { ...process.env, PORT: String(port) },
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  await expect
    .poll(
      () =>
        fetch(`${url}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        ),
      { timeout: 30_000 },
    )
    .toBe(true);
  return {
    url,
    pid: child.pid as number,
    async stop() {
      if (child.exitCode === null && child.kill()) await once(child, 'exit');
    },
  };
}

test('run: every figure is there, and every count is right', async () => {
  const result = await measured({ targets: { mine: { ...json, ...aliveAt } }, requests: api });
  expect(result).toMatchObject({ state: 'complete', artifacts: [] });
  expect(result.config.operations).toEqual(['put', 'get']);
  expect(result.targets).toMatchObject([{ name: 'mine', source: 'command', url: null }]);
  expect(result.trials).toHaveLength(8);
  for (const { requests, server, operation, readBack, generator } of result.trials) {
    expect(requests.planned).toBe(requests.answered);
    expect(requests.answered).toBeGreaterThan(0);
    expect(generator?.cpuNs).toBeGreaterThan(0);
    if (process.platform === 'linux') {
      expect(server?.cpuNs).toBeGreaterThan(0);
      // Node itself takes tens of megabytes; what only a guard or a shell takes is a few.
      expect(server?.rssPeakBytes).toBeGreaterThan(20e6);
    }
    if (operation === 'put') expect(readBack).toMatchObject({ lost: 0, unreadable: 0 });
  }
});

test('two servers with different APIs stand in one table', async () => {
  const forms = `
    const values = new Map();
    require('node:http').createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        const { searchParams } = new URL(request.url, 'http://x');
        const key = searchParams.get('k');
        if (request.method === 'POST') values.set(key, new URLSearchParams(body).get('v'));
        response.statusCode = values.has(key) ? 200 : 204;
        response.end(request.method === 'POST' ? 'stored' : values.get(key));
      });
    }).listen(process.argv[1], '127.0.0.1', () => console.log('up'));`;
  const config = {
    targets: {
      json: { ...json, requests: api },
      forms: {
        start: { command: ['node', '-e', forms, '{port}'] },
        ready: { line: 'up' },
        requests: {
          put: { method: 'POST', path: '/?k={key|url}', body: { form: { v: '{value}' } } },
          get: {
            path: '/?k={key|url}',
            expect: { body: '{value}' },
            missing: { status: 204, body: '' },
          },
        },
      },
    },
    run: { operations: ['get:3,put:1'], hitRatio: 0.9 },
  };
  const { stdout } = await outputOf(config, ['run', ...small]);
  expect(stdout).toMatch(/^json vs forms: get:3,put:1, 16 connections/m);
  expect(stdout).toMatch(/^json \/ forms /m);
  for (const name of ['json', 'forms']) expect(stdout).toMatch(new RegExp(`^${name} .* 0$`, 'm'));
});

test('a scenario, and a threshold that it breaks', async () => {
  const config = {
    targets: { mine: json },
    requests: api,
    // Memory is known for certain, however late requests leave on a busy machine.
    scenarios: { strict: { operations: ['get'], measures: ['throughput'], failOn: ['rss>1kB'] } },
  };
  const { stdout, stderr } = await outputOf(config, ['run', ...small, '--scenario', 'strict'], 1);
  expect(stdout).toMatch(/^BROKEN +rss>1kB: mine get RSS peak/m);
  expect(stderr).toMatch(/^error: .*threshold/m);
});

test('check, config and build say what they see', async () => {
  const script =
    'fs.mkdirSync("out",{recursive:true});fs.copyFileSync(process.argv[1],"out/kv.mjs")';
  const config = {
    targets: {
      mine: {
        ...aliveAt,
        build: {
          command: ['node', '-e', script, server],
          inputs: ['*.json'],
          artifact: 'out/kv.mjs',
        },
        start: { command: ['node', '{artifact}'], env: { PORT: '{port}' } },
      },
    },
    requests: api,
  };
  const built = await outputOf(config, ['build', '--json']);
  const [artifact] = JSON.parse(built.stdout);
  expect(artifact).toMatchObject({ target: 'mine', sizeBytes: readFileSync(server).length });
  const checked = await outputOf(config, ['check']);
  expect(checked.stdout).toBe('mine: answers as described, 5 of 5 requests pass\n');
  // Its inputs are the same: it is not built again.
  expect(checked.stderr).not.toContain('built');
  const shown = await outputOf(config, ['config']);
  expect(shown.stdout).toMatch(/^\* mine +start +put, get +kvbench\.config\.json:3:5$/m);
});

test('serve prints lines that work as they stand, and ends with Ctrl-C', async () => {
  const run = startWith({ targets: { mine: json }, requests: api }, ['serve', 'mine']);
  const [, put = ''] = await run.says(/^ {2}(curl --request PUT .*)$/m);
  const [, get = ''] = await run.says(/^ {2}(curl http.*)$/m);
  const words = /--data-raw '(.*)' (http:\S+)$/.exec(put);
  const stored = await fetch(words?.[2] ?? '', { method: 'PUT', body: words?.[1] ?? '' });
  expect(stored.status).toBe(201);
  const read = await fetch(get.replace('curl ', ''));
  expect(await read.json()).toEqual({ key: 'hello', value: 'world' });
  run.child.kill('SIGINT');
  expect(await run.ended).toBe(0);
});

test('one that runs already is measured by its pid, and left alone', async () => {
  const running = await runningServer();
  try {
    const { url, pid } = running;
    const config = {
      targets: { known: { url, pid }, unknown: { url } },
      requests: api,
      run: { targets: ['known'] },
    };
    const known = await measured(config, ['--rounds', '1']);
    expect(known.targets).toMatchObject([{ name: 'known', source: 'url', url }]);
    const brief = ['--rounds', '1', '--measure', 'throughput'];
    const unknown = await measured(config, ['--targets', 'unknown', ...brief]);
    for (const { requests } of [...known.trials, ...unknown.trials]) {
      expect(requests.planned).toBe(requests.answered);
    }
    for (const { server } of unknown.trials) expect(server?.cpuNs ?? null).toBeNull();
    if (process.platform === 'linux') {
      for (const { server } of known.trials) expect(server?.cpuNs).toBeGreaterThan(0);
    }
    expect((await fetch(`${url}/healthz`)).ok).toBe(true);
  } finally {
    await running.stop();
  }
});

test('of a shell script all processes are measured, and ended', async () => {
  const other = packagePath('fixtures/servers/own.mjs');
  const config = {
    targets: {
      mine: {
        start: {
          command: `node ${other} --port={port2} & PORT={port} node ${server} & wait`,
          shell: true,
        },
      },
    },
    requests: api,
  };
  const result = await measured(config, ['--rounds', '1']);
  if (process.platform === 'linux') {
    // Two processes of Node, of which each takes tens of megabytes.
    for (const { server } of result.trials) expect(server?.rssPeakBytes).toBeGreaterThan(60e6);
  }
});

test('kvbench killed in the middle leaves nothing of a tree', async () => {
  const other = packagePath('fixtures/servers/own.mjs');
  const config = {
    targets: {
      mine: {
        start: {
          command: `node ${other} --port={port2} --children=2 & PORT={port} node ${server} & wait`,
          shell: true,
        },
      },
    },
    requests: api,
  };
  const run = startWith(config, ['run', ...small, '--rounds', '500']);
  await run.says(/round 2\/500/);
  run.child.kill('SIGKILL');
  expect(await run.ended).toBe('SIGKILL');
});

test('an interrupt while it starts, while it is built and under load', async () => {
  const hang = ['node', '-e', 'console.log("here"); setInterval(() => {}, 1e6)', '{port}'];
  const mine = { targets: { mine: json }, requests: api };
  const slow = {
    targets: { mine: { start: { command: hang }, ready: { tcp: true, timeoutMs: 60_000 } } },
  };
  const building = { targets: { mine: { ...json, build: { command: hang } } }, requests: api };
  for (const [config, args] of [
    [slow, ['check']],
    [building, ['run']],
  ] as const) {
    const run = startWith(config, args);
    await expect
      .poll(() => bins.current.running().length, { timeout: 30_000 })
      .toBeGreaterThanOrEqual(2);
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(130);
    expect(run.output.stderr).toMatch(/^error: Interrupted by SIGINT\.$/m);
  }
  const run = startWith(mine, ['run', ...small, '--rounds', '500']);
  await run.says(/round 1\/500/);
  run.child.kill('SIGINT');
  expect(await run.ended).toBe(130);
});
