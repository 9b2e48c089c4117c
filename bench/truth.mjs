// Do load generators tell the truth? Each loads a server whose delays are known and measured by
// itself, and says what it saw.
//
//   node bench/truth.mjs [--seconds 10] [--connections 64] [--rates 100,1000,5000]
//                        [--tools kvbench,wrk,...] [--only delays|stall] [--stall-period 10]
//                        [--stall-rate 200]
//
// Needs dist/, rustc and taskset. Tools that are not on the PATH are left out with a note. Prints
// Markdown; ends with code 1 if kvbench is not near enough to the truth.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { pinCommand, startServer } from '../dist/internals.js';
import { markdownTable } from './lab.mjs';
import { peers } from './peers.mjs';

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    connections: { type: 'string', default: '64' },
    rates: { type: 'string', default: '100,1000,5000' },
    tools: { type: 'string', default: Object.keys(peers).join(',') },
    only: { type: 'string' },
    'stall-period': { type: 'string', default: '10' },
    'stall-rate': { type: 'string', default: '200' },
  },
});
const seconds = Number(flags.seconds);
const connections = Number(flags.connections);
const rates = flags.rates.split(',').map(Number);
const stallPeriodSeconds = Number(flags['stall-period']);
// Low, because arithmetic knows nothing of the time that it takes to answer those that have waited:
// the last of n waits n answers longer.
const stallRate = Number(flags['stall-rate']);
const unknown = flags.tools.split(',').find((name) => !(name in peers));
if (unknown !== undefined) throw new Error(`there is no tool '${unknown}'`);
if (
  ![seconds, connections, stallPeriodSeconds, stallRate, ...rates].every((number) => number > 0)
) {
  throw new Error('seconds, connections, rates and the period are numbers above 0');
}

const allowedShare = 0.02;
const allowedUs = 100;
const stallShare = 0.1;
const serverCpus = [0];
const toolCpus = [os.cpus().length - 1];

const exec = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const interrupted = new AbortController();
const { signal } = interrupted;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(name, () => interrupted.abort(new Error(`ended by ${name}`)));
}

/**
 * Runs a tool to its end and gives what it printed. The guard ends the tool as soon as its own
 * standard input closes, and that is also when this process has been killed.
 */
async function runTool(command, limitSeconds) {
  signal.throwIfAborted();
  const guarded = [
    here('../dist/processes/guard.js'),
    ...pinCommand(toolCpus, command.map(String)),
  ];
  const child = spawn(process.execPath, guarded, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const end = () => child.stdin.destroy();
  const timer = setTimeout(end, limitSeconds * 1000);
  signal.addEventListener('abort', end, { once: true });
  child.stdin.on('error', () => {});
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr = (stderr + text).slice(-2000);
  });
  const [code] = await once(child, 'close').finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  });
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`exit code ${code ?? 'none'}: ${stderr.trim()}`);
  return stdout;
}

/** One tool against a fresh server: the tool's figures, and what the server knows of itself. */
async function measure(name, serverFlags, load, warmUp = async () => {}) {
  const server = await startServer({
    target: 'delays',
    command: [serverPath, ...serverFlags.map(String)],
    cpus: serverCpus,
    signal,
  });
  try {
    await warmUp(server);
    const fullLoad = { ...load, connections, origin: server.origin, scratch, fixture: serverPath };
    const text = await runTool(peers[name].command(fullLoad), load.seconds + 30);
    const sets = await peers[name].read(text, fullLoad);
    // Without what a tool has warmed up with, which is no part of its figures either.
    const last = Math.round(sets[0]?.answered ?? 0);
    const runtime = await (await fetch(`${server.adminOrigin}/runtime?last=${last}`)).json();
    return { sets, runtime };
  } finally {
    await server.stop();
  }
}

/** As `measure`; a tool that fails must not cost the others' figures. */
async function tryMeasure(name, ...args) {
  try {
    return await measure(name, ...args);
  } catch (error) {
    signal.throwIfAborted();
    console.error(`${name} failed: ${error.message}`);
    return { sets: [], runtime: null };
  }
}

/** How far off the tool is where it is farthest off, by what is allowed. */
function judge(percentiles, truths) {
  const all = Object.entries(truths)
    .filter(([key]) => key in percentiles)
    .map(([key, truthUs]) => {
      const offUs = percentiles[key] - truthUs;
      return { key, offUs, share: offUs / truthUs, by: excess(offUs, truthUs) };
    });
  const farthest = all.toSorted((a, b) => b.by - a.by)[0];
  return farthest && { ...farthest, isWithin: farthest.by <= 1 };
}

