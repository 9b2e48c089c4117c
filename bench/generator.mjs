// Compares what a request costs kvbench's engines with what it costs other load generators: the
// same server, the same connections, in alternation; CPU of whole processes, start-up included.
//
//   npm run bench:generator -- [--target go] [--connections 16] [--seconds 4] [--rounds 5]
//     [--only 'kvbench native,wrk']
//
// Tools that are not installed are left out with a note. Only ratios within a round mean anything
// on a shared machine.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import {
  buildLoadEngine,
  findTarget,
  heapFlags,
  median,
  shuffled,
  startServer,
  userPaths,
} from '../dist/internals.js';

const { values: flags } = parseArgs({
  options: {
    target: { type: 'string', default: 'go' },
    connections: { type: 'string', default: '16' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
  },
});
const exec = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const signal = new AbortController().signal;
const serverCpu = [0];
const toolCpu = '1';
const { connections: c, seconds: s } = flags;
const scratch = await mkdtemp(join(os.tmpdir(), 'kvbench-bench-'));
const value = 'v'.repeat(128);
const body = `key:00000001=${value}`;
const bodyFile = join(scratch, 'body');
const luaFile = join(scratch, 'post.lua');
writeFileSync(bodyFile, body);
writeFileSync(luaFile, `wrk.method = "POST"\nwrk.body = "${body}"\n`);

const count = (pattern) => (text) => Number(pattern.exec(text)?.[1] ?? Number.NaN);
const post = (operation, args) => (operation === 'post' ? args : []);
const kvbench = (engine) => ({
  command: (origin, op) => [
    ...['node', ...heapFlags, here('engine.mjs'), '--origin', origin, '--operation', op],
    ...['--engine', engine, '--connections', c, '--duration-ms', String(Number(s) * 1000)],
  ],
  requests: (text) => JSON.parse(text).answered,
});
const tools = {
  'kvbench native': kvbench('native'),
  'kvbench undici': kvbench('undici'),
  autocannon: {
    command: (origin, op) => [
      ...['node', here('../node_modules/autocannon/autocannon.js'), '-j', '-c', c, '-d', s],
      ...post(op, ['-m', 'POST', '-b', body]),
      `${origin}/${op === 'get' ? 'key:00000001' : ''}`,
    ],
    requests: (text) => JSON.parse(text).requests.total,
  },
  wrk: {
    command: (origin, op) => [
      ...['wrk', '-t1', `-c${c}`, `-d${s}s`, ...post(op, ['-s', luaFile])],
      `${origin}/${op === 'get' ? 'key:00000001' : ''}`,
    ],
    requests: count(/(\d+) requests in/),
  },
  h2load: {
    command: (origin, op) => [
      ...['h2load', '--h1', '-t1', `-c${c}`, `-D${s}`, ...post(op, ['-d', bodyFile])],
      `${origin}/${op === 'get' ? 'key:00000001' : ''}`,
    ],
    requests: count(/(\d+) succeeded/),
  },
  hey: {
    command: (origin, op) => [
      ...['hey', '-c', c, '-z', `${s}s`, ...post(op, ['-m', 'POST', '-D', bodyFile])],
      `${origin}/${op === 'get' ? 'key:00000001' : ''}`,
    ],
    requests: count(/\[200\]\s+(\d+) responses/),
  },
};

/** CPU seconds of all children that have ended, in ticks of 10 ms: little in some seconds. */
function childrenCpuSeconds() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

async function isInstalled(name) {
  if (name.startsWith('kvbench') || name === 'autocannon') return true;
  return exec('which', [name]).then(
    () => true,
    () => false,
  );
}

const present = [];
for (const name of flags.only?.split(',') ?? Object.keys(tools)) {
  if (await isInstalled(name)) present.push(name);
  else console.log(`${name} is not installed and left out`);
}
const artifact = await findTarget(flags.target).build({
  cacheDir: userPaths(process.env).cache,
  signal,
});
const server = await startServer({
  target: flags.target,
  command: [artifact.path, '--workers=1'],
  cpus: serverCpu,
  signal,
});
const rows = [];
try {
  // Built, if it must be, before anything is measured.
  await buildLoadEngine({ cacheDir: userPaths(process.env).cache, signal });
  await fetch(server.origin, { method: 'POST', body });
  for (let round = 1; round <= Number(flags.rounds); round++) {
    for (const operation of ['get', 'post']) {
      for (const name of shuffled(present, Math.random)) {
        const cpuBefore = childrenCpuSeconds();
        const args = ['-c', toolCpu, ...tools[name].command(server.origin, operation)];
        const { stdout } = await exec('taskset', args, { maxBuffer: 1e8 });
        const cpuSeconds = childrenCpuSeconds() - cpuBefore;
        const requests = tools[name].requests(stdout);
        const row = { round, operation, name, cpuUs: (cpuSeconds / requests) * 1e6 };
        rows.push({ ...row, perSecond: requests / Number(s) });
        console.error(
          `round ${round} ${operation} ${name}: ${row.cpuUs.toFixed(1)} µs CPU a request`,
        );
      }
    }
  }
} finally {
  await server.stop();
  await rm(scratch, { recursive: true });
}

const own = (operation, name) => rows.filter((r) => r.operation === operation && r.name === name);
const ratio = (operation, name, figure) =>
  median(
    own(operation, 'kvbench native').map((r, i) => r[figure] / own(operation, name)[i][figure]),
  );
console.log(`${os.cpus()[0].model}, ${os.cpus().length} CPUs, Node ${process.versions.node}`);
console.log(`${new Date().toISOString().slice(0, 10)}, ${flags.target}, ${c} connections,`);
console.log(
  `medians of ${flags.rounds} rounds of ${s} s; ratios are the native engine's figure by the tool's\n`,
);
console.log('| op | tool | CPU a request | native by it | requests/s | native by it |');
console.log('|---|---|---|---|---|---|');
for (const operation of ['get', 'post']) {
  for (const name of present) {
    const cpu = median(own(operation, name).map((r) => r.cpuUs)).toFixed(1);
    const perSecond = Math.round(median(own(operation, name).map((r) => r.perSecond)));
    const [cpuRatio, rateRatio] = ['cpuUs', 'perSecond'].map((figure) =>
      ratio(operation, name, figure).toFixed(2),
    );
    console.log(
      `| ${operation} | ${name} | ${cpu} µs | ${cpuRatio} | ${perSecond} | ${rateRatio} |`,
    );
  }
}
