// Does each part of a response time get what it caused? Generator and server are stopped (SIGSTOP) while
// a constant rate is offered: what that adds to response times is known by arithmetic, and whose it is. A
// process that never rests beside the generator (a hog) adds what nobody knows, but all of it is the generator's.
//
//   npm run bench:stops [-- --repeat 3]
//
// Needs /proc. Prints Markdown; ends with code 1 if a part is more than 1 % off.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { configOf, markdownTable, measureAll, prepare, provenance } from './lab.mjs';

const { values: flags } = parseArgs({ options: { repeat: { type: 'string', default: '3' } } });

const allowedShare = 0.01;

/**
 * Who is stopped, how often, and for how long. Where in its period a stop begins makes it up to a request
 * more or less, which many stops even out; a low rate, so that what has waited is soon answered.
 */
const cases = [
  { who: ['generator'], times: 60, ms: 10, ratePerSecond: 2000 },
  { who: ['generator'], times: 5, ms: 400, ratePerSecond: 200 },
  { who: ['server'], times: 5, ms: 400, ratePerSecond: 200 },
  { who: ['generator', 'server'], times: 5, ms: 400, ratePerSecond: 200 },
  { who: ['generator'], times: 0, ms: 0, ratePerSecond: 200, hog: true },
  { who: ['generator'], times: 0, ms: 0, ratePerSecond: 2000, hog: true },
];

/** Processes with that executable that descend from this one. */
function descendants(name) {
  const processes = new Map();
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const [argv0] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      processes.set(Number(pid), { name: basename(argv0), parent: Number(parent) });
    } catch {
      // It has ended.
    }
  }
  const isOurs = (pid) =>
    pid === process.pid || (processes.has(pid) && isOurs(processes.get(pid).parent));
  return [...processes]
    .filter(([pid, one]) => one.name === name && isOurs(pid))
    .map(([pid]) => pid);
}

/** Stops processes for a while; how long it really was, ms. */
async function stop(pids, ms) {
  const startMs = performance.now();
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  await delay(ms);
  const ended = performance.now() - startMs;
  for (const pid of pids) process.kill(pid, 'SIGCONT');
  return ended;
}

/** Keeps the CPU that a process is pinned to busy, until the function that it gives is called. */
function hog(pid) {
  const [, cpus] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(
    readFileSync(`/proc/${pid}/status`, 'utf8'),
  );
  const child = spawn('taskset', ['-c', cpus, process.execPath, '-e', 'for (;;);'], {
    stdio: 'ignore',
  });
  return () => child.kill('SIGKILL');
}

async function once({ who, times, ms, ratePerSecond, hog: isHogged = false }) {
  const config = configOf({
    targets: ['rust'],
    operations: ['get'],
    measures: ['latency'],
    rounds: 1,
    warmupMs: 200,
    durationMs: 5000,
    rate: ratePerSecond,
    arrivals: 'constant',
    engine: 'native',
    // As many as would wait: nobody waits for a connection.
    connections: 512,
    calibrate: false,
  });
  const setup = await prepare(config);
  const stopped = [];
  let endHog = () => {};
  const names = { generator: 'rust-load', server: 'rust-kv' };
  const interfere = async () => {
    await delay(config.warmupMs + 500);
    const pids = who.flatMap((one) => descendants(names[one]));
    if (pids.length !== who.length)
      throw new Error(`${pids.length} processes of ${who.join(' and ')}`);
    if (isHogged) endHog = hog(pids[0]);
    for (let time = 0; time < times; time++) {
      stopped.push(await stop(pids, ms));
      await delay(ms < 100 ? 50 : 300);
    }
  };
  let interfering = Promise.resolve();
  const { trials } = await measureAll(config, setup, ({ type }) => {
    if (type === 'stretch-start') interfering = interfere();
  });
  await interfering;
  endHog();
  const [{ parts, requests }] = trials;
  const total = ({ meanNs }) => (requests.answered * meanNs) / 1e6;
  // One that is due at t into a stop of S waits for S - t.
  const causedMs = stopped.reduce(
    (sum, one) => sum + (ratePerSecond * (one / 1000) ** 2 * 1000) / 2,
    0,
  );
  return {
    causedMs,
    generatorMs: total(parts.heldUp) + total(parts.pickedUp),
    serverMs: total(parts.waiting) + total(parts.server),
  };
}

const rows = [];
let isWithin = true;
for (const one of cases) {
  for (let time = 0; time < Number(flags.repeat); time++) {
    const still = await once({ ...one, times: 0, hog: false });
    const found = await once(one);
    const added = {
      generator: found.generatorMs - still.generatorMs,
      server: found.serverMs - still.serverMs,
    };
    // What both stood still for would have been late by the generator alone.
    const [whose] = one.who;
    const other = whose === 'server' ? 'generator' : 'server';
    const caused = one.hog ? added.generator + added.server : found.causedMs;
    const off = (added[whose] - caused) / caused;
    const spilt = added[other] / caused;
    isWithin &&= Math.abs(off) <= allowedShare && Math.abs(spilt) <= allowedShare;
    const percent = (share) => `${(share * 100).toFixed(2)} %`;
    rows.push([
      one.who.join(' and '),
      one.hog ? 'a hog on its CPU' : `${one.times} × ${one.ms} ms`,
      `${one.ratePerSecond}/s`,
      ...[`${Math.round(caused)} ms`, `${Math.round(added[whose])} ms`, percent(off)],
      percent(spilt),
    ]);
  }
}
console.log(`${provenance()}\n`);
console.log(
  markdownTable(
    ['held up', 'how', 'rate', 'caused', 'found there', 'off by', 'found elsewhere'],
    rows,
  ),
);
process.exitCode = isWithin ? 0 : 1;
