// Is what `kvbench costs` says true? Servers whose costs are known, and each bundled one beside itself.
//
//   npm run bench:costs [-- --only keys,start,build,size,collector,same]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  bundledTarget,
  bundledTargets,
  costRowNames,
  costs,
  ratioWithin,
} from '../dist/internals.js';
import { markdownTable, provenance } from './lab.mjs';

const { values: flags } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const wanted = (name) => flags.only === '' || flags.only.split(',').includes(name);

const dir = mkdtempSync(join(tmpdir(), 'kvbench-costs-'));
const server = fileURLToPath(new URL('../fixtures/servers/costly.mjs', import.meta.url));

/** A target of a config: the fixture with these flags. */
const costly = (options = {}, build = undefined) => ({
  start: {
    command: [
      process.execPath,
      server,
      ...['--port', '{port}'],
      ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ],
  },
  ready: { http: '/' },
  ...(build && { build }),
});

const requests = {
  put: { method: 'PUT', path: '/{key}', body: '{value}' },
  get: { path: '/{key}', missing: { status: 404 } },
};

/** What is found of each target, as `value(target, figure)` and `values`. */
async function measure(targets, parts, more = {}) {
  const own = Array.isArray(targets) ? targets : Object.keys(targets);
  const result = await costs({
    cwd: dir,
    config: Array.isArray(targets) ? {} : { targets, requests },
    targets: own,
    costs: { parts, ...more },
    onEvent: ({ type, part, target, round }) => {
      if (type === 'cost-round') process.stderr.write(`\r${part} ${target} ${round}   `);
    },
  });
  process.stderr.write('\n');
  return (target, figure) =>
    result.figures.find((one) => one.target === target && one.figure === figure);
}

const rows = [];
const add = (what, truth, found) =>
  rows.push([what, truth, found, `${((found / truth - 1) * 100).toFixed(1)} %`]);

try {
  if (wanted('keys')) {
    // What node itself takes of each is in both.
    const more = async (flag, figure, bytes, settings) => {
      const targets = { less: costly({ [flag]: bytes }), more: costly({ [flag]: 2 * bytes }) };
      const of = await measure(targets, ['memory'], { rounds: 5, ...settings });
      return of('more', figure).value - of('less', figure).value;
    };
    for (const bytes of [1000, 10_000, 50_000]) {
      const settings = { keys: Math.round(2e8 / bytes), connections: 100 };
      add('bytes more a key', bytes, await more('key-bytes', 'memory.key', bytes, settings));
    }
    for (const bytes of [20_000, 200_000]) {
      const settings = { keys: 1000, connections: 1000 };
      const found = await more('connection-bytes', 'memory.connection', bytes, settings);
      add('bytes more a connection', bytes, found);
    }
  }
  if (wanted('start')) {
    const targets = { soon: costly(), late: costly({ 'start-ms': 300 }) };
    const of = await measure(targets, ['start']);
    const ms = (target) => of(target, 'start.warm').value / 1e6;
    add('ms later to start', 300, ms('late') - ms('soon'));
  }
  if (wanted('build')) {
    const build = (seconds) => ({ command: ['sh', '-c', `sleep ${seconds}`] });
    const targets = { soon: costly({}, build(0)), late: costly({}, build(2)) };
    const of = await measure(targets, ['build']);
    const ms = (target) => of(target, 'build.again').value / 1e6;
    add('ms longer to build', 2000, ms('late') - ms('soon'));
  }
  if (wanted('size')) {
    const build = (bytes) => ({
      command: [
        'sh',
        '-c',
        `cp "$(command -v true)" out-${bytes}; head -c ${bytes} /dev/zero >> out-${bytes}`,
      ],
      artifact: `out-${bytes}`,
    });
    const targets = { small: costly({}, build(0)), large: costly({}, build(2 ** 20)) };
    const of = await measure(targets, ['artifact']);
    const bytes = (target) => of(target, 'artifact.size').value;
    add('bytes of padding', 2 ** 20, bytes('large') - bytes('small'));
  }
  if (rows.length > 0) console.log(markdownTable(['what', 'truth', 'found', 'off by'], rows));
  if (wanted('collector')) {
    const { recipe } = bundledTargets.find(({ name }) => name === 'go');
    const inject = '-tags=kvinject';
    const injected = {
      ...recipe,
      builtAs: 'go-injected',
      flags: [...recipe.flags, inject],
      buildCommand: (dirs) => recipe.buildCommand(dirs).toSpliced(-1, 0, inject),
    };
    // It never collects by itself.
    const variables = { 'go-none': {}, 'go-every-300-ms': { KV_INJECT_GC_MS: '300' } };
    for (const [name, more] of Object.entries(variables)) {
      bundledTargets.push(bundledTarget({ ...injected, name, startEnv: { GOGC: 'off', ...more } }));
    }
    const of = await measure(Object.keys(variables), ['collector'], { heaps: [100_000] });
    const found = Object.keys(variables).map((name) => {
      const [cycles, p99] = ['cycles', 'p99'].map((what) => of(name, `collector.${what}`));
      const text = ({ value, reason }) => (value === null ? `n/a: ${reason}` : value.toFixed(2));
      const interval = p99.low === null ? '' : `${p99.low.toFixed(2)} to ${p99.high.toFixed(2)}`;
      return [name, text(cycles), text(p99), interval];
    });
    console.log(
      markdownTable(['server', 'collections a second', 'P99 beside one', 'interval'], found),
    );
  }
  if (wanted('same')) {
    const twice = [];
    for (const target of ['rust', 'go']) {
      const of = await measure([target, target], ['start', 'memory', 'threads']);
      for (const part of ['start', 'memory', 'threads']) {
        for (const figure of costRowNames) {
          if (!figure.startsWith(`${part}.`)) continue;
          const [one, other] = [of(target, figure), of(`${target}#2`, figure)];
          const ratio = one && other ? ratioWithin(one.values, other.values) : null;
          if (ratio?.low == null) continue;
          const holds = ratio.low <= 1 && ratio.high >= 1;
          twice.push([
            target,
            figure,
            ratio.value.toFixed(3),
            ratio.low.toFixed(3),
            ratio.high.toFixed(3),
            holds,
          ]);
        }
      }
    }
    console.log(markdownTable(['target', 'figure', 'ratio', 'low', 'high', 'holds 1'], twice));
    console.log(`${twice.filter((row) => row.at(-1)).length} of ${twice.length} intervals hold 1`);
  }
  console.log(provenance());
} finally {
  rmSync(dir, { recursive: true, force: true });
}
