// Does a lock that several workers want show? One mutex around a map beside 64 of them, by workers.
//
//   npm run bench:contention [-- --workers 1,2,4] [--rounds 8]
//
// With one worker nobody waits for a lock, so nothing may separate the two. With several, one mutex is
// to fall behind, where there are CPUs for them: servers and generator share what there is. Keys are
// many: with one hot key all requests want the same lock in either store.
import { parseArgs } from 'node:util';
import { run } from '../dist/internals.js';
import { markdownTable, provenance } from './lab.mjs';

const { values: flags } = parseArgs({
  options: {
    workers: { type: 'string', default: '1,2' },
    rounds: { type: 'string', default: '8' },
  },
});

const rows = [];
for (const workers of flags.workers.split(',').map(Number)) {
  const result = await run({
    config: null,
    settings: {
      targets: ['rust+mutex', 'rust+shards', 'go+mutex', 'go+shards'],
      workers,
      rounds: Number(flags.rounds),
      measures: ['throughput'],
      operations: ['get:50,post:50'],
      connections: 32,
      durationMs: 600,
    },
    onEvent: (event) => {
      if (event.type === 'round')
        process.stderr.write(`\r${workers} workers, round ${event.round} `);
    },
  });
  for (const language of ['rust', 'go']) {
    for (const { metric, target, reference, ratio } of result.comparisons) {
      const names = [target, reference];
      if (!names.includes(`${language}+mutex`) || !names.includes(`${language}+shards`)) continue;
      if (!ratio || !['requestsPerSecond', 'requestsPerCpuSecond'].includes(metric)) continue;
      const { estimate, low, high } = ratio;
      rows.push([
        ...[workers, metric, `${target} / ${reference}`, estimate.toFixed(3)],
        low === null ? 'too few rounds' : `${low.toFixed(3)} to ${high.toFixed(3)}`,
      ]);
    }
  }
}
process.stderr.write('\n');
console.log(markdownTable(['workers', 'figure', 'targets', 'ratio', 'interval'], rows));
console.log(provenance());
