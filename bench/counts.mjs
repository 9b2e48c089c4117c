// Do the servers count what the generator counts? Every load shape, both servers; a difference of one
// request or one connection in any trial fails.
//
//   npm run bench:counts
import { loadRunConfig } from '../dist/internals.js';
import { markdownTable, measure, prepare, provenance } from './lab.mjs';

const shapes = {
  'get, post': {},
  'get:95,post:5': { operations: ['get:95,post:5'] },
  'YCSB A': { preset: 'ycsb-a' },
  'YCSB B': { preset: 'ycsb-b' },
  'YCSB C': { preset: 'ycsb-c' },
  'YCSB D': { preset: 'ycsb-d' },
  'hit ratio 0.9': { operations: ['get'], hitRatio: 0.9 },
  'values of 16 B to 4 KiB': { valueSize: { minBytes: 16, maxBytes: 4096 } },
  hotspot: { distribution: 'hotspot' },
  'Poisson arrivals': { arrivals: 'poisson' },
  '100 requests a connection': { requestsPerConnection: 100 },
  '1 request a connection': { requestsPerConnection: 1 },
  'request by request': { interleave: 'request' },
  '2 generators': { generators: 2 },
};
const rows = [];
let failed = 0;
for (const [name, { preset = null, ...flags }] of Object.entries(shapes)) {
  const { config } = loadRunConfig({
    quick: false,
    preset,
    flags: { rounds: 3, durationMs: 500, warmupMs: 100, ...flags },
    randomSeed: () => 1,
  });
  const trials = await measure(config, await prepare(config));
  const total = { requests: 0, errors: 0, connections: 0, differing: 0 };
  for (const { requests, runtime, connectionsOpened } of trials) {
    const { counted } = runtime;
    const { get = 0, post = 0 } = requests.byName;
    total.requests += requests.answered;
    total.errors += requests.planned - requests.answered;
    total.connections += connectionsOpened;
    const same =
      counted?.gets === get &&
      counted?.misses === requests.misses &&
      counted?.posts === post &&
      counted?.others === 0 &&
      counted?.connections === connectionsOpened;
    if (!same) total.differing++;
  }
  failed += total.differing + total.errors;
  rows.push([
    name,
    trials.length,
    total.requests,
    total.connections,
    total.errors,
    total.differing,
  ]);
  console.error(rows.at(-1).join(', '));
}
console.log(`${provenance()}\n`);
console.log(
  markdownTable(
    ['load', 'trials', 'requests', 'connections opened', 'errors', 'trials that differ'],
    rows,
  ),
);
process.exitCode = failed > 0 ? 1 : 0;
