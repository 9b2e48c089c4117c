import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli, ownDirs } from '../helpers/cli.js';

let dirs: Awaited<ReturnType<typeof ownDirs>>;
beforeAll(async () => {
  dirs = await ownDirs();
});
afterAll(() => dirs.remove());
const sweep = (...args: string[]) => cli(['sweep', ...args], { cwd: dirs.dir, env: dirs.env });

test.each([
  [['--auto', '--from', '5'], '--auto and --from contradict each other.'],
  [['--linear', '--geometric', '--from', '1', '--to', '2'], '--geometric and --linear contradict'],
  [['--from', '5'], 'A ladder has two ends, and only --from was given.'],
  [['--from', '9', '--to', '5'], "A ladder from 9 to 5 can't be climbed."],
  [['--from', '5', '--to', '9', '--steps', '1'], "A ladder of 1 steps can't be climbed."],
  [['--steps', '7'], 'steps is of a ladder.'],
  [['--slo', 'p99<5'], 'p99<5'],
  [['--slo', 'errors<5'], 'is no objective for a latency.'],
  [['--by', 'users'], "'users'"],
  [['--targets', 'goo'], 'goo'],
  [['--from', 'x'], "'x'"],
])('%j is told, and how to mend it', async (args, message) => {
  const { code, stdout, stderr } = await sweep(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test('--dry-run says what would be done', async () => {
  const { code, stdout, stderr } = await sweep(
    '--dry-run',
    '--from',
    '100',
    '--to',
    '800',
    '--steps',
    '4',
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('requests/s: 100, 200, 400, 800; until p99<5ms is broken');
  expect(stdout).toContain('1.5 times the knee');
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('--dry-run --json has the policy', async () => {
  const { stdout } = await sweep('--dry-run', '--json', '--by', 'connections', '--slo', 'p999<2s');
  expect(JSON.parse(stdout)).toMatchObject({
    config: { operations: ['get'], measures: ['throughput'], connections: 256, durationMs: 1500 },
    policy: { by: 'connections', overload: null, slo: { metric: 'p999Ns', limitNs: 2e9 } },
  });
});

test('the config file and variables say what flags do, in that order', async () => {
  const file = join(dirs.dir, 'kvbench.config.json');
  const section = { slo: 'p90<2ms', from: 100, to: 5000, steps: 3, overload: false };
  await writeFile(file, JSON.stringify({ sweep: section }));
  const policyOf = async (args: string[], env: Record<string, string> = {}) => {
    const { stdout } = await cli(['sweep', '--dry-run', '--json', ...args], {
      cwd: dirs.dir,
      env: { ...dirs.env, ...env },
    });
    return JSON.parse(stdout).policy;
  };
  const ladder = { kind: 'geometric', from: 100, to: 5000, steps: 3 };
  expect(await policyOf([])).toMatchObject({
    ladder,
    overload: null,
    slo: { expression: 'p90<2ms' },
  });
  expect(await policyOf(['--steps', '5'], { KVBENCH_SLO: 'p50<1ms' })).toMatchObject({
    ladder: { ...ladder, steps: 5 },
    slo: { expression: 'p50<1ms' },
  });
  expect(await policyOf(['--auto', '--slo', 'max<1s'], { KVBENCH_SLO: 'p50<1ms' })).toMatchObject({
    ladder: { kind: 'auto' },
    slo: { expression: 'max<1s' },
  });
  await writeFile(file, JSON.stringify({ sweep: { slow: 'p90<2ms' } }));
  const { code, stderr } = await sweep('--dry-run');
  expect(code).toBe(2);
  expect(stderr).toContain('kvbench.config.json:1:11, sweep.slow is not a setting that there is.');
  await rm(file);
});

test('by connections nobody is told of a number of them', async () => {
  const { stdout } = await sweep('--dry-run', '--by', 'connections');
  expect(stdout).toContain(
    'rust, go: get, uniform over 10,000 keys of 128 B\nconnections: 1, 2, 4,',
  );
});
