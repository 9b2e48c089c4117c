import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { userPaths } from '../../src/api/paths.js';
import { readRuntime, runtimeBetween } from '../../src/observe/runtime.js';
import { packagePath } from '../../src/package.js';
import { type RunResult, resultSchema } from '../../src/result/schema.js';
import type { RunningServer } from '../../src/targets/target.js';
import { bundledTargets } from '../../src/targets/targets.js';
import { cli } from '../helpers/cli.js';
import { aStore, keyOf, loadScript } from '../helpers/k6.js';
import { startKv } from '../helpers/kv.js';
import { findK6 } from '../k6.mjs';

const k6 = findK6();
const { signal } = new AbortController();
let dir = '';
let servers: RunningServer[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-k6-'));
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
  await rm(dir, { recursive: true });
});

async function start(name: string): Promise<RunningServer> {
  const target = bundledTargets.find((candidate) => candidate.name === name);
  if (!target) throw new Error(name);
  const artifact = await target.build({ cacheDir: userPaths(process.env).cache, signal });
  const server = await target.start({
    instance: name,
    artifact,
    port: 0,
    workers: null,
    cpus: null,
    signal,
    onWarning: () => {},
  });
  servers.push(server);
  return server;
}

/** A script as the command line writes it. */
async function exportScript(args: string): Promise<string> {
  const out = join(dir, 'script.js');
  const { code, stderr } = await cli(['export', 'k6', '--force', '--out', out, ...args.split(' ')]);
  expect(code, stderr).toBe(0);
  return out;
}

/** What runs the script: a stand-in of ours, and k6 itself where it is installed. */
const runners: [name: string, command: string[]][] = [
  ['the stand-in for k6', [process.execPath, packagePath('test/helpers/k6-runner.mjs')]],
  ...(k6 === null ? [] : [['k6', [k6]] as [string, string[]]]),
];
let runner: string[] = [];

/** Runs the script to its end; gives the exit code. */
async function run(script: string, ...args: string[]): Promise<number | null> {
  const flags = ['run', '--quiet', '--no-usage-report', '--address', ''];
  const [file = '', ...before] = runner;
  const child = spawn(file, [...before, ...flags, ...args, script], { cwd: dir, stdio: 'ignore' });
  return new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
}

async function importFile(file: string, ...codes: number[]): Promise<RunResult> {
  const out = join(dir, 'result.json');
  const ended = await cli(['import', 'k6', join(dir, file), '--json', '--out', out]);
  expect(codes.length > 0 ? codes : [0], ended.stderr).toContain(ended.code);
  expect(JSON.parse(ended.stdout)).toEqual(JSON.parse(await readFile(out, 'utf8')));
  return resultSchema.parse(JSON.parse(ended.stdout));
}

/** What the same script sends through the stand-in for k6: the same requests, or the test is wrong. */
async function expectedRequests(script: string, scenario: string, from: number, count: number) {
  const store = aStore();
  const loaded = loadScript(await readFile(script, 'utf8'), store.answer);
  loaded.setup();
  store.sent.length = 0;
  loaded.run(scenario, from, from + count);
  return store.sent;
}

const mix = '--operations get:80,post:20 --measure latency --rate 60';
const scenario = 'latency_get-80_post-20';
/** A request in 60 a second for 3 s, after half a second of warm-up. */
const planned = 180;
const warm = 30;
const small = `${mix} --duration 3s --warmup 500ms --timeout 1s --connections 8 --keys 60`;

