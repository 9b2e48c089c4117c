import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readResult } from '../../src/api/documents.js';
import { configJsonSchema } from '../../src/api/project.js';
import type { RunConfig } from '../../src/config/schema.js';
import { describeLoadOf } from '../../src/report/describe.js';
import { runKind } from '../../src/report/kinds/run.js';
import { sweepKind } from '../../src/report/kinds/sweep.js';
import { compareResults } from '../../src/stats/compare-results.js';
import { cli } from '../helpers/cli.js';
import { directoryWith } from '../helpers/project.js';
import { aSweepResult } from '../helpers/reports.js';
import { aLatencyTrial, aResult } from '../helpers/results.js';

/** A setting that no code heeds: a row of the table. */
vi.mock('../../src/config/settings/table.js', async (original) => {
  const table = await original<{ settings: object }>();
  const { z } = await import('zod');
  const { setting } = await import('../../src/config/settings/setting.js');
  const { wholeNumber } = await import('../../src/config/settings/texts.js');
  const pipelining = setting({
    schema: z.int().min(1).max(64).describe('requests under way on each connection'),
    default: 1,
    before: 1,
    flag: '--pipelining <n>',
    text: wholeNumber,
    help: (count) => `under way on each connection (default: ${count})`,
    part: 'load',
    fingerprint: 'all',
    told: (count) => `${count} in flight`,
  });
  Object.assign(table.settings, { pipelining });
  return table;
});

const result = (changes: object = {}) => aResult([aLatencyTrial()], changes as Partial<RunConfig>);

let project: Awaited<ReturnType<typeof directoryWith>>;
beforeAll(async () => {
  const run = { targets: ['rust'], pipelining: 2 };
  project = await directoryWith({
    'kvbench.config.json': JSON.stringify({ run }),
    // As it was saved when there was no such setting.
    'old.json': JSON.stringify(result(), (key, value) =>
      key === 'pipelining' ? undefined : value,
    ),
  });
});
afterAll(() => project.remove());

const kvbench = (args: string[], env: Record<string, string> = {}) =>
  cli(args, { env, cwd: project.dir });

describe('a row in the table of settings', () => {
  test.each(['run', 'config', 'sweep', 'export k6'])('is in the help of %s', async (name) => {
    const { stdout } = await kvbench([...name.split(' '), '--help']);
    expect(stdout).toMatch(/^ +--pipelining <n> +under way on each connection \(default:\s+1\)$/m);
  });

  test('is in the help of the gate, which tells no defaults of the load', async () => {
    const { stdout } = await kvbench(['gate', '--help']);
    expect(stdout).toMatch(/^ +--pipelining <n> +under way on each connection$/m);
  });

  test('is in no help of a command that sends no such load', async () => {
    expect((await kvbench(['costs', '--help'])).stdout).not.toContain('pipelining');
  });

  test.each<[string[], Record<string, string>, number, string]>([
    [['--config', 'kvbench.config.json'], {}, 2, 'kvbench.config.json:1:28'],
    [[], { KVBENCH_PIPELINING: '3' }, 3, 'KVBENCH_PIPELINING'],
    [['--pipelining', '4'], { KVBENCH_PIPELINING: '3' }, 4, '--pipelining'],
  ])('is read from %j with %j', async (args, env, value, source) => {
    const { config, sources } = JSON.parse(
      (await kvbench(['config', '--json', ...args], env)).stdout,
    );
    expect(config.pipelining).toBe(value);
    expect(sources.pipelining).toBe(source);
  });

  test.each<[string[], Record<string, string>, string]>([
    [['--pipelining', 'x'], {}, 'Give a whole number.'],
    [['--pipelining', '65'], {}, '--pipelining is 65.'],
    [[], { KVBENCH_PIPELINING: '0' }, 'KVBENCH_PIPELINING is 0.'],
  ])('is checked: %j with %j', async (args, env, told) => {
    const { code, stderr } = await kvbench(['config', ...args], env);
    expect(code).toBe(2);
    expect(stderr).toContain(told);
  });

  test('is in the published schemas', () => {
    const { properties } = JSON.parse(configJsonSchema());
    expect(properties.run.properties.pipelining).toMatchObject({ type: 'integer', maximum: 64 });
    expect(properties.scenarios.additionalProperties.properties).toHaveProperty('pipelining');
  });

  test('is said by the line that repeats a run or a sweep, unless it is the default', () => {
    expect(runKind.provenance(result({ pipelining: 4 })).command).toContain(' --pipelining 4');
    expect(runKind.provenance(result()).command).not.toContain('pipelining');
    const sweep = aSweepResult();
    const config = { ...sweep.config, pipelining: 5 };
    expect(sweepKind.provenance({ ...sweep, config }).command).toContain(' --pipelining 5');
  });

  test('makes two runs two workloads', () => {
    const differing = compareResults(result(), result({ pipelining: 4 })).differences;
    expect(differing).toEqual([
      { about: 'workload', what: 'pipelining', measure: null, a: '1', b: '4' },
    ]);
  });

  test('is told of the load', () => {
    expect(describeLoadOf(result({ pipelining: 4 }))).toMatch(/, 4 in flight$/);
    expect(describeLoadOf(result())).not.toContain('in flight');
  });

  test('is given to documents from before there was it', async () => {
    const old = await readResult(`${project.dir}/old.json`);
    expect(old.config).toMatchObject({ pipelining: 1 });
    expect(compareResults(old, result()).differences).toEqual([]);
  });
});
