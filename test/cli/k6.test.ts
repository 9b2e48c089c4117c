import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunResult, resultSchema } from '../../src/result/schema.js';
import { cli } from '../helpers/cli.js';
import { aScript, aStore, loadScript } from '../helpers/k6.js';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-k6-'));
});
afterEach(() => rm(dir, { recursive: true }));

const run = (...args: string[]) =>
  cli(args, { env: { ...process.env, XDG_STATE_HOME: join(dir, 'state') } });

async function fileWith(content: string | Buffer, name = 'k6.json'): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, content);
  return path;
}

async function imported(content: string | Buffer, code = 0): Promise<RunResult> {
  const ended = await run('import', 'k6', await fileWith(content), '--json');
  expect(ended.code, ended.stderr).toBe(code);
  return resultSchema.parse(JSON.parse(ended.stdout));
}

/** What a script of ours tells of itself: setup gives it. */
const origin = loadScript(
  aScript({ operations: ['get'], measures: ['latency', 'throughput'], warmupMs: 0 }).script,
  aStore().answer,
).setup();

/** 200 requests, that is 100 a second for 2 s; times in ms. */
const trend = { avg: 1, min: 0.1, 'p(50)': 1, 'p(90)': 2, 'p(99)': 3, 'p(99.9)': 4, max: 5 };
const metrics: Record<string, Record<string, number>> = {
  http_reqs: { count: 850, rate: 100 },
  'http_req_duration{kv_trial:latency_get}': trend,
  'http_reqs{kv_trial:latency_get,kv_request:get}': { count: 198, rate: 1 },
  'kv_errors{kv_trial:latency_get,kv_request:get}': { count: 3, rate: 1 },
  'kv_errors{kv_trial:latency_get,kv_error:timeout}': { count: 3, rate: 1 },
  'dropped_iterations{scenario:latency_get}': { count: 2, rate: 1 },
  'http_req_duration{kv_trial:throughput_get}': trend,
  'http_reqs{kv_trial:throughput_get,kv_request:get}': { count: 600, rate: 1 },
};
const exported = JSON.stringify({ metrics, setup_data: origin, root_group: {} });
const handled = JSON.stringify({
  metrics: Object.fromEntries(
    Object.entries(metrics).map(([name, values]) => [name, { type: 'x', contains: 'y', values }]),
  ),
  state: { testRunDurationMs: 8500 },
  setup_data: origin,
});

const point = (metric: string, value: number, tags = {}, metadata?: Record<string, string>) =>
  JSON.stringify({
    metric,
    type: 'Point',
    data: { time: '2026-01-02T03:04:05.678901234Z', value, tags, ...(metadata && { metadata }) },
  });
const latencyTags = { kv_trial: 'latency_get', kv_request: 'get', status: '200' };
const streamLines = [
  '{"type":"Metric","data":{"name":"http_reqs","type":"counter"},"metric":"http_reqs"}',
  point('kvbench', 1, { group: '::setup' }, { kvbench: JSON.stringify(origin) }),
  point('http_reqs', 1, { kv_trial: 'preload', kv_request: 'post', status: '200' }),
  ...Array.from({ length: 200 }, (_, i) => [
    point('http_reqs', 1, latencyTags),
    point('http_req_duration', 1 + i / 100, latencyTags),
    point('data_sent', 100, { scenario: 'latency_get' }),
  ]).flat(),
  point('http_reqs', 1, { ...latencyTags, kv_trial: 'throughput_get' }),
];
const stream = `${streamLines.join('\n')}\n`;

