// Does the generator's memory grow with the number of requests? RSS of its process after each million,
// in a closed loop against a null target, or in an open one.
//
//   npm run bench:memory -- [--millions 10] [--rate 50000] [--engine undici]
//
// The native engine checks of every request that its parts add up to the whole where assertions are
// compiled in, which takes a cache of its own:
//
//   CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true XDG_CACHE_HOME=/tmp/asserted npm run bench:memory -- --rate 50000
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { requestsOf } from '../dist/internals.js';
import { configOf, markdownTable, prepare, provenance } from './lab.mjs';

const { values: flags } = parseArgs({
  options: {
    millions: { type: 'string', default: '10' },
    rate: { type: 'string' },
    engine: { type: 'string', default: 'auto' },
  },
});
const ratePerSecond = flags.rate === undefined ? null : Number(flags.rate);
const config = configOf({ targets: ['null-rust'], engine: flags.engine });
const setup = await prepare(config);
const server = await setup.startServer('null-rust');
const generator = setup.startGenerator();
const rssMiB = () => {
  const status = readFileSync(`/proc/${generator.pids[0]}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
};
const rows = [];
try {
  const requests = setup.requestsFor('null-rust');
  await generator.preload({ target: 'null-rust', origin: server.origin, requests });
  let answered = 0;
  let failed = 0;
  for (let next = 1; next <= Number(flags.millions); ) {
    const [outcome] = await generator.load({
      targets: ['null-rust'],
      mix: requestsOf('get:50,post:50'),
      pace: ratePerSecond === null ? null : { ratePerSecond, arrivals: 'constant' },
      durationMs: 1000,
      interleave: 'none',
      sliceMs: 1000,
      intervalMs: null,
      seed: answered,
    });
    answered += outcome.answered;
    failed += outcome.planned - outcome.answered;
    if (answered < next * 1e6) continue;
    rows.push([`${(answered / 1e6).toFixed(1)} million`, failed, `${rssMiB().toFixed(1)} MiB`]);
    console.error(rows.at(-1).join(': '));
    next = Math.floor(answered / 1e6) + 1;
  }
} finally {
  await generator.stop();
  await server.stop();
}
const { name } = setup.placement.engine;
const load = ratePerSecond === null ? 'closed loop' : `open loop at ${ratePerSecond}/s`;
console.log(`${provenance()}\n${name} engine, ${load}\n`);
console.log(markdownTable(['requests answered', 'others', 'RSS of the generator'], rows));
