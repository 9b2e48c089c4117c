// The same binary twice: how often does kvbench see a difference where there is none?
//
//   npm run bench:same -- [--runs 40] [--target go] [--rounds 10] [--duration-ms 150] [--out FILE]
//
// At a confidence of 99 % each figure may be called different in one run of a hundred.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compareTargets, median } from '../dist/internals.js';
import { configOf, markdownTable, measure, prepare, provenance } from './lab.mjs';

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '40' },
    target: { type: 'string', default: 'go' },
    rounds: { type: 'string', default: '10' },
    'duration-ms': { type: 'string', default: '150' },
    interleave: { type: 'string', default: 'slice' },
    out: { type: 'string' },
  },
});
const durationMs = Number(flags['duration-ms']);
const seen = new Map();
const all = [];
let lastConfig = null;
for (let run = 1; run <= Number(flags.runs); run++) {
  const config = configOf(
    {
      targets: [flags.target, flags.target],
      rounds: Number(flags.rounds),
      interleave: flags.interleave,
      durationMs,
      warmupMs: 50,
      sliceMs: Math.max(10, Math.round(durationMs / 2)),
    },
    run,
  );
  lastConfig = config;
  const setup = await prepare(config);
  const comparisons = compareTargets({ config, trials: await measure(config, setup) });
  all.push(comparisons);
  for (const { measure: kind, operation, metric, verdict, ratio } of comparisons) {
    const key = `${kind} ${operation} ${metric}`;
    const entry = seen.get(key) ?? { verdicts: {}, halves: [] };
    entry.verdicts[verdict] = (entry.verdicts[verdict] ?? 0) + 1;
    if (ratio.low !== null) entry.halves.push(Math.sqrt(ratio.high / ratio.low) - 1);
    seen.set(key, entry);
  }
  const different = comparisons.filter((c) => c.verdict === 'higher' || c.verdict === 'lower');
  console.error(
    `run ${run}: ${different.map((c) => `${c.operation} ${c.metric} ${c.ratio.low.toFixed(3)}–${c.ratio.high.toFixed(3)}`).join(', ') || 'no difference'}`,
  );
}
if (flags.out) writeFileSync(flags.out, JSON.stringify(all));
const differences = ({ higher = 0, lower = 0 }) => higher + lower;
console.log(provenance());
console.log(
  `${flags.runs} runs of ${flags.target} against itself, ${flags.rounds} rounds of ${durationMs} ms a trial, ${lastConfig.interleave}\n`,
);
console.log(
  markdownTable(
    ['figure', 'no difference', 'different', 'median half-width of the interval'],
    [...seen].map(([key, { verdicts, halves }]) => [
      key,
      Object.values(verdicts).reduce((sum, count) => sum + count, 0) - differences(verdicts),
      differences(verdicts),
      `±${(median(halves) * 100).toFixed(1)} %`,
    ]),
  ),
);