describe('import', () => {
  test.each([
    ['a summary that --summary-export wrote', exported],
    ['a summary that handleSummary wrote', handled],
  ])('%s', async (_, content) => {
    const result = await imported(content, 4);
    expect(result).toMatchObject({
      importedFrom: { tool: 'k6' },
      machine: null,
      state: 'complete',
      rate: { ratePerSecond: 100, chosenBy: 'user' },
    });
    const [latency, throughput] = result.trials;
    expect(latency?.requests).toMatchObject({
      planned: 200,
      answered: 195,
      byName: { get: 195 },
      errors: { timeout: 3, unfinished: 2, mismatch: 0 },
    });
    expect(latency).toMatchObject({
      responseTime: null,
      bytes: null,
      generator: null,
      server: null,
      offered: { ratePerSecond: 100, sentShare: 0.99, scheduleLag: null },
      serviceTime: { p50Ns: 1e6, p99Ns: 3e6, p999Ns: 4e6, maxNs: 5e6, histogram: null },
    });
    expect(throughput).toMatchObject({ requestsPerSecond: 300, offered: null });
    expect(result.warnings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['service-time', 'limit-unknown', 'wrong-answers']),
    );
  });

  test.each([
    ['as it is', stream],
    ['gzipped', gzipSync(stream)],
    ['with other line ends', stream.replaceAll('\n', '\r\n')],
    ['of two runners, one behind the other', Buffer.concat([gzipSync(stream), gzipSync('')])],
  ])('a stream, %s', async (_, content) => {
    const result = await imported(content);
    const [trial] = result.trials;
    expect(trial?.requests).toMatchObject({ planned: 200, answered: 200 });
    expect(trial?.serviceTime?.maxNs).toBeCloseTo(2.99e6, -4);
    expect(trial?.serviceTime?.histogram).toEqual(expect.any(String));
    expect(result.startedAt).toBe('2026-01-02T03:04:05.678Z');
  });

  test('says what it is, in a report of 80 columns', async () => {
    const { stdout, code } = await run('import', 'k6', await fileWith(stream), '--target', 'mine');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^mine: get, 4 connections/);
    expect(stdout).toContain('Service time at 100 requests/s');
    expect(stdout).toContain('imported from k6');
    expect(stdout).not.toMatch(/NaN|undefined|Infinity/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('is read by compare', async () => {
    const file = await fileWith(stream);
    const outs = [join(dir, 'a.json'), join(dir, 'b.json')];
    for (const out of outs) await run('import', 'k6', file, '--out', out);
    const { code, stdout, stderr } = await run('compare', ...outs);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('k6');
  });

  test('a test that ended early is not complete', async () => {
    const result = await imported(`${streamLines.slice(0, 90).join('\n')}\n`);
    expect(result.state).toBe('interrupted');
    expect(result.warnings.map(({ code }) => code)).toContain('incomplete');
  });

  test("somebody else's script is one closed loop", async () => {
    const content = JSON.stringify({
      metrics: {
        http_reqs: { count: 100, rate: 50 },
        http_req_duration: { avg: 1, min: 1, med: 1, max: 1, 'p(90)': 1, 'p(95)': 1 },
        http_req_failed: { passes: 4, fails: 96, value: 0.04 },
        checks: { passes: 90, fails: 10, value: 0.9 },
      },
      root_group: {},
    });
    const result = await imported(content, 4);
    expect(result.trials).toHaveLength(1);
    expect(result.trials[0]).toMatchObject({
      measure: 'throughput',
      operation: 'http',
      target: 'k6',
      windowMs: 2000,
      requestsPerSecond: 48,
      serviceTime: null,
      requests: { planned: 100, answered: 96, errors: { status: 4 } },
    });
    const codes = result.warnings.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['foreign-script', 'no-percentiles']));
    expect(result.warnings.map(({ message }) => message).join()).toContain('10 failed checks');
  });

  test('text of the stream can not reach the terminal', async () => {
    const tags = { ...latencyTags, kv_error: '\u001b[31mred' };
    const file = await fileWith(`${stream}${point('kv_errors', 1, tags)}\n`);
    const { stdout, code } = await run('import', 'k6', file);
    expect(code).toBe(4);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain('\\x1b[31mred');
  });

  test.each([
    ['an empty file', '', 'is empty'],
    ['no JSON', 'hello\n', 'neither a summary of k6 nor its JSON stream'],
    ['a cut summary', exported.slice(0, -20), 'neither a summary'],
    ['other JSON', '{"a":1}', 'no summary of k6'],
    ["kvbench's own result", '{"schemaVersion":3,"trials":[]}', 'no summary of k6'],
    ['a list', '[]', 'no summary of k6'],
    ['a cut line', `${streamLines[0]}\n${streamLines[1]?.slice(0, 50)}`, 'k6.json:2: '],
    [
      'a cut line of what is not needed',
      `${stream}${point('data_sent', 1).slice(0, 60)}`,
      'k6.json:605: ',
    ],
    ['a line that is none', `${streamLines[0]}\n\nhello`, 'k6.json:3: '],
    ['a cut archive', gzipSync(stream).subarray(0, 200), "can't be unzipped"],
    [
      'a script of another version',
      JSON.stringify({ metrics, setup_data: { kvbench: '9.0.0', config: {} } }),
      'written by kvbench 9.0.0',
    ],
    [
      'a stream of such a script',
      point('kvbench', 1, {}, { kvbench: '{"kvbench":"9.0.0"}' }),
      'written by kvbench 9.0.0',
    ],
    ['a summary without requests', '{"metrics":{}}', 'sent no request'],
  ])('%s is refused', async (_, content, message) => {
    const { code, stdout, stderr } = await run('import', 'k6', await fileWith(content));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
  });

  test('a file that is not there, or is none', async () => {
    expect((await run('import', 'k6', join(dir, 'none'))).stderr).toContain('does not exist');
    expect((await run('import', 'k6', dir)).stderr).toContain('is a directory');
    expect((await run('import', 'wrk', 'x')).stderr).toContain('There is: k6.');
    const target = await run('import', 'k6', await fileWith(stream), '--target', 'A b');
    expect([target.code, target.stderr]).toEqual([2, expect.stringContaining('--target')]);
  });
});

