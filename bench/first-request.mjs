// How long from Enter until `kvbench run --quick` sends something? All is built before. One run after the
// other, in turns; each is ended once it has begun its first trial. Medians, and the least and the most.
//
//   npm run bench:first-request -- [--turns 15] [--beside DIR]
//
// `--beside` names another checkout that is built, which then takes its turns too. When something is sent is
// known by the lines that the load generator is given to play: first-request-told.mjs tells of them.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '../dist/internals.js';
import { markdownTable, provenance } from './lab.mjs';

const { values: flags } = parseArgs({
  options: { turns: { type: 'string', default: '15' }, beside: { type: 'string' } },
});
const here = fileURLToPath(new URL('..', import.meta.url));
const hook = pathToFileURL(join(here, 'bench/first-request-told.mjs')).href;
const firsts = {
  preload: 'the first key is stored, to see how long that takes',
  load: 'the first load, to find a rate',
  trial: 'the first load of the first trial',
};

/** When each of those was sent, ms after the process was started. */
async function firstsOf(checkout) {
  const startMs = Date.now();
  const out = join(tmpdir(), `kvbench-first-request-${process.pid}.json`);
  const args = ['--import', hook, join(checkout, 'bin/kvbench.js'), 'run', '--quick', '--out', out];
  const child = spawn(process.execPath, args, {
    cwd: tmpdir(),
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = once(child, 'exit');
  const told = {};
  for await (const line of createInterface({ input: child.stdio[3] })) {
    const [name, atMs] = line.split(' ');
    told[name] ??= Number(atMs) - startMs;
    if (name === 'trial') child.kill('SIGTERM');
  }
  await ended;
  if (told.trial === undefined) throw new Error(`no trial was begun: ${stderr}`);
  return told;
}

const checkouts = [here, ...(flags.beside === undefined ? [] : [resolve(flags.beside)])];
for (const checkout of checkouts) {
  const built = spawnSync(process.execPath, [join(checkout, 'bin/kvbench.js'), 'build']);
  if (built.status !== 0) throw new Error(String(built.stderr));
  // The load engine, which no command builds alone.
  await firstsOf(checkout);
}
const runs = checkouts.map(() => []);
for (let turn = 0; turn < Number(flags.turns); turn++) {
  for (const [index, checkout] of checkouts.entries()) runs[index].push(await firstsOf(checkout));
}
const cells = (times) => {
  const [middle, least, most] = [median(times), Math.min(...times), Math.max(...times)].map((ms) =>
    (ms / 1000).toFixed(2),
  );
  return `${middle} s (${least} to ${most})`;
};
console.log(`${provenance()}; ${flags.turns} turns\n`);
console.log(
  markdownTable(
    ['from Enter until', ...['this', 'beside'].slice(0, checkouts.length)],
    Object.entries(firsts).map(([name, label]) => [
      label,
      ...runs.map((own) => cells(own.map((told) => told[name]))),
    ]),
  ),
);
