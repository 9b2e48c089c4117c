// When does one machine no longer do? Requests a second of kvbench's closed loop by number of
// generators, and of k6 with the same load, both against the null target that costs the server least.
//
//   npm run bench:scale [-- seconds]      k6 only where it is installed
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportK6, importK6, nullRequests, readK6File } from '../dist/internals.js';
import { findK6 } from '../test/k6.mjs';
import { configOf, markdownTable, measure, prepare, provenance, signal } from './lab.mjs';

const durationMs = Number(process.argv[2] ?? 5) * 1000;
const target = 'null-rust';
const shared = {
  targets: [target],
  operations: ['get'],
  measures: ['throughput'],
  connections: 64,
  rounds: 3,
  durationMs,
  warmupMs: 1000,
  timeoutMs: 5000,
};
const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const rows = [];

const mostGenerators = Math.max(2, availableParallelism());
for (let generators = 1; generators <= mostGenerators; generators *= 2) {
  const config = configOf({ ...shared, generators });
  const trials = await measure(config, await prepare(config));
  rows.push([
    `kvbench, ${generators} generator${generators > 1 ? 's' : ''}`,
    Math.round(middle(trials.map((trial) => trial.requestsPerSecond))),
    `${(middle(trials.map((trial) => trial.generator.cpuPerRequestNs)) / 1000).toFixed(1)} µs`,
    [...new Set(trials.map((trial) => trial.limitedBy))].join(', '),
  ]);
}

const k6 = findK6();
if (k6) rows.push(await measureK6(k6));
else console.error('There is no k6 on the PATH, so kvbench is measured alone.');

console.log(`${provenance()}\n`);
console.log(markdownTable(['generator', 'requests/s', 'its CPU a request', 'limited by'], rows));

/** k6 is not pinned: it takes every CPU that the server leaves. */
async function measureK6(command) {
  const config = configOf(shared);
  const setup = await prepare(config);
  const dir = mkdtempSync(join(tmpdir(), 'kvbench-bench-'));
  const server = await setup.startServer(target);
  try {
    const { script } = exportK6({
      config,
      target: 'null',
      requests: nullRequests(config.valueSize.minBytes),
      baseUrl: server.origin,
      thresholds: [],
      parallelism: 1,
      kvbenchVersion: 'bench',
    });
    writeFileSync(join(dir, 'script.js'), script);
    const before = childCpuUs();
    const args = ['run', '--quiet', '--no-usage-report', '--summary-export', 'summary.json'];
    const { status } = spawnSync(command, [...args, 'script.js'], { cwd: dir, stdio: 'ignore' });
    if (status !== 0) throw new Error(`k6 ended with ${status}`);
    const cpuUs = childCpuUs() - before;
    const outcome = await readK6File(join(dir, 'summary.json'), signal);
    const options = { target: null, now: new Date(), kvbenchVersion: 'bench' };
    const [trial] = importK6(outcome, options).trials;
    const all = JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8')).metrics.http_reqs.count;
    // Of all its requests, the preload and the warm-up too.
    const cpu = `${(cpuUs / all).toFixed(1)} µs`;
    return ['k6', Math.round(trial.requestsPerSecond), cpu, 'not known'];
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true });
  }
}

/** CPU time of children that have ended, from /proc: user and system, in ticks of 10 ms. */
function childCpuUs() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10_000;
}
