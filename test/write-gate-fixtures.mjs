// Writes fixtures/gate/*.json: sessions whose rounds are simulated, judged by the code as it is.
//
//   node test/write-gate-fixtures.mjs && npx vitest run test/unit/gate-report.test.ts --update
import { writeFileSync } from 'node:fs';
import { createJiti } from 'jiti';

const load = createJiti(import.meta.url);
const { aGateResult, aPolicy, createNormal, runSession } = await load.import('./helpers/gate.ts');

const note = 'The rounds are simulated, with noise as it was measured; nobody ran this session.';
/** What both arms of a round have in common, which no ratio shows. */
const drifting = ({ rounds }) => {
  const normal = createNormal(rounds.length);
  for (const { base, head } of rounds) {
    const drift = Math.exp(0.1 * normal());
    for (const { operations } of [base, head]) {
      for (const figures of Object.values(operations)) {
        for (const name of ['p50Ns', 'p90Ns', 'p99Ns', 'cpuPerRequestNs']) figures[name] *= drift;
      }
    }
  }
  return { rounds };
};
const session = (seed, ratios) =>
  drifting(
    runSession({ ...aPolicy(), timeBudgetMs: 120_000 }, { noise: createNormal(seed), ratios }),
  );
const build = aGateResult([]).base;
const hostile = [
  'main\n::error::owned\r\n',
  '\u001b[2J\u001b[31m"><script>alert(1)</script>',
  '| [x](javascript:alert(1)) `a` ]]> & %0A::warning::',
].join(' ');

const fixtures = {
  pass: aGateResult(session(3, {}).rounds, { note }),
  regression: aGateResult(session(5, { 'get.p50': 1.12, 'get.cpu': 1.14, rss: 1.5 }).rounds, {
    note,
  }),
  inconclusive: aGateResult(session(7, { p99: 1.09 }).rounds, {
    note,
    warnings: [
      {
        code: 'steal',
        message: 'Steal was 6.1 % during round 9: figures there are wider.',
        advice: 'Other guests of the host took the CPU. More --time-budget, or a quieter machine.',
      },
    ],
  }),
  untrusted: aGateResult(broken(session(9, {}).rounds.slice(0, 7)), { note }),
  identical: aGateResult([], { note, head: { ...build, label: 'working tree', commit: null } }),
  hostile: aGateResult(broken(session(9, {}).rounds.slice(0, 3), hostile), {
    note,
    target: hostile.slice(0, 40),
    base: { ...build, label: hostile },
    warnings: [{ code: 'odd', message: `Said ${hostile}.`, advice: hostile }],
  }),
};

function broken(rounds, firstError = 'GET /key-17: status 500 in place of 200') {
  const last = rounds.at(-1);
  Object.assign(last.head.operations.get, { errors: 3, firstError });
  return rounds;
}

for (const [name, { rounds, ...rest }] of Object.entries(fixtures)) {
  // A line a round: they are read by eye, if at all.
  const lines = rounds.map((round) => `    ${JSON.stringify(round)}`).join(',\n');
  const text = JSON.stringify({ ...rest, rounds: [] }, null, 2).replace(
    /"rounds": \[\]\n\}$/,
    () => `"rounds": [\n${lines}\n  ]\n}\n`,
  );
  writeFileSync(new URL(`../fixtures/gate/${name}.json`, import.meta.url), text);
}
