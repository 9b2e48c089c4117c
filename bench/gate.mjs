// The gate on real servers: does it cry wolf, does it find work that was put in, and what would others
// have said of the same rounds?
//
//   npm run bench:gate [-- --rounds 60] [--sessions 4] [--only 'go, CPU'] [--out rounds.json] [--rate 8000]
//   npm run bench:gate -- --rounds 0 --live-all   only live sessions, of every cell
//   npm run bench:gate -- --from rounds.json      only evaluates rounds that were kept
//
// A cell is a truth: a server, and the work that head does besides. Rounds of a cell are measured
// once; sessions of the gate are then drawn from them (with replacement, blind to what they hold).
// Live sessions, which stop by themselves, are measured besides.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  createPlan,
  createRandom,
  decide,
  estimateRatio,
  median,
  pairsOf,
  toGatePolicy,
  toGateRounds,
} from '../dist/internals.js';
import { clopperPearson, rivals } from './gate-rivals.mjs';
import {
  configOf,
  markdownTable,
  measure,
  measureAll,
  prepare,
  provenance,
  targetOf,
} from './lab.mjs';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '24' },
    sessions: { type: 'string', default: '2' },
    resampled: { type: 'string', default: '300' },
    only: { type: 'string', default: '' },
    out: { type: 'string' },
    from: { type: 'string' },
    // As the gate itself finds it, once for each server.
    rate: { type: 'string', default: 'auto' },
    'live-all': { type: 'boolean', default: false },
  },
});

const operations = ['get'];
const policy = toGatePolicy({ operations });

/** Server, what head does besides, and how the two share the time. */
const cells = [
  ...[0, 900, 1800, 2700, 3600, 5600, 7500].map((ns) => cpuCell('go', ns, 'request')),
  ...[0, 2700].map((ns) => cpuCell('go', ns, 'slice')),
  ...[0, 2700].map((ns) => cpuCell('rust', ns, 'request')),
  ...[400, 1000].map((us) => ({
    name: `go, 2 % of requests delayed by ${us} µs, request`,
    server: 'go',
    interleave: 'request',
    env: { KV_INJECT_DELAY_NS: String(us * 1000) },
  })),
  {
    name: 'go, 16 KiB allocated a request, request',
    server: 'go',
    interleave: 'request',
    env: { KV_INJECT_ALLOC_BYTES: String(16 * 1024) },
  },
  { ...cpuCell('go', 0, 'request'), name: 'go beside a stressor, nothing, request', stressors: 2 },
];

function cpuCell(server, ns, interleave) {
  const work = ns === 0 ? 'nothing' : `CPU ${(ns / 1000).toFixed(1)} µs`;
  const name = `${server}, ${work}, ${interleave}`;
  return { name, server, interleave, env: { KV_INJECT_CPU_NS: String(ns) } };
}

/** The servers with the injection compiled in; what ships has none of it. */
function buildInjected() {
  const dir = join(tmpdir(), 'kvbench-injected');
  mkdirSync(dir, { recursive: true });
  const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
  const go = join(dir, 'go-kv');
  execFileSync('go', ['build', '-tags', 'kvinject', '-trimpath', '-o', go, '.'], {
    cwd: at('go-kv'),
    stdio: 'inherit',
  });
  const cargo = ['build', '--release', '--locked', '--features', 'inject', '--target-dir', dir];
  execFileSync('cargo', cargo, { cwd: at('rust-kv'), stdio: 'inherit' });
  return { go, rust: join(dir, 'release', 'rust-kv') };
}

const executables = flags.from ? null : buildInjected();

const found = {};
/** The rate of a server: as it was given, or as the gate would find it. */
async function rateOf(cell) {
  if (flags.rate !== 'auto') return Number(flags.rate);
  if (found[cell.server] === undefined) {
    const config = configOf(
      {
        targets: ['base', 'head'],
        operations,
        measures: ['latency'],
        rounds: 1,
        interleave: 'request',
        rate: 'auto',
        durationMs: 300,
        warmupMs: 200,
      },
      1,
    );
    const command = [executables[cell.server]];
    const setup = await prepare(config, [targetOf('base', command), targetOf('head', command)]);
    const { rate } = await measureAll(config, setup);
    found[cell.server] = rate.ratePerSecond;
    console.error(`  ${cell.server}: ${found[cell.server]} requests/s to each`);
  }
  return found[cell.server];
}

