import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packagePath } from '../../src/package.js';
import { minAutomaticRounds } from '../../src/plan/plan.js';
import { resultSchema } from '../../src/result/schema.js';
import {
  bundledAnd,
  cli as cliWith,
  fixtureTarget,
  ownDirs,
  unexaminedTarget,
} from '../helpers/cli.js';
import { validatorOf } from '../helpers/json-schema.js';
import { processesWith } from '../helpers/processes.js';

const bundled = bundledAnd(
  unexaminedTarget(),
  unexaminedTarget({ name: 'impatient', stopTimeoutMs: 500 }),
  fixtureTarget({ name: 'strict' }),
);
const cli: typeof cliWith = (args, options) => cliWith(args, { bundled, ...options });

let dirs: Awaited<ReturnType<typeof ownDirs>>;
let mark: string;
beforeEach(async () => {
  dirs = await ownDirs();
  mark = `KVBENCH_TEST=${dirs.dir}`;
  process.env['KVBENCH_TEST'] = dirs.dir;
});
afterEach(async () => {
  delete process.env['KV_FAULT'];
  delete process.env['KV_FAULT_AFTER'];
  // However a run ends, nothing of it goes on.
  await expect.poll(() => processesWith(mark), { timeout: 30_000 }).toEqual([]);
  delete process.env['KVBENCH_TEST'];
  await dirs.remove();
});

const out = () => join(dirs.dir, 'result.json');
const small = '--duration 100ms --warmup 50ms --rounds 1 --keys 200 --rate 200'.split(' ');
const closed = ['--measure', 'throughput'];
/**
 * Each connection asks at least once, however slow the machine is: what shows after so many requests
 * does so in the trial, and not while keys are stored.
 */
const surely = ['--warmup', '0ms', '--connections', '8'];
const afterKeys = 205;

function run(fault: string | null, args: readonly string[] = [], after?: number) {
  if (fault) process.env['KV_FAULT'] = fault;
  if (after !== undefined) process.env['KV_FAULT_AFTER'] = String(after);
  return cli(
    ['run', '--targets', 'fixture', ...small, '--connections', '4', '--out', out(), ...args],
    { env: dirs.env },
  );
}

const saved = async () => resultSchema.parse(JSON.parse(await readFile(out(), 'utf8')));

test('a server that behaves: tables on stdout, progress on stderr, exit 0', async () => {
  const { code, stdout, stderr } = await run(null, ['--targets', 'strict']);
  expect(stderr).toMatch(/strict keeps the contract: \d+ vectors pass/);
  expect(stderr).toContain(`saved to ${out()}`);
  expect(stdout).toContain('requests/s');
  expect(stdout).not.toContain('\u001b');
  expect(code).toBe(0);
  const result = await saved();
  expect(result.state).toBe('complete');
  expect(result.trials.map(({ measure, operation }) => `${measure} ${operation}`)).toEqual([
    'latency get',
    'latency post',
    'throughput get',
    'throughput post',
  ]);
  for (const trial of result.trials) {
    const { planned, answered, errors } = trial.requests;
    expect(answered).toBeGreaterThan(0);
    expect(planned).toBe(answered + Object.values(errors).reduce((a, b) => a + b, 0));
  }
  for (const { operation, readBack } of result.trials) {
    if (operation === 'get') expect(readBack).toBeNull();
    else expect(readBack).toMatchObject({ lost: 0, unreadable: 0 });
  }
  expect(result.trials[3]?.readBack?.checked).toBeGreaterThan(0);
});

test('--json prints the saved document and nothing else, as the published schema has it', async () => {
  const { stdout } = await run(null, ['--json', '--operations', 'get']);
  expect(JSON.parse(stdout)).toEqual(await saved());
  const schema = JSON.parse(await readFile(packagePath('schema/result-v6.schema.json'), 'utf8'));
  const validate = validatorOf(schema);
  expect(validate(JSON.parse(stdout)), JSON.stringify(validate.errors)).toBe(true);
});

test('--show runtime shows what is known of the inside', async () => {
  const { stdout } = await run(null, [...closed, '--operations', 'get', '--show', 'runtime']);
  expect(stdout).toContain('Inside the servers (throughput, get)');
  expect(stdout).toMatch(/^threads +\d+$/m);
});

test('the rate is found by trying, and told', async () => {
  const auto = ['--rate', 'auto', '--measure', 'latency', '--operations', 'get'];
  const { code, stderr } = await run(null, auto);
  expect(code).toBe(0);
  const { rate } = await saved();
  expect(rate).toMatchObject({ chosenBy: 'calibration', capacities: [{ target: 'fixture' }] });
  expect(rate?.ratePerSecond).toBeLessThan(rate?.capacities[0]?.requestsPerSecond ?? 0);
  expect(stderr).toMatch(/latency is measured at [\d,]+ requests\/s to each/);
});

test('automatic rounds end by themselves', async () => {
  // With one target there is nothing to compare, and so nothing to wait for.
  const args = '--rounds auto --operations get --duration 50ms --warmup 0ms'.split(' ');
  const { code, stderr } = await run(null, [...closed, ...args]);
  expect(code).toBe(0);
  expect((await saved()).trials).toHaveLength(minAutomaticRounds);
  expect(stderr).toMatch(/^round 1\/auto, at most /m);
});

