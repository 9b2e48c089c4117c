// Does the generator's memory grow with the number of requests? RSS of its process after one million
// requests and after ten, in a closed loop against a null target, and in an open loop.
//
//   npm run bench:memory -- [--millions 10]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { requestsOf } from '../dist/internals.js';
import { configOf, markdownTable, prepare, provenance } from './lab.mjs';

const { values: flags } = parseArgs({ options: { millions: { type: 'string', default: '10' } } });
const config = configOf({ targets: ['null-rust'] });
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
  for (let next = 1; next <= Number(flags.millions); ) {
    const [outcome] = await generator.load({
      targets: ['null-rust'],
      mix: requestsOf('get:50,post:50'),
      pace: null,
      durationMs: 1000,
      interleave: 'none',
      sliceMs: 1000,
      seed: answered,
    });
    answered += outcome.answered;
    if (answered < next * 1e6) continue;
    rows.push([`${(answered / 1e6).toFixed(1)} million`, `${rssMiB().toFixed(1)} MiB`]);
    console.error(rows.at(-1).join(': '));
    next = Math.floor(answered / 1e6) + 1;
  }
} finally {
  await generator.stop();
  await server.stop();
}
console.log(`${provenance()}\n`);
console.log(markdownTable(['requests', 'RSS of the generator'], rows));
