import { describe, expect, test } from 'vitest';
import { type RunResult, resultSchema, schemaVersion } from '../../src/result/schema.js';
import { errorsOf } from '../../src/stats/summary.js';
import { useBin } from '../helpers/bin.js';

const bins = useBin();

const small = '--rounds 1 --duration 100ms --warmup 50ms --slice 50ms --rate 200 --keys 300';

async function run(args: string): Promise<RunResult> {
  const given = `${small} ${args}`.split(' ').filter((arg) => arg !== '');
  const process = bins.current.start(['run', '--json', ...given]);
  expect(await process.ended, process.output.stderr).toBe(0);
  return resultSchema.parse(JSON.parse(process.output.stdout));
}

/** Client and server must have counted the same in every trial, and nothing went wrong. */
function expectSameCounts({ trials, warnings, config }: RunResult): void {
  for (const trial of trials) {
    const about = `${trial.target} ${trial.measure} ${trial.operation}`;
    expect(errorsOf(trial), `${about}: ${trial.firstError}`).toBe(0);
    const { planned, answered, misses } = trial.requests;
    const { get: gets = 0, post: posts = 0 } = trial.requests.byName;
    expect(answered, about).toBeGreaterThan(0);
    expect([planned, gets + posts], about).toEqual([answered, answered]);
    const { connectionsOpened: connections } = trial;
    expect(trial.runtime.counted, about).toEqual({ connections, gets, misses, posts, others: 0 });
    if (config.requestsPerConnection === null) expect(connections, about).toBe(0);
    if (trial.measure === 'latency') {
      // 200 a second for 100 ms.
      expect(planned, about).toBe(20);
      expect(trial.offered?.ratePerSecond).toBe(200);
    }
  }
  expect(warnings.map(({ code }) => code)).not.toContain('counts-differ');
}

test('gets and posts; each server is asked about its runtime in its own words', async () => {
  const result = await run('');
  const { trials } = result;
  expect(result).toMatchObject({ schemaVersion, state: 'complete' });
  expect(trials).toHaveLength(8);
  expectSameCounts(result);
  for (const { target, runtime } of trials) {
    expect(runtime.go === null, target).toBe(target !== 'go');
    expect(runtime.rust === null, target).toBe(target !== 'rust');
  }
  const rust = trials.find(({ target }) => target === 'rust')?.runtime.rust;
  expect(rust?.workers).toBeGreaterThan(0);
  expect(rust?.busyNs).toBeGreaterThan(0);
  const go = trials.find(({ target }) => target === 'go')?.runtime.go;
  expect(go?.allocatedObjects).toBeGreaterThan(0);
  expect(go?.goroutines).toBeGreaterThan(0);
});

describe('client and server count the same', () => {
  test.each([
    ['a mix', '--operations get:95,post:5', 4],
    ['a mix of which half writes', '--operations get:50,post:50 --distribution zipfian', 4],
    ['reads of the newest keys', '--preset ycsb-d', 4],
    ['keys that are not there', '--hit-ratio 0.5', 8],
    ['connections that come and go', '--requests-per-connection 7', 8],
    ['two generators', '--generators 2', 8],
    ['two generators that add keys', '--generators 2 --preset ycsb-d', 4],
    ['request by request, values of many sizes', '--interleave request --value-size 16-512', 8],
    ['one after the other', '--interleave none --arrivals constant', 8],
    [
      'the same target twice, with a hot spot',
      '--targets go,go --distribution hotspot --operations get:50,post:50',
      4,
    ],
  ])('%s', async (_, args, trials) => {
    const result = await run(args);
    expect(result).toMatchObject({ schemaVersion, state: 'complete' });
    expect(result.trials).toHaveLength(trials);
    expectSameCounts(result);
  });

  test.each([
    ['', 16],
    ['--operations get:50,post:50 --value-size 16-512', 8],
    ['--hit-ratio 0.5 --operations get', 8],
    ['--preset ycsb-d --generators 2', 8],
  ])('null targets too: --calibrate %s', async (args, trials) => {
    const result = await run(`--calibrate ${args}`);
    expect(new Set(result.trials.map(({ target }) => target))).toEqual(
      new Set(['rust', 'go', 'null-rust', 'null-go']),
    );
    expect(result.trials).toHaveLength(trials);
    expectSameCounts(result);
    // They are the instrument's, and nobody is compared with them.
    expect(result.comparisons.map((c) => `${c.target} ${c.reference}`).join()).not.toContain(
      'null',
    );
  });
});

test('what is asked, is done: misses, connections, new keys', async () => {
  const misses = await run('--hit-ratio 0 --operations get --targets go');
  for (const { requests } of misses.trials) expect(requests.misses).toBe(requests.byName['get']);
  const churn = await run('--requests-per-connection 1 --operations get --targets rust');
  for (const { requests, connectionsOpened } of churn.trials) {
    expect(connectionsOpened).toBe(requests.answered);
  }
  const inserts = await run('--preset ycsb-d --targets go --measure throughput');
  const [trial] = inserts.trials;
  // Every insertion is read back, and no key was written a second time.
  expect(trial?.readBack).toMatchObject({ lost: 0, unreadable: 0 });
});

test('the same seed asks for the same', async () => {
  const asked = async () =>
    (await run('--seed 5 --measure latency --operations get:70,post:30 --hit-ratio 0.6')).trials
      .map(({ target, requests: { byName, misses } }) => ({ target, ...byName, misses }))
      .sort((a, b) => (a.target < b.target ? -1 : 1));
  const [first, second] = [await asked(), await asked()];
  expect(second).toEqual(first);
  // Both servers were asked for the same, too.
  const [go, rust] = first;
  expect({ ...go, target: '' }).toEqual({ ...rust, target: '' });
});