test('the same server twice: two names, and no difference that is none', async () => {
  const twice = ['--targets', 'fixture,fixture', '--rounds', '2', '--operations', 'get'];
  const { code } = await run(null, twice);
  expect(code).toBe(0);
  const { trials, artifacts, comparisons } = await saved();
  expect(artifacts.map(({ target }) => target)).toEqual(['fixture']);
  expect([...new Set(trials.map(({ target }) => target))].sort()).toEqual(['fixture', 'fixture#2']);
  expect(new Set(comparisons.map(({ target, reference }) => `${target} / ${reference}`))).toEqual(
    new Set(['fixture / fixture#2']),
  );
  expect(new Set(comparisons.map(({ verdict }) => verdict))).not.toContain('higher');
});

describe('wrong answers are measured but not trusted: exit 4', () => {
  test.each([
    ['wrong-body', 'mismatch', 'get', 5],
    ['wrong-status', 'status', 'get', 5],
    // A read that meets a closed connection is sent again.
    ['reset', 'reset', 'post', afterKeys],
  ] as const)('%s', async (fault, kind, operation, after) => {
    const args = [...closed, ...surely, '--operations', operation];
    const { code, stdout } = await run(fault, args, after);
    const result = await saved();
    expect(result.trials[0]?.requests.errors[kind]).toBeGreaterThan(0);
    expect(stdout).toMatch(/not\s+to\s+be\s+trusted/);
    expect(code).toBe(4);
  });

  test('lost writes', async () => {
    // So many keys that a lost write is seldom made good by a later one.
    const args = [...closed, ...surely, '--operations', 'post', '--keys', '2000'];
    const { code, stdout } = await run('lose-writes', args, 5);
    expect((await saved()).trials[0]?.readBack?.lost).toBeGreaterThan(0);
    expect(stdout).toContain('did not keep');
    expect(code).toBe(4);
  });
});

describe('servers that do not serve: exit 3, a sentence and a hint', () => {
  test.each([
    ['exit', 'exited with code 3 before it listened'],
    ['garbage', 'in place of its listening line'],
    ['contract', 'does not keep the contract'],
  ])('%s', async (fault, message) => {
    const { code, stdout, stderr } = await run(fault, ['--targets', 'strict']);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe('');
    expect(code).toBe(3);
    expect(await readdir(dirs.dir)).not.toContain('result.json');
  });

  test('dies in the middle of a trial', async () => {
    const { code, stderr } = await run('die', [...closed, ...surely], afterKeys);
    expect(stderr).toMatch(/fixture .* while it was needed/);
    expect(code).toBe(3);
  });

  test('stops answering', async () => {
    const args = [...closed, ...surely, '--timeout', '2s', '--operations', 'get'];
    const { code, stderr } = await run('hang', args, afterKeys);
    expect(stderr).toContain('no answer within 2000 ms');
    expect([3, 4]).toContain(code);
    expect((await saved()).trials[0]?.requests.errors.timeout).toBeGreaterThan(0);
  });

  test('stops answering in an open loop: what is due has an end all the same', async () => {
    const args = '--measure latency --timeout 2s --operations get --rate 1000'.split(' ');
    const { code, stderr } = await run('hang', [...args, ...surely], afterKeys);
    expect(stderr).toMatch(/no answer within 2000 ms|found no free connection in time/);
    expect([3, 4]).toContain(code);
    for (const { requests } of (await saved()).trials) {
      const failed = Object.values(requests.errors).reduce((a, b) => a + b, 0);
      expect(requests.planned).toBe(requests.answered + failed);
      expect(requests.planned).toBe(100);
      expect(requests.errors.timeout).toBeGreaterThan(0);
    }
  });

  test('does not end when told to: it is killed', async () => {
    const deaf = ['--targets', 'impatient', '--operations', 'get', ...closed];
    const { code, stdout } = await run('ignore-term', deaf);
    expect(stdout).toMatch(/impatient did not end when .* killed: it had\s+0\.5 s\./);
    expect(code).toBe(0);
  });
});

test('what differs from the contract is readable in colour too', async () => {
  process.env['KV_FAULT'] = 'contract';
  const env = { ...dirs.env, FORCE_COLOR: '1' };
  const { stderr } = await cli(['run', '--targets', 'strict', '--out', out()], { env });
  expect(stderr).toContain('received  not found');
  expect(stderr).not.toContain('\\x1b');
});

test('an interrupt keeps what was measured', async () => {
  const abort = new AbortController();
  const { KvbenchError } = await import('../../src/errors.js');
  const pending = cli(
    ['run', '--targets', 'fixture', ...small, ...closed, '--rounds', '8', '--out', out()],
    {
      env: dirs.env,
      signal: abort.signal,
      onStderr: (text) => {
        if (text.includes('round 3')) abort.abort(new KvbenchError('interrupted', 'Stop.', ''));
      },
    },
  );
  const { code, stdout } = await pending;
  expect(code).toBe(130);
  expect(stdout).toContain('interrupted in round');
  const result = await saved();
  expect(result.state).toBe('interrupted');
  expect(result.trials.length).toBeGreaterThanOrEqual(4);
});

test('an unwritable cache', async () => {
  await writeFile(join(dirs.dir, 'file'), '');
  await mkdir(join(dirs.dir, 'x'));
  const env = { ...dirs.env, XDG_CACHE_HOME: join(dirs.dir, 'file') };
  const { code, stderr } = await cli(['build', 'fixture'], { env });
  expect(stderr).toContain('XDG_CACHE_HOME');
  expect(code).toBe(2);
});

test('build prints time, size and toolchain', async () => {
  const { code, stdout } = await cli(['build', 'fixture'], { env: dirs.env });
  expect(stdout).toContain(process.version);
  expect(code).toBe(0);
  const [artifact] = JSON.parse(
    (await cli(['build', 'fixture', '--json'], { env: dirs.env })).stdout,
  );
  expect(artifact).toMatchObject({ target: 'fixture', toolchain: process.version });
});
