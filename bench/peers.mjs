// The load generators that bench/truth.mjs compares: how each is started, and what it says of what
// it saw. All percentiles are microseconds; one that a tool does not report is absent.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { heapFlags } from '../dist/internals.js';

const exec = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const packageVersion = (path) => JSON.parse(readFileSync(here(path), 'utf8')).version;

/** All that a command prints, whatever its exit code; null if there is no such command. */
async function printed(command, ...args) {
  const { code, stdout, stderr } = await exec(command, args).catch((error) => error);
  return code === 'ENOENT' ? null : `${stdout}${stderr}`;
}

async function versionFrom(pattern, command, ...args) {
  const text = await printed(command, ...args);
  return text === null ? null : (pattern.exec(text)?.[1] ?? 'of unknown version');
}

/** Programs that `go install` made do not know their version, but Go does. */
async function goModuleVersion(command) {
  const path = await printed('which', command);
  if (!path) return null;
  const modules = await printed('go', 'version', '-m', path.trim());
  return /^\s+mod\s+\S+\s+(\S+)/m.exec(modules ?? '')?.[1] ?? 'of unknown version';
}

/** Takes percentiles from where a tool has them, given the names it has for them. */
function pick(source, unitUs, names) {
  const found = Object.entries(names).filter(([, name]) => Number.isFinite(source[name]));
  return Object.fromEntries(found.map(([key, name]) => [key, source[name] * unitUs]));
}

const sum = (counts) => counts.reduce((total, count) => total + Number(count), 0);

function written(load, name, text) {
  const path = join(load.scratch, name);
  writeFileSync(path, text);
  return path;
}

const kvbenchNames = { p50: 'p50', p90: 'p90', p95: 'p95', p99: 'p99', p999: 'p999' };

/** wrk2 records nothing before that. */
const wrk2CalibrationSeconds = 10;

const wrkScript = `
done = function(summary, latency)
  local e = summary.errors
  local failed = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format('\\n{"requests":%d,"failed":%d', summary.requests, failed))
  for name, p in pairs({ p50 = 50, p90 = 90, p95 = 95, p99 = 99, p999 = 99.9 }) do
    io.write(string.format(',"%s":%f', name, latency:percentile(p)))
  end
  io.write('}\\n')
end
`;

const k6Script = `
import http from 'k6/http';
export const options = {
  discardResponseBodies: true,
  summaryTrendStats: ['p(50)', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)'],
  scenarios: {
    load: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE),
      duration: __ENV.SECONDS + 's',
      preAllocatedVUs: Number(__ENV.VUS),
    },
  },
};
export default function () {
  http.get(__ENV.URL);
}
export function handleSummary(data) {
  return { stdout: JSON.stringify(data.metrics) };
}
`;

/** One of kvbench's own engines. */
function kvbench(engine) {
  return {
    decimals: 2,
    version: async () => packageVersion('../package.json'),
    command: ({ origin, connections, rate, seconds }) => [
      ...[
        process.execPath,
        ...heapFlags,
        here('engine.mjs'),
        '--origin',
        origin,
        '--operation',
        'get',
        '--engine',
        engine,
      ],
      ...['--connections', connections, '--duration-ms', seconds * 1000],
      ...['--rate', rate, '--arrivals', 'constant', '--fixed-value', 128, '--value-size', 128],
      ...['--warmup-ms', 2000],
    ],
    read: (text) => {
      const result = JSON.parse(text);
      const counts = { answered: result.answered, errors: errorsOf(result) };
      return [
        ['responseTimeNs', 'response times'],
        ['serviceTimeNs', 'service times'],
        ['serverNs', 'part of the server'],
      ]
        .filter(([name]) => result[name] !== null)
        .map(([name, kind]) => ({
          ...counts,
          kind,
          percentiles: pick(result[name], 0.001, kvbenchNames),
        }));
    },
  };
}

/**
 * Of each: `version` (null if it is not installed), `command`, `read` (one or more sets of figures
 * from what it printed), and `decimals`, how many of a millisecond's its figures have.
 *
 * A load is `{ origin, connections, rate, seconds, underWay, scratch, fixture }`; `underWay` is how
 * many requests are under way at once if nobody holds any back.
 */