describe.each(runners)('with %s', (_, command) => {
  beforeEach(() => {
    runner = command;
  });

  test.each(['rust', 'go'])('k6 and %s count the same', async (name) => {
    const server = await start(name);
    const before = await readRuntime(server.adminOrigin ?? '');
    const args = `${name} ${small} --url ${server.origin} --hit-ratio 0.8 --seed 5`;
    const script = await exportScript(args);
    const outputs = ['--out', 'json=stream.json.gz', '--summary-export', 'summary.json'];
    expect(await run(script, ...outputs)).toBe(0);
    const { counted } = runtimeBetween(before, await readRuntime(server.adminOrigin ?? ''));

    // Requests that a stalled machine kept k6 from beginning are `unfinished`: exit code 4.
    const stream = await importFile('stream.json.gz', 0, 4);
    const summary = await importFile('summary.json', 0, 4);
    const [trial] = stream.trials;
    if (!trial) throw new Error('no trial');
    const { requests } = trial;
    expect(summary.trials[0]?.requests).toEqual(requests);
    expect(stream.targets[0]).toMatchObject({ name, url: server.origin });
    expect(stream.state).toBe('complete');
    // A machine that stalls in the last moment keeps k6 from beginning the last ones.
    expect(requests.planned).toBeLessThanOrEqual(planned);
    expect(requests.planned).toBeGreaterThan(planned * 0.9);
    expect(requests.errors.unfinished + requests.answered).toBe(requests.planned);

    const sent = await expectedRequests(script, scenario, warm, requests.answered);
    const posts = sent.filter(({ method }) => method === 'POST').length;
    const misses = sent.filter(({ tags }) => tags['kv_miss']).length;
    expect(requests.byName).toEqual({ get: sent.length - posts, post: posts });
    expect(requests.misses).toBe(misses);

    // The server has seen the preload and the warm-up, too.
    const early = await expectedRequests(script, scenario, 0, warm);
    const earlyPosts = early.filter(({ method }) => method === 'POST').length;
    expect(counted).toMatchObject({
      gets: sent.length - posts + early.length - earlyPosts,
      posts: 60 + posts + earlyPosts,
      misses: misses + early.filter(({ tags }) => tags['kv_miss']).length,
      others: 0,
    });
  });

  test.each(['zipfian', 'hotspot'])('the server sees %s keys', async (distribution) => {
    const keys: number[] = [];
    const kv = await startKv({
      intercept: ({ method, url = '' }) => {
        if (method === 'GET') keys.push(keyOf({ method, url, body: null }));
        return false;
      },
    });
    try {
      const args = `${small} --url ${kv.origin} --distribution ${distribution} --seed 3`;
      const script = await exportScript(args);
      expect(await run(script)).toBe(0);
      const sent = await expectedRequests(script, scenario, 0, warm + planned);
      const expected = sent.filter(({ method }) => method === 'GET').map(keyOf);
      expect(keys.length).toBeGreaterThan(expected.length * 0.9);
      // The first ones in any order, as several VUs send them; the last ones may be missing.
      const rest = [...expected];
      for (const key of keys) {
        const at = rest.indexOf(key);
        expect(at, `key ${key} once more than expected`).toBeGreaterThanOrEqual(0);
        rest.splice(at, 1);
      }
    } finally {
      await kv.close();
    }
  });

  test('two runners send together what one would', async () => {
    const server = await start('go');
    const script = await exportScript(`go ${small} --url ${server.origin} --seed 8`);
    const half = (segment: string, ...args: string[]) => {
      const split = ['--execution-segment', segment, '--execution-segment-sequence', '0,1/2,1'];
      return run(script, ...split, ...args);
    };
    // The operator lets them begin together, when the first has stored all keys.
    expect(await half('0:1/2', '--out', 'json=a.json.gz')).toBe(0);
    expect(await half('1/2:1', '--no-setup', '--out', 'json=b.json.gz')).toBe(0);
    const parts = await Promise.all(
      ['a.json.gz', 'b.json.gz'].map((file) => readFile(join(dir, file))),
    );
    await writeFile(join(dir, 'all.json.gz'), Buffer.concat(parts));
    const [trial] = (await importFile('all.json.gz')).trials;
    const sent = await expectedRequests(script, scenario, warm, planned);
    const posts = sent.filter(({ method }) => method === 'POST').length;
    const { get = 0, post = 0 } = trial?.requests.byName ?? {};
    expect(get + post).toBeGreaterThan(planned * 0.9);
    expect(get).toBeLessThanOrEqual(planned - posts);
    expect(post).toBeLessThanOrEqual(posts);
  });

  test('a broken threshold ends k6 with 99, and kvbench says the same', async () => {
    const server = await start('go');
    const bounds = ['get.p50>1ns', 'get.p50>10s', 'errors>0'];
    const flags = bounds.map((bound) => `--fail-on ${bound}`).join(' ');
    const args = `--operations get --measure latency --rate 60 --duration 1s --warmup 0ms --keys 20`;
    const script = await exportScript(`go ${args} --timeout 1s --url ${server.origin} ${flags}`);
    expect(await run(script, '--summary-export', 'summary.json')).toBe(99);
    const result = await importFile('summary.json', 1);
    const { thresholds } = JSON.parse(await readFile(join(dir, 'summary.json'), 'utf8')).metrics[
      'http_req_duration{kv_trial:latency_get}'
    ];
    // k6 says whether it is broken.
    expect(thresholds).toEqual({ 'p(50)<=0.000001': true, 'p(50)<=10000': false });
    // Service times may break a bound, but can't keep one.
    const outcomes = result.thresholds.map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['broken', 'untrusted', 'kept']);
  });

  test('both loops, and every form of the summary', async () => {
    const server = await start('rust');
    const args = `--operations get --rate 60 --duration 1s --warmup 0ms --keys 20 --timeout 1s`;
    const script = await exportScript(`rust ${args} --url ${server.origin}`);
    expect(await run(script, '--summary-export', 'old.json', '--out', 'json=s.json')).toBe(0);
    const old = await importFile('old.json');
    const stream = await importFile('s.json');
    expect(old.trials.map(({ measure }) => measure)).toEqual(['latency', 'throughput']);
    expect(old.trials.map(({ requests }) => requests)).toEqual(
      stream.trials.map(({ requests }) => requests),
    );
    expect(stream.trials.every(({ serviceTime }) => serviceTime?.histogram)).toBe(true);
    const code = await run(
      script,
      '--new-machine-readable-summary',
      '--summary-export',
      'new.json',
    );
    expect(code).toBe(0);
    const recent = await importFile('new.json');
    expect(recent.importedFrom?.version).toMatch(/^\d+\.\d+/);
    expect(recent.trials.map(({ requests }) => requests.errors.status)).toEqual([0, 0]);
    expect(recent.trials.map(({ requests }) => requests.answered > 0)).toEqual([true, true]);
    expect(recent.warnings.map((warning) => warning.code)).toContain('no-percentiles');
  });

  test('a server that answers wrongly is found out', async () => {
    let reads = 0;
    const kv = await startKv({
      intercept: ({ method }, response) => {
        if (method !== 'GET' || reads++ !== 20) return false;
        response.end('another value');
        return true;
      },
    });
    try {
      const script = await exportScript(`${small} --url ${kv.origin}`);
      expect(await run(script, '--summary-export', 'summary.json')).toBe(0);
      const result = await importFile('summary.json', 4);
      const [trial] = result.trials;
      const wrong = (trial?.requests.errors.mismatch ?? 0) + (trial?.warmup.errors ?? 0);
      expect(wrong).toBe(1);
      expect(result.warnings.map(({ code }) => code)).toContain('wrong-answers');
    } finally {
      await kv.close();
    }
  });
});