describe('export', () => {
  test('a script on stdout, and what k6 does otherwise on stderr', async () => {
    const { code, stdout, stderr } = await run(
      ...['export', 'k6', 'rust', '--rate', '50', '--arrivals', 'poisson'],
      ...['--fail-on', 'rss>64MiB', '--fail-on', 'get.p99>5ms', '--url', 'http://kv.test/base/'],
    );
    expect(code).toBe(0);
    const { options } = loadScript(stdout, () => ({ status: 200 }));
    expect(options.thresholds['http_req_duration{kv_trial:latency_get}']).toEqual(['p(99)<=5']);
    expect(stdout).toContain('"url":"http://kv.test/base"');
    expect(stderr).toContain('warning: The threshold rss>64MiB is not in the script');
    expect(stderr).toContain('evenly spaced');
  });

  test('a manifest', async () => {
    const args = ['--operator', '--parallelism', '4', '--namespace', 'load', '--name', 'kv'];
    const { code, stdout } = await run('export', 'k6', '--rate', '50', ...args);
    expect(code).toBe(0);
    expect(stdout).toContain('kind: TestRun');
    expect(stdout).toContain('parallelism: 4');
  });

  test('writes over a file only if told to', async () => {
    const out = join(dir, 'script.js');
    const args = ['export', 'k6', '--rate', '50', '--out', out];
    expect((await run(...args)).code).toBe(0);
    // It has all headers as they are sent.
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    await writeFile(out, 'mine');
    const again = await run(...args);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('--force')]);
    expect(await readFile(out, 'utf8')).toBe('mine');
    expect((await run(...args, '--force')).code).toBe(0);
    expect(await readFile(out, 'utf8')).toContain('k6/http');
  });

  test.each([
    [['wrk'], "unknown command 'wrk'"],
    [['k6', 'nope'], 'no target named "nope"'],
    [['k6'], '--rate 5000'],
    [['k6', '--rate', '5', '--url', 'ftp://x'], '--url "ftp://x"'],
    [['k6', '--rate', '5', '--url', 'http://a:b@x'], 'credentials'],
    [['k6', '--rate', '5', '--parallelism', '2'], 'Add --operator'],
    [['k6', '--rate', '5', '--operator', '--parallelism', '0'], '1 to 1000'],
    [['k6', '--rate', '5', '--fail-on', 'p99>5'], 'unit'],
    [['k6', '--rate', '5', '--out', '/dev/null/x'], "can't be written"],
  ])('%j is refused', async (args, message) => {
    const { code, stdout, stderr } = await run('export', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});

describe('what k6 cannot have measured so', () => {
  const point = (seconds: number, value = 1) => [
    { metric: 'http_reqs', type: 'Point', data: { time: at(seconds), value: 1, tags: {} } },
    { metric: 'http_req_duration', type: 'Point', data: { time: at(seconds), value, tags: {} } },
  ];
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
  const importStream = async (points: object[]) => {
    const dir = await mkdtemp(join(tmpdir(), 'kvbench-k6-'));
    try {
      const [file, out] = [join(dir, 'stream.json'), join(dir, 'out.json')];
      await writeFile(file, points.map((p) => JSON.stringify(p)).join('\n'));
      const run = await cli(['import', 'k6', file, '--out', out]);
      const text = await readFile(out, 'utf8').catch(() => null);
      return { ...run, result: text === null ? null : (JSON.parse(text) as RunResult) };
    } finally {
      await rm(dir, { recursive: true });
    }
  };
  const codesOf = (result: RunResult | null) => result?.warnings.map(({ code }) => code) ?? [];

  test('two tests behind one another have no rate between them', async () => {
    const test = (start: number) =>
      Array.from({ length: 500 }, (_, i) => point(start + i / 50)).flat();
    const { result, stdout, code } = await importStream([...test(0), ...test(3600)]);
    expect(result?.trials[0]).toMatchObject({ requestsPerSecond: null, windowMs: 0 });
    expect(codesOf(result)).toContain('several-tests');
    expect(stdout).toMatch(/requests\/s.*\n.* n\/a /);
    expect(code).toBe(0);
  });

  test('one that pauses for a while has', async () => {
    const points = Array.from({ length: 600 }, (_, i) => point(i < 300 ? i / 10 : 5 + i / 10));
    const { result } = await importStream(points.flat());
    expect(result?.trials[0]?.requestsPerSecond).toBeCloseTo(600 / 64.9, 1);
    expect(codesOf(result)).not.toContain('several-tests');
  });

  test.each([
    ['a single point', 1],
    ['a hundred at one instant', 100],
  ])('%s: no rate, and the settings of nobody', async (_, count) => {
    const { result, stdout } = await importStream(
      Array.from({ length: count }, () => point(0)).flat(),
    );
    expect(result?.trials[0]?.requestsPerSecond).toBeNull();
    expect(codesOf(result)).toContain('no-duration');
    expect(stdout).toContain("a script of k6's own");
    expect(stdout).not.toMatch(/uniform|10,000|128 B|kvbench serve/);
  });

  test.each([1e300, -5])('a duration of %d ms is refused, with its line', async (ms) => {
    const { code, stderr } = await importStream([...point(0), ...point(1, ms)]);
    expect(stderr).toMatch(/stream\.json:4: no request takes/);
    expect(code).toBe(2);
  });

  test('failed requests of a script that nobody here can serve', async () => {
    const failed = { metric: 'http_req_failed', type: 'Point', data: { value: 1, tags: {} } };
    const { stdout, code } = await importStream([...point(0), ...point(1), failed]);
    expect(stdout).not.toContain('kvbench serve');
    expect(code).toBe(4);
  });
});

describe('files that end wrongly', () => {
  const inDir = async (bytes: Buffer) => {
    const dir = await mkdtemp(join(tmpdir(), 'kvbench-k6-'));
    try {
      await writeFile(join(dir, 'f'), bytes);
      return await cli(['import', 'k6', join(dir, 'f'), '--out', join(dir, 'out.json')]);
    } finally {
      await rm(dir, { recursive: true });
    }
  };
  const line = '{"metric":"http_reqs","type":"Point","data":{"value":1,"tags":{}}}\n';

  test.each([
    ['a gzip that is cut off', gzipSync(line.repeat(20_000)).subarray(0, 300), /can't be unzipped/],
    ['one endless line', Buffer.alloc(70 * 2 ** 20, 'a'), /a line without an end/],
    [
      'one endless line, zipped',
      gzipSync(Buffer.alloc(70 * 2 ** 20, 'a')),
      /a line without an end/,
    ],
  ])('%s', async (_, bytes, message) => {
    const { code, stderr } = await inDir(bytes);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
  });
});
