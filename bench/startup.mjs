// How long until a command line is answered, against a Node that does nothing? One after the other, in
// turns, so that whatever else the machine does is in all of them; medians.
//
//   npm run bench:startup -- [--turns 15] [--beside DIR]
//
// `--beside` names another checkout that is built, as that of a release, which then takes its turns too.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '../dist/internals.js';
import { markdownTable, provenance } from './lab.mjs';

const { values: flags } = parseArgs({
  options: { turns: { type: 'string', default: '15' }, beside: { type: 'string' } },
});
const here = fileURLToPath(new URL('..', import.meta.url));
const gate = join(here, 'fixtures/gate/pass.json');
const commands = [
  ['--version'],
  ['--help'],
  ['run', '--help'],
  ['gate', '--replay', gate],
  ['report', gate],
  ['report', join(here, 'fixtures/results/run.json')],
];
const checkouts = [here, ...(flags.beside === undefined ? [] : [resolve(flags.beside)])];
const runOf = (...argv) => ({ argv, times: [] });
const nothing = runOf('-e', '0');
const rows = commands.map((args) => ({
  label: `kvbench ${args.join(' ').replaceAll(`${here}fixtures/`, '')}`,
  runs: checkouts.map((checkout) => runOf(join(checkout, 'bin/kvbench.js'), ...args)),
}));
for (let turn = 0; turn < Number(flags.turns); turn++) {
  for (const { argv, times } of [nothing, ...rows.flatMap(({ runs }) => runs)]) {
    const startMs = performance.now();
    const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    times.push(performance.now() - startMs);
    if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${stderr}`);
  }
}
const nothingMs = median(nothing.times);
const cells = ({ times }) => {
  const ms = median(times);
  return [`${ms.toFixed(0)} ms`, `${(ms / nothingMs).toFixed(1)} ×`];
};
console.log(`${provenance()}; ${flags.turns} turns\n`);
console.log(
  markdownTable(
    ['', ...['this', 'beside'].slice(0, checkouts.length).flatMap((name) => [name, ''])],
    [
      ['`node -e 0`', ...checkouts.flatMap(() => cells(nothing))],
      ...rows.map(({ label, runs }) => [`\`${label}\``, ...runs.flatMap(cells)]),
    ],
  ),
);