/** So many rounds of a cell, as the gate measures them; histograms of the latencies beside them. */
async function measureRounds(cell, rounds, seed) {
  const config = configOf(
    {
      targets: ['base', 'head'],
      operations,
      measures: ['latency'],
      rounds,
      interleave: cell.interleave,
      rate: await rateOf(cell),
      durationMs: 1000,
      warmupMs: 200,
      sliceMs: 250,
    },
    seed,
  );
  const command = [executables[cell.server]];
  const setup = await prepare(config, [targetOf('base', command), targetOf('head', command, cell)]);
  // As many busy loops as there are CPUs, at the priority of everything else.
  const loop = 'for (;;);';
  const stressors = Array.from({ length: cell.stressors ?? 0 }, () =>
    spawn(process.execPath, ['-e', loop], { stdio: 'ignore' }),
  );
  const trials = await measure(config, setup).finally(() => {
    for (const stressor of stressors) stressor.kill('SIGKILL');
  });
  const plan = createPlan(config);
  const firstStarted = (round) => plan.round(round).startOrder[0];
  const { interleave } = cell;
  const gateRounds = toGateRounds(trials, { after: 0, operations, interleave, firstStarted });
  const histogramOf = (round, arm) =>
    trials.find((t) => t.round === round && t.target === arm)?.responseTime?.histogram ?? null;
  return gateRounds.map((round) => ({
    ...round,
    histograms: {
      base: histogramOf(round.number, 'base'),
      head: histogramOf(round.number, 'head'),
    },
  }));
}

/** A session that stops when the gate would; each stretch is fresh processes all through. */
async function liveSession(cell, seed) {
  let rounds = [];
  for (;;) {
    const decision = decide(rounds, policy);
    if (decision.next === 'stop') return { verdict: decision.verdict, rounds };
    const fresh = await measureRounds(cell, decision.rounds, seed + rounds.length);
    rounds = [...rounds, ...fresh.map((r) => ({ ...r, number: rounds.length + r.number }))];
  }
}

/** What the gate says of a session whose rounds are drawn from those of the cell. */
function resampledSession(pool, own, random) {
  let rounds = [];
  for (;;) {
    const decision = decide(rounds, own);
    if (decision.next === 'stop')
      return { outcome: decision.verdict.outcome, rounds: rounds.length };
    rounds = [
      ...rounds,
      ...Array.from({ length: decision.rounds }, (_, i) => ({
        ...pool[Math.floor(random() * pool.length)],
        number: rounds.length + i + 1,
      })),
    ];
  }
}

function share(count, of) {
  const [low, high] = clopperPearson(count, of);
  const percent = (value) => `${(value * 100).toFixed(1)}`;
  return `${percent(count / of)} % (${percent(low)} to ${percent(high)})`;
}

/** The effect that was really there: the estimate over all rounds of the cell. */
function effectOf(pool, metric) {
  const ratios = ratiosOf(pool, metric);
  const { estimate } = estimateRatio(ratios, 0.99);
  return `${((estimate - 1) * 100).toFixed(1)} %`;
}

function ratiosOf(pool, metric) {
  const key = { metric, operation: metric === 'rss' ? null : operations[0] };
  return pairsOf(pool, key).map(({ base, head }) => head / base);
}

function deviation(pool, metric) {
  const logs = ratiosOf(pool, metric).map(Math.log);
  const mean = logs.reduce((sum, x) => sum + x, 0) / logs.length;
  const squares = logs.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  // The middle half as well: a single wild round makes the other one large.
  const sorted = logs.map((x) => Math.abs(x - median(logs))).sort((a, b) => a - b);
  const robust = 1.4826 * (sorted[sorted.length >> 1] ?? 0);
  const percent = (x) => `${(x * 100).toFixed(1)} %`;
  return `${percent(Math.sqrt(squares / (logs.length - 1)))} (${percent(robust)})`;
}