function excess(offUs, truthUs) {
  return Math.abs(offUs) / Math.max(truthUs * allowedShare, allowedUs);
}

const percentileNames = { p50: 'P50', p90: 'P90', p95: 'P95', p99: 'P99', p999: 'P99.9' };

function ms(us, decimals = 2) {
  if (us === undefined) return '–';
  return `${(us / 1000).toFixed(Math.min(decimals, us < 100_000 ? 2 : 1))} ms`;
}

function signed(number, decimals) {
  return `${number < 0 ? '−' : '+'}${Math.abs(number).toFixed(decimals)}`;
}

function deviation({ key, offUs, share }) {
  return `${percentileNames[key]} ${signed(offUs / 1000, 2)} ms (${signed(share * 100, 1)} %)`;
}

function verdict(judgement) {
  if (!judgement) return '–';
  return judgement.isWithin ? 'pass' : 'fail';
}

function answeredPerSecond({ answered, errors }, { seconds: s }) {
  const perSecond = Math.round(answered / s).toLocaleString('en');
  return errors > 0 ? `${perSecond}, ${errors.toLocaleString('en')} errors` : perSecond;
}

function label(name, { kind }) {
  return kind ? `${name}, ${kind}` : name;
}

const kvbenchVerdicts = [];

/** Two known delays: what the tool says beside what the server measured. */
async function delays(names) {
  const serverFlags = ['--delay-us', 2000, '--slow-us', 20_000, '--slow-every', 20];
  const keys = ['p50', 'p90', 'p99'];
  const rows = [];
  const add = async (name, rate, shown) => {
    console.error(`delays: ${name}, ${rate > 0 ? `${shown} requests/s` : shown}`);
    const load = { rate, seconds, underWay: connections };
    const { sets, runtime } = await tryMeasure(name, serverFlags, load);
    if (runtime === null) {
      rows.push([shown, name, 'failed', ...Array.from({ length: 8 }, () => '–')]);
      if (name === 'kvbench') kvbenchVerdicts.push('fail');
      return;
    }
    const truths = Object.fromEntries(keys.map((key) => [key, runtime.truth[`${key}Us`]]));
    for (const set of sets) {
      const judgement = judge(set.percentiles, truths);
      if (name === 'kvbench') kvbenchVerdicts.push(verdict(judgement));
      const shownVerdict = peers[name].isFloor ? 'the floor' : verdict(judgement);
      rows.push([
        ...[shown, label(name, set), answeredPerSecond(set, load)],
        ...keys.flatMap((key) => [ms(set.percentiles[key], peers[name].decimals), ms(truths[key])]),
        ...[judgement ? deviation(judgement) : '–', shownVerdict],
      ]);
    }
  };
  for (const rate of rates) {
    for (const name of names.filter((n) => !peers[n].isClosedLoop)) {
      await add(name, rate, rate.toLocaleString('en'));
    }
  }
  for (const name of names.filter((n) => peers[n].isClosedLoop)) {
    await add(name, 0, 'closed loop');
  }
  const percentileHead = keys.flatMap((key) => [percentileNames[key], 'truth']);
  const head = ['requests/s', 'tool', 'answered/s', ...percentileHead, 'farthest off', ''];
  const floorNote = names.some((n) => peers[n].isFloor)
    ? ' The probe is\nthe plainest client, one blocking thread a connection: what it sees above the truth is the loopback\nand two wake-ups, and no tool can see less.'
    : '';
  console.log('\n### Two known delays\n');
  console.log(
    `Every answer after 2 ms, each 20th after 20 ms; ${connections} connections, ${seconds} s. Truth is what the\nserver measured from having read a request to just before it wrote the answer. A tool passes if no\nfigure is off by more than ${allowedShare * 100} % or ${allowedUs} µs, whichever is more.${floorNote}\n`,
  );
  console.log(markdownTable(head, rows));
}

