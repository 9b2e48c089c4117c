// The gate's rule on sessions whose truth is known: how often does it cry wolf, how often does it
// find what is there, and after how many rounds?
//
//   npm run bench:gate-simulation -- [--sessions 100000] [--coverage-sessions 100000] [--seed 1]
//     [--only 'on the line'] [--metrics p50,cpu]
//
// The noise is the one that was measured with one binary as both arms; see docs/gate.md.
import { parseArgs } from 'node:util';
import { createJiti } from 'jiti';
import { markdownTable } from './lab.mjs';

const { values: flags } = parseArgs({
  options: {
    sessions: { type: 'string', default: '100000' },
    'coverage-sessions': { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    metrics: { type: 'string', default: 'p50,p90,tail,cpu' },
  },
});
// The simulator is the one of the tests; they are TypeScript.
const load = createJiti(import.meta.url);
const { aPolicy, createNormal, measuredSigmas, runSession } =
  await load.import('../test/helpers/gate.ts');
const { estimateShift, walshAverages } = await load.import('../src/stats/signed-rank.ts');

const sessions = Number(flags.sessions);
const seed = Number(flags.seed);
// The eight figures of two operations; memory has next to no noise.
const policy = aPolicy({ metrics: flags.metrics.split(',') });
// The tail's is that of go-kv at 2,000 requests/s to each; docs/gate.md has the rounds.
const sigmas = { ...measuredSigmas, tail: 0.23 };
const times = (factor) =>
  Object.fromEntries(Object.entries(sigmas).map(([name, s]) => [name, s * factor]));
/** Student's t with 3 degrees of freedom, scaled to a variance of 1: now and then a wild round. */
const heavyTails = (normal) => () => {
  const chi = normal() ** 2 + normal() ** 2 + normal() ** 2;
  return normal() / Math.sqrt(chi);
};
const scenarios = [
  ['base against base', {}, 1],
  ['head 1 % slower in all', { p50: 1.01, p90: 1.01, cpu: 1.01, p99: 1.01, tail: 1.01 }, 1],
  ['half the allowance in all', { p50: 1.025, p90: 1.05, cpu: 1.025, p99: 1.05, tail: 1.1 }, 1],
  ['on the line in all', { p50: 1.05, p90: 1.1, cpu: 1.05, p99: 1.1, tail: 1.2 }, 1],
  ['+5 % P50 and CPU (on the line)', { p50: 1.05, cpu: 1.05 }, 1],
  ['+7.5 % P50 and CPU', { p50: 1.075, cpu: 1.075 }, 1],
  ['+10 % P50 and CPU', { p50: 1.1, cpu: 1.1 }, 1],
  ['+7.5 % P50 of get alone', { 'get.p50': 1.075 }, 1],
  ['+7.5 % CPU of get alone', { 'get.cpu': 1.075 }, 1],
  ['+20 % P90 alone', { p90: 1.2 }, 1],
  ['+30 % tail alone', { tail: 1.3 }, 1],
  ['+40 % tail alone', { tail: 1.4 }, 1],
  ['base against base', {}, 2],
  ['on the line in all', { p50: 1.05, p90: 1.1, cpu: 1.05, p99: 1.1, tail: 1.2 }, 2],
  ['+7.5 % P50 and CPU', { p50: 1.075, cpu: 1.075 }, 2],
  ['+10 % P50 and CPU', { p50: 1.1, cpu: 1.1 }, 2],
  ['+40 % tail alone', { tail: 1.4 }, 2],
  ['base against base, heavy tails', {}, 1, heavyTails],
  [
    'on the line in all, heavy tails',
    { p50: 1.05, p90: 1.1, cpu: 1.05, p99: 1.1, tail: 1.2 },
    1,
    heavyTails,
  ],
];
const rows = [];
for (const [index, [name, ratios, noisier, shape = (normal) => normal]] of scenarios.entries()) {
  if (!name.includes(flags.only)) continue;
  const noise = shape(createNormal(seed + index));
  const seen = { pass: 0, regression: 0, inconclusive: 0 };
  let rounds = 0;
  let firstLook = 0;
  for (let session = 0; session < sessions; session++) {
    const truth = { sigmas: times(noisier), ratios, noise };
    const { rounds: measured, verdict, looks } = runSession(policy, truth);
    seen[verdict.outcome]++;
    rounds += measured.length;
    if (looks.length === 1) firstLook++;
  }
  const percent = (count) => `${((count / sessions) * 100).toFixed(2)} %`;
  rows.push([
    name,
    `× ${noisier}`,
    ...[seen.pass, seen.regression, seen.inconclusive, firstLook].map(percent),
    (rounds / sessions).toFixed(1),
  ]);
  console.error(rows.at(-1).join('  '));
}
console.log(`${sessions} sessions each, seed ${seed}\n`);
console.log(
  markdownTable(
    ['truth', 'noise', 'pass', 'regression', 'inconclusive', 'ends at the first look', 'rounds'],
    rows,
  ),
);

const coverage = [];
const covered = Number(flags['coverage-sessions']);
for (const sigma of [0.015, 0.025, 0.09, 0.3]) {
  for (const [n, alpha] of [
    [12, 0.0125],
    [12, 0.003],
    [24, 0.0125],
    [48, 0.025],
  ]) {
    const normal = createNormal(seed + 1000 + coverage.length);
    let above = 0;
    let below = 0;
    for (let session = 0; session < covered; session++) {
      const { low, high } = estimateShift(
        walshAverages(Array.from({ length: n }, () => sigma * normal())),
        alpha,
      );
      if (low > 0) above++;
      if (high < 0) below++;
    }
    const percent = (count) => `${((count / covered) * 100).toFixed(3)} %`;
    coverage.push([sigma, n, `${alpha * 100} %`, percent(above), percent(below)]);
  }
}
console.log(
  `\n${covered} sessions of symmetric noise each\n\n${markdownTable(['σ', 'rounds', 'α', 'low > truth', 'high < truth'], coverage)}`,
);