const kept = flags.from ? JSON.parse(readFileSync(flags.from, 'utf8')) : { pools: {}, live: {} };
kept.about ??= provenance();
for (const cell of cells.filter(({ name }) => !flags.from && name.includes(flags.only))) {
  console.error(`${new Date().toISOString()} ${cell.name}`);
  if (Number(flags.rounds) > 0) {
    kept.pools[cell.name] = await measureRounds(cell, Number(flags.rounds), 1);
  }
  const isLive = flags['live-all'] || cell.name.endsWith('nothing, request');
  if (isLive && Number(flags.sessions) > 0) {
    kept.live[cell.name] = [];
    const sessions = cell.stressors
      ? Math.ceil(Number(flags.sessions) / 3)
      : Number(flags.sessions);
    for (let session = 0; session < sessions; session++) {
      const startedMs = performance.now();
      const { verdict, rounds } = await liveSession(cell, 1000 * (session + 1));
      const seconds = Math.round((performance.now() - startedMs) / 1000);
      console.error(
        `  live session: ${verdict.outcome} after ${rounds.length} rounds, ${seconds} s`,
      );
      kept.live[cell.name].push({ verdict, rounds, seconds });
      if (flags.out) writeFileSync(flags.out, JSON.stringify(kept));
    }
  }
  if (flags.out) writeFileSync(flags.out, JSON.stringify(kept));
}

console.log(`${kept.about}\n`);
const metrics = ['p50', 'p90', 'tail', 'p99', 'cpu'];
console.log(
  'Noise of a round: standard deviation of ln(head / base), and a robust one in brackets.\n',
);
const pools = Object.entries(kept.pools);
const lived = Object.entries(kept.live).map(([name, sessions]) => [
  `${name}, live`,
  sessions.flatMap(({ rounds }) => rounds),
]);
console.log(
  markdownTable(
    ['cell', 'rounds', ...metrics],
    [...pools, ...lived].map(([name, pool]) => [
      name,
      pool.length,
      ...metrics.map((m) => deviation(pool, m)),
    ]),
  ),
);

console.log(
  `\nVerdicts of ${flags.resampled} resampled sessions a cell, by the figures that decide.\n`,
);
const rows = [];
for (const [name, pool] of pools) {
  for (const only of [['p50'], ['p90'], ['cpu'], ['p99'], policy.metrics]) {
    const own = { ...policy, metrics: only, interleave: /slice/.test(name) ? 'slice' : 'request' };
    const random = createRandom(7);
    const outcomes = Array.from({ length: Number(flags.resampled) }, () =>
      resampledSession(pool, own, random),
    );
    const count = (outcome) => outcomes.filter((one) => one.outcome === outcome).length;
    rows.push([
      name,
      only.join(', '),
      only.length === 1 ? effectOf(pool, only[0]) : '',
      ...['pass', 'regression', 'inconclusive'].map((o) => share(count(o), outcomes.length)),
      (outcomes.reduce((sum, one) => sum + one.rounds, 0) / outcomes.length).toFixed(0),
    ]);
  }
}
console.log(
  markdownTable(
    ['cell', 'gated', 'true effect', 'pass', 'regression', 'inconclusive', 'rounds'],
    rows,
  ),
);

console.log('\nLive sessions, which stopped by themselves.\n');
console.log(
  markdownTable(
    ['cell', ...metrics, 'sessions', 'pass', 'regression', 'inconclusive', 'rounds', 'seconds'],
    Object.entries(kept.live).map(([name, sessions]) => {
      // What was really there, over all rounds of all sessions.
      const all = sessions.flatMap(({ rounds }) => rounds);
      const count = (o) => sessions.filter(({ verdict }) => verdict.outcome === o).length;
      return [
        ...[name, ...metrics.map((metric) => effectOf(all, metric))],
        ...[sessions.length, count('pass'), count('regression'), count('inconclusive')],
        sessions.map(({ rounds }) => rounds.length).join(' '),
        sessions.map(({ seconds }) => seconds ?? '').join(' '),
      ];
    }),
  ),
);

console.log(
  '\nOther rules on the same rounds: the share of sessions in which they call head slower.\n',
);
console.log(
  markdownTable(
    ['cell', ...rivals.map(({ name }) => name)],
    pools.map(([name, pool]) => [
      name,
      ...rivals.map(({ decide: isSlower }) => {
        const random = createRandom(11);
        const said = Array.from({ length: Number(flags.resampled) }, () => isSlower(pool, random));
        return share(said.filter(Boolean).length, said.length);
      }),
    ]),
  ),
);