export const peers = {
  probe: {
    decimals: 2,
    isFloor: true,
    version: async () => '(of the server itself)',
    command: ({ fixture, origin, connections, rate, seconds }) => [
      ...[fixture, '--probe', new URL(origin).host, '--connections', connections],
      ...['--rate', rate, '--seconds', seconds],
    ],
    read: (text) => {
      const { answered, errors, ...percentiles } = JSON.parse(text);
      return [{ answered, errors, percentiles }];
    },
  },
  kvbench: kvbench('native'),
  'kvbench-undici': kvbench('undici'),
  autocannon: {
    decimals: 0,
    version: async () => packageVersion('../node_modules/autocannon/package.json'),
    command: ({ origin, connections, rate, seconds }) => [
      ...[process.execPath, here('../node_modules/autocannon/autocannon.js'), '-j'],
      ...['-c', connections, '-d', seconds, '-R', rate, `${origin}/key`],
    ],
    read: (text) => {
      const { latency, errors, non2xx, ...result } = JSON.parse(text);
      const names = { p50: 'p50', p90: 'p90', p99: 'p99', p999: 'p99_9' };
      const percentiles = pick(latency, 1000, names);
      return [{ answered: result['2xx'], errors: errors + non2xx, percentiles }];
    },
  },
  wrk: {
    decimals: 2,
    isClosedLoop: true,
    version: () => versionFrom(/wrk (\S+)/, 'wrk', '-v'),
    command: (load) => [
      ...['wrk', '-t1', `-c${load.connections}`, `-d${load.seconds}s`],
      ...['-s', written(load, 'percentiles.lua', wrkScript), `${load.origin}/key`],
    ],
    read: (text) => {
      const result = JSON.parse(text.trim().split('\n').at(-1));
      const percentiles = pick(result, 1, kvbenchNames);
      return [{ answered: result.requests, errors: result.failed, percentiles }];
    },
  },
  // Built from its sources, whose program is called wrk.
  wrk2: {
    decimals: 2,
    version: () => versionFrom(/wrk (\S+)/, 'wrk2', '-v'),
    command: (load) => [
      ...['wrk2', '-t1', `-c${load.connections}`, `-d${load.seconds + wrk2CalibrationSeconds}s`],
      ...['-R', load.rate, '-s', written(load, 'percentiles.lua', wrkScript), `${load.origin}/key`],
    ],
    read: (text, { seconds }) => {
      const result = JSON.parse(text.trim().split('\n').at(-1));
      const share = seconds / (seconds + wrk2CalibrationSeconds);
      const percentiles = pick(result, 1, kvbenchNames);
      return [{ answered: result.requests * share, errors: result.failed, percentiles }];
    },
  },
  h2load: {
    decimals: 2,
    version: () => versionFrom(/nghttp2\/(\S+)/, 'h2load', '--version'),
    command: (load) => [
      ...['h2load', '--h1', '-t1', '-c', load.connections, '-D', load.seconds],
      ...['--rps', load.rate / load.connections, '--log-file', written(load, 'h2load.log', '')],
      `${load.origin}/key`,
    ],
    // It prints no percentiles, but can list its requests: when, status, µs.
    read: (_, load) => {
      const lines = readFileSync(join(load.scratch, 'h2load.log'), 'utf8').trim().split('\n');
      const rows = lines.map((line) => line.split('\t').map(Number));
      const right = rows.filter(([, status]) => status === 200).map(([, , us]) => us);
      right.sort((a, b) => a - b);
      const at = (share) => right[Math.ceil(share * right.length) - 1];
      const percentiles = { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
      return [{ answered: right.length, errors: rows.length - right.length, percentiles }];
    },
  },
  hey: {
    decimals: 1,
    version: () => goModuleVersion('hey'),
    command: ({ origin, connections, rate, seconds }) => [
      ...['hey', '-c', connections, '-q', rate / connections, '-z', `${seconds}s`],
      `${origin}/key`,
    ],
    read: (text) => {
      // It says "50%% in 0.0021 secs".
      const seconds = Object.fromEntries(
        [...text.matchAll(/(\d+)%+ in ([\d.]+) secs/g)].map(([, p, value]) => [p, Number(value)]),
      );
      // "[200] 5 responses" is a status; "[5] Get ...: EOF" is how often an error came.
      const statuses = [...text.matchAll(/^\s+\[(\d+)\]\s(\d+) responses/gm)];
      const errors = [...text.matchAll(/^\s+\[(\d+)\]\s(?!\d+ responses)/gm)];
      const other = statuses.filter(([, status]) => status !== '200').map(([, , count]) => count);
      return [
        {
          answered: Number(statuses.find(([, status]) => status === '200')?.[2] ?? 0),
          errors: sum([...other, ...errors.map(([, count]) => count)]),
          percentiles: pick(seconds, 1e6, { p50: '50', p90: '90', p95: '95', p99: '99' }),
        },
      ];
    },
  },
  oha: {
    decimals: 2,
    version: () => versionFrom(/oha (\S+)/, 'oha', '--version'),
    command: ({ origin, connections, rate, seconds }) => [
      ...['oha', '-c', connections, '-q', rate, '-z', `${seconds}s`, '--latency-correction'],
      ...['-w', '--no-tui', '--output-format', 'json', `${origin}/key`],
    ],
    read: (text) => {
      const result = JSON.parse(text);
      const statuses = Object.entries(result.statusCodeDistribution);
      const other = statuses.filter(([status]) => status !== '200').map(([, count]) => count);
      const failed = Object.values(result.errorDistribution);
      const names = { p50: 'p50', p90: 'p90', p95: 'p95', p99: 'p99', p999: 'p99.9' };
      return [
        {
          answered: result.statusCodeDistribution['200'] ?? 0,
          errors: sum([...other, ...failed]),
          percentiles: pick(result.latencyPercentiles, 1e6, names),
        },
      ];
    },
  },
  k6: {
    decimals: 2,
    version: () => versionFrom(/k6 (\S+)/, 'k6', 'version'),
    command: (load) => [
      ...['k6', 'run', '--quiet', '--no-usage-report', '--address', ''],
      ...['-e', `URL=${load.origin}/key`, '-e', `RATE=${load.rate}`],
      ...['-e', `SECONDS=${load.seconds}`, '-e', `VUS=${load.underWay}`],
      written(load, 'k6.js', k6Script),
    ],
    read: (text) => {
      const metrics = JSON.parse(text);
      const names = { p50: 'p(50)', p90: 'p(90)', p95: 'p(95)', p99: 'p(99)', p999: 'p(99.9)' };
      // `passes` of the rate "failed" are the requests that failed.
      const failed = metrics.http_req_failed.values.passes;
      return [
        {
          answered: metrics.http_reqs.values.count - failed,
          errors: failed,
          percentiles: pick(metrics.http_req_duration.values, 1000, names),
        },
      ];
    },
  },
  vegeta: {
    decimals: 2,
    version: () => goModuleVersion('vegeta'),
    command: (load) => [
      ...['vegeta', 'attack', `-rate=${load.rate}`, `-duration=${load.seconds}s`],
      `-targets=${written(load, 'targets', `GET ${load.origin}/key\n`)}`,
      `-output=${join(load.scratch, 'vegeta.bin')}`,
    ],
    read: async (_, load) => {
      const args = ['report', '-type=json', join(load.scratch, 'vegeta.bin')];
      const result = JSON.parse((await exec('vegeta', args)).stdout);
      const answered = result.status_codes['200'] ?? 0;
      const names = { p50: '50th', p90: '90th', p95: '95th', p99: '99th' };
      const percentiles = pick(result.latencies, 0.001, names);
      return [{ answered, errors: result.requests - answered, percentiles }];
    },
  },
};

function errorsOf({ errors }) {
  if (typeof errors === 'number') return errors;
  return sum(Object.values(errors));
}
