import { Command } from 'commander';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addRunFlags, runRequest } from '../../src/cli/run-flags.js';
import { defaultConfig, type RunConfig, runConfigSchema } from '../../src/config/schema.js';
import { defaultGatePolicy, type GatePolicy } from '../../src/gate/policy.js';
import { flagsOf, gateFlagsOf } from '../../src/report/repeat.js';
import { aConfig } from '../helpers/results.js';
import { recordedGate } from '../helpers/saved.js';

const defaults: RunConfig = { ...defaultConfig, seed: 0 };

/** What the command line makes of the words. */
function parsed(argv: readonly string[]): RunConfig {
  const command = addRunFlags(new Command('run').exitOverride());
  command.parse([...argv], { from: 'user' });
  const io = { env: {}, cwd: '/', args: [] };
  const context = { io, bundled: [] } as unknown as Parameters<typeof runRequest>[1];
  const { settings } = runRequest(command, context);
  return { ...defaults, ...(settings as Partial<RunConfig>) };
}

const ms = (min: number, max: number) => fc.integer({ min, max });
const name = fc.oneof(fc.constantFrom('rust', 'go', '--x', "a'b $c"), fc.string({ minLength: 1 }));
const operations = fc.constantFrom<string[]>(
  ['get'],
  ['get', 'post'],
  ['post', 'get'],
  ['get:95,post:5'],
  ['post:5,get:95'],
  ['get:95,post:5', 'get'],
);
const config = fc
  .record<RunConfig>({
    targets: fc.array(name, { minLength: 1, maxLength: 4 }),
    operations,
    measures: fc.constantFrom<RunConfig['measures']>(['latency'], ['throughput', 'latency']),
    rate: fc.oneof(
      fc.constant('auto' as const),
      fc.integer({ min: 1, max: 1e6 }),
      fc.constant(1.5),
    ),
    arrivals: fc.constantFrom('constant', 'poisson'),
    connections: ms(1, 10_000),
    requestsPerConnection: fc.option(ms(1, 1000)),
    durationMs: ms(50, 86_400_000),
    warmupMs: ms(0, 3_600_000),
    rounds: fc.oneof(fc.constant('auto' as const), ms(1, 1000)),
    precision: fc.double({ min: 0.001, max: 1, noNaN: true }),
    timeBudgetMs: ms(1000, 86_400_000),
    interleave: fc.constantFrom('slice', 'request', 'none'),
    sliceMs: ms(10, 60_000),
    intervalMs: fc.oneof(fc.constant('auto' as const), ms(10, 3_600_000)),
    keys: ms(1, 10_000_000),
    valueSize: fc.constantFrom({ minBytes: 1, maxBytes: 1 }, { minBytes: 64, maxBytes: 1024 }),
    distribution: fc.constantFrom('uniform', 'zipfian', 'hotspot', 'latest'),
    hitRatio: fc.double({ min: 0, max: 1, noNaN: true }),
    timeoutMs: ms(10, 600_000),
    workers: fc.option(ms(1, 512)),
    engine: fc.constantFrom('auto', 'native', 'undici'),
    generators: fc.option(ms(1, 64)),
    calibrate: fc.boolean(),
    seed: ms(0, 0xffffffff),
    failOn: fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 3 }),
  })
  .filter((value) => runConfigSchema.safeParse(value).success);

test('the flags of a config give the config back, but for what they have no words for', () => {
  fc.assert(
    fc.property(config, (given) => {
      const { argv, unsaid } = flagsOf(given);
      const asDefault = Object.fromEntries(unsaid.map((key) => [key, defaults[key]]));
      expect(parsed(argv)).toEqual({ ...given, ...asDefault });
    }),
  );
});

test.each<[changes: Partial<RunConfig>, argv: string[]]>([
  [{}, []],
  [{ hitRatio: 1.25e-7 }, ['--hit-ratio', '0.000000125']],
  [{ operations: ['get:95,post:5'] }, ['--operations', 'get:95,post:5']],
  [{ failOn: ['get.p99>5ms', 'rss>1MiB'] }, ['--fail-on', 'get.p99>5ms', '--fail-on', 'rss>1MiB']],
  [{ calibrate: true }, ['--calibrate']],
])('%j is said as %j', (changes, argv) => {
  const flags = flagsOf(aConfig(changes));
  expect(
    flags.argv.filter((word, index, all) => word !== '--seed' && all[index - 1] !== '--seed'),
  ).toEqual(argv);
  expect(flags.unsaid).toEqual([]);
});

test.each<[changes: Partial<RunConfig>, unsaid: string[]]>([
  [{ rate: 1500.5 }, ['rate']],
  [{ operations: ['get:95,post:5', 'get'] }, ['operations']],
  [{ targets: ['a,b'] }, ['targets']],
])('no flag has the words for %j', (changes, unsaid) => {
  expect(flagsOf(aConfig(changes)).unsaid).toEqual(unsaid);
});

test.each<[name: string, changes: Partial<GatePolicy>, argv: string, unsaid: string[]]>([
  ['regression', {}, '', []],
  ['identical', { metrics: ['p50'], rounds: 24 }, '--metrics p50 --rounds 24', []],
  [
    'identical',
    { allowances: { ...defaultGatePolicy.allowances, 'get.p99': 0.2 }, maxStealShare: 0.1 },
    '--allow get.p99=0.2',
    ['maxStealShare'],
  ],
])('a gate (%s) with %j is said with its load and seed', (name, changes, argv, unsaid) => {
  const result = recordedGate(name);
  const flags = gateFlagsOf({ ...result, policy: { ...defaultGatePolicy, ...changes } });
  const load = result.load
    ? '--rate 8000 --connections 16 --duration 1000ms --keys 10000 --value-size 128 --workers 1'
    : '';
  expect(flags.argv.join(' ')).toBe(
    [argv, load, `--seed ${result.seed}`].filter(Boolean).join(' '),
  );
  expect(flags.unsaid).toEqual(unsaid);
});
