import { describe, expect, test } from 'vitest';
import { packagePath } from '../../src/package.js';
import { resultSchema } from '../../src/result/schema.js';
import { useBin } from '../helpers/bin.js';
import { missingOf } from '../helpers/programs.js';

const bins = useBin({ engine: 'native' });
const config = packagePath('docs/recipes/kvbench.config.yaml');
const small = '--rate 100 --duration 100ms --warmup 50ms --slice 50ms --rounds 2 --keys 100'.split(
  ' ',
);

/** The programs that each recipe starts, from Debian's packages etcd-server, nginx-light, … */
const recipes = {
  etcd: ['etcd'],
  nginx: ['nginx'],
  webdis: ['webdis', 'redis-server'],
  node: ['node'],
};

const kvbench = async (...args: string[]) => {
  const run = bins.current.start([...args, '--config', config]);
  expect(await run.ended, run.output.stderr + run.output.stdout).toBe(0);
  return run.output;
};

describe('the recipes of docs/recipes work with the real servers', () => {
  for (const [name, programs] of Object.entries(recipes)) {
    const absent = missingOf(programs);
    const why = absent.length > 0 ? ` (not installed: ${absent.join(', ')})` : '';
    test.skipIf(absent.length > 0)(`${name} answers as described${why}`, async () => {
      const { stdout } = await kvbench('check', name, '--json');
      const [{ outcomes }] = JSON.parse(stdout);
      // Stored, read, missing, replaced, read again.
      expect(outcomes.map(({ ok }: { ok: boolean }) => ok)).toEqual(Array(5).fill(true));
    });
  }

  const present = Object.entries(recipes)
    .filter(([, programs]) => missingOf(programs).length === 0)
    .map(([name]) => name);

  test(`${present.join(', ')}: one workload, one table`, async () => {
    const { stdout } = await kvbench('run', ...small, '--targets', present.join(), '--json');
    const { trials, summary } = resultSchema.parse(JSON.parse(stdout));
    expect(new Set(summary.map(({ target }) => target))).toEqual(new Set(present));
    for (const { target, requests, readBack, operation, server } of trials) {
      expect(requests, target).toMatchObject({ planned: requests.answered });
      if (operation === 'put') expect(readBack, target).toMatchObject({ lost: 0, unreadable: 0 });
      if (process.platform === 'linux') expect(server?.cpuNs, target).toBeGreaterThan(0);
    }
  });
});
