import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sweepResultSchema } from '../../src/sweep/schema.js';
import { useBin } from '../helpers/bin.js';

const bins = useBin({ engine: 'native' });
const small = '--duration 100ms --warmup 20ms --keys 200 --slo p50<10s --steps 2'.split(' ');

async function sweep(args: string[], env: NodeJS.ProcessEnv = {}) {
  const run = bins.current.start(['sweep', ...small, ...args, '--out', 'sweep.json'], { env });
  expect(await run.ended, run.output.stderr).toBe(0);
  const text = readFileSync(join(bins.current.dir, 'sweep.json'), 'utf8');
  return { result: sweepResultSchema.parse(JSON.parse(text)), output: run.output };
}

test('both servers climb a ladder side by side, and each step is a trial', async () => {
  const { result, output } = await sweep(['--from', '100', '--to', '400']);
  expect(result.state).toBe('complete');
  expect(result.curves.map(({ target }) => target)).toEqual(['rust', 'go']);
  const numbers = result.curves.flatMap(({ steps }) => steps.map(({ number }) => number));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers.map((_, index) => index + 1));
  for (const { steps, ended } of result.curves) {
    // Whether a step keeps its rate is up to the machine; the first two are there in any case.
    expect(ended).not.toBe('running');
    expect(steps.slice(0, 1)).toMatchObject([{ level: 100, purpose: 'ladder' }]);
    for (const { level, trial, purpose } of steps) {
      if (purpose === 'overload') continue;
      expect(trial.offered?.ratePerSecond).toBe(level);
      expect(trial.requests.planned).toBe(Math.ceil(level / 10));
      expect(trial.requests.answered).toBe(trial.requests.planned);
      expect(trial.series?.answered.reduce((sum, n) => sum + n)).toBe(trial.requests.answered);
    }
  }
  expect(output.stdout).toContain('rust get (requests/s; response times)');
});

test('by connections each step has its own number of them', async () => {
  const args = [
    '--by',
    'connections',
    '--from',
    '1',
    '--to',
    '3',
    '--no-search',
    '--targets',
    'go',
  ];
  const summary = join(bins.current.dir, 'summary.md');
  const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
  const { result } = await sweep(args, env);
  expect(result.curves[0]?.steps.map(({ level }) => level).slice(0, 1)).toEqual([1]);
  for (const { level, trial } of result.curves[0]?.steps ?? []) {
    expect(trial.connectionsOpened).toBeLessThanOrEqual(level);
    expect(trial.offered).toBeNull();
    expect(trial.requests.answered).toBe(trial.requests.planned);
  }
  expect(readFileSync(summary, 'utf8')).toMatch(/^### kvbench sweep: go\n[\s\S]*\| connections/);
});