/** A server that stands still: what arithmetic says beside what the tool says. */
async function stall(names) {
  const stallSeconds = stallPeriodSeconds * stallShare;
  const serverFlags = ['--stall-ms', stallSeconds * 1000, '--every-ms', stallPeriodSeconds * 1000];
  const periods = Math.max(3, Math.ceil(seconds / stallPeriodSeconds));
  const load = {
    rate: stallRate,
    seconds: periods * stallPeriodSeconds,
    underWay: Math.max(connections, Math.ceil(stallRate * stallSeconds * 1.2)),
  };
  // Arrivals are uniform, so the share of those that wait longer than t is share · (1 − t / stall).
  const predicted = (p) => stallSeconds * (1 - (1 - p) / stallShare) * 1e6;
  const truths = { p95: predicted(0.95), p99: predicted(0.99), p999: predicted(0.999) };
  const keys = ['p50', ...Object.keys(truths)];
  const shown = (figures, decimals) => keys.map((key) => ms(figures[key], decimals));
  const rows = [['arithmetic', '', '', 'base', ...shown(truths).slice(1), '', '']];
  for (const name of names.filter((n) => !peers[n].isFloor)) {
    console.error(`stall: ${name}`);
    // The first request starts the server's clock. A while without a stall passes before the load, so
    // that stalls are in its midst and no tool ends its run within one.
    const { sets, runtime } = await tryMeasure(name, serverFlags, load, async ({ origin }) => {
      await (await fetch(origin)).arrayBuffer();
      await delay(Math.min(1000, (stallPeriodSeconds - stallSeconds) * 300), null, { signal });
    });
    if (runtime === null) {
      rows.push([name, 'failed', ...Array.from({ length: 7 }, () => '–')]);
      if (name === 'kvbench') kvbenchVerdicts.push('fail');
      continue;
    }
    // Service times are not meant to hold the wait for a connection.
    const [set] = sets;
    const judgement = judge(set.percentiles, truths);
    if (name === 'kvbench') kvbenchVerdicts.push(verdict(judgement));
    rows.push([
      peers[name].isClosedLoop ? `${name}, closed loop` : label(name, set),
      // Without the one that started the clock.
      ...[String(runtime.counters.connections - 1), answeredPerSecond(set, load)],
      ...shown(set.percentiles, peers[name].decimals),
      ...[judgement ? deviation(judgement) : '–', verdict(judgement)],
    ]);
  }
  const percentileHead = keys.map((key) => percentileNames[key]);
  const head = ['tool', 'connections', 'answered/s', ...percentileHead, 'farthest off', ''];
  console.log('\n### A server that stands still\n');
  console.log(
    `${stallSeconds} s in every ${stallPeriodSeconds} s nothing is answered; ${stallRate.toLocaleString('en')} requests/s for ${load.seconds} s. Who arrives t after the\nbeginning of a stall waits ${stallSeconds} s − t. A tool passes if no figure is off by more than ${allowedShare * 100} %.\n`,
  );
  console.log(markdownTable(head, rows));
}

const scratch = await mkdtemp(join(os.tmpdir(), 'kvbench-truth-'));
const serverPath = join(scratch, 'delays');
try {
  const source = here('../fixtures/servers/delays.rs');
  await exec('rustc', ['-O', '--edition', '2021', source, '-o', serverPath], { signal });
  const names = [];
  const versions = [];
  const missing = [];
  for (const name of flags.tools.split(',')) {
    const version = await peers[name].version();
    if (version === null) missing.push(name);
    else {
      names.push(name);
      versions.push(`${name} ${version}`);
    }
  }
  const cpus = os.cpus();
  const [load1] = os.loadavg();
  console.log(
    `${cpus[0].model}, ${cpus.length} CPUs, ${os.type()} ${os.release()}, Node ${process.versions.node},`,
  );
  console.log(`${new Date().toISOString().slice(0, 10)}, load average before ${load1.toFixed(2)};`);
  console.log(`server on CPU ${serverCpus}, one tool at a time on CPU ${toolCpus}.`);
  console.log(`${versions.join(', ')}.`);
  if (missing.length > 0) console.log(`Not installed and left out: ${missing.join(', ')}.`);
  if (flags.only !== 'stall') await delays(names);
  if (flags.only !== 'delays') await stall(names);
} catch (error) {
  if (!signal.aborted) throw error;
  console.error(signal.reason.message);
  process.exitCode = 130;
} finally {
  await rm(scratch, { recursive: true });
}
if (!signal.aborted && kvbenchVerdicts.some((one) => one !== 'pass')) process.exitCode = 1;
