import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeHistogram } from '../../src/histogram.js';
import { resultSchema, schemaVersion, type Trial } from '../../src/result/schema.js';
import { useBin } from '../helpers/bin.js';

const bins = useBin({ engine: 'native' });

const brief = '--duration 100ms --warmup 50ms --slice 50ms --keys 500'.split(' ');
const small = [...brief, '--rounds', '2'];
const saved = (path: string) => resultSchema.parse(JSON.parse(readFileSync(path, 'utf8')));

/** Counts, bytes, histogram and cost of a trial fit one another. */
function expectToAddUp(trial: Trial): void {
  const { answered, planned } = trial.requests;
  expect(planned).toBe(answered);
  expect(answered).toBeGreaterThan(0);
  const latencies = decodeHistogram(trial.serviceTime?.histogram ?? '');
  expect(latencies.totalCount).toBe(answered);
  expect(trial.serviceTime?.p99Ns).toBe(
    Math.min(latencies.getValueAtPercentile(99), trial.serviceTime?.maxNs ?? 0),
  );
  expect(trial.requestsPerSecond).toBeGreaterThan(0);
  expect(trial.responseTime === null).toBe(trial.measure === 'throughput');
  if (trial.parts) {
    const { stamped, ours, theirs, server } = trial.parts;
    expect(stamped).toBeLessThanOrEqual(trial.requests.answered);
    const whole = (trial.responseTime ?? trial.serviceTime)?.meanNs ?? 0;
    expect((ours.meanNs + (theirs ?? server).meanNs) / whole).toBeCloseTo(1, 2);
  }
  if (trial.responseTime) {
    const waits = decodeHistogram(trial.responseTime.histogram ?? '');
    expect(waits.totalCount).toBe(answered);
    // Nobody is answered sooner than the server took.
    expect(waits.mean).toBeGreaterThanOrEqual((trial.serviceTime?.meanNs ?? 0) * 0.998);
  }
  // Every POST carries a body of 141 bytes, every GET is answered with 128.
  const heavy = trial.operation === 'post' ? trial.bytes?.sent : trial.bytes?.received;
  expect((heavy ?? 0) / answered).toBeGreaterThan(trial.operation === 'post' ? 141 : 128);
  if (process.platform === 'linux') {
    expect(trial.server?.cpuNs).toBeGreaterThan(0);
    expect(trial.server?.rssPeakBytes).toBeGreaterThan(1e6);
  }
  expect(trial.generator?.cpuNs).toBeGreaterThan(0);
  if (trial.operation === 'post') {
    expect(trial.readBack).toMatchObject({ lost: 0, unreadable: 0 });
    expect(trial.readBack?.checked).toBeGreaterThan(0);
  }
}

test('Rust against Go: a table on stdout, and a document in which all adds up', async () => {
  const run = bins.current.start(['run', ...small, '--distribution', 'zipfian']);
  expect(await run.ended, run.output.stderr).toBe(0);
  const { stdout } = run.output;
  // What is warned of depends on the machine; it is text, and a terminal may break its lines.
  for (const line of stdout.replace(/^warning: .*\n.*\n/gm, '').split('\n')) {
    expect(line.length, line).toBeLessThanOrEqual(80);
  }
  for (const pattern of [/^rust +get /m, /^go +post /m, /^rust \/ go /m, /^Throughput /m]) {
    expect(stdout).toMatch(pattern);
  }
  const results = join(bins.current.dir, 'state', 'kvbench', 'results');
  const [file = ''] = readdirSync(results);
  const result = saved(join(results, file));
  expect(result).toMatchObject({ state: 'complete' });
  expect(result.artifacts.map(({ target }) => target)).toEqual(['rust', 'go']);
  expect(result.trials).toHaveLength(16);
  expect(result.rate?.chosenBy).toBe('calibration');
  for (const trial of result.trials) expectToAddUp(trial);
});

test('--quick is a whole result with an interval for every figure', async () => {
  // Fewer keys than a user has: storing them anew each round takes longer than the trials.
  const few = ['--keys', '500', '--operations', 'get'];
  const run = bins.current.start(['run', '--quick', '--json', ...few]);
  expect(await run.ended, run.output.stderr).toBe(0);
  const result = resultSchema.parse(JSON.parse(run.output.stdout));
  expect(result).toMatchObject({ schemaVersion, state: 'complete' });
  // Eight rounds of two targets and two measures.
  expect(result.trials).toHaveLength(32);
  expect(result.summary).toHaveLength(4);
  for (const { rounds, ratio, verdict, metric } of result.comparisons) {
    expect(rounds, metric).toBe(8);
    expect(ratio.low, metric).toBeGreaterThan(0);
    expect(ratio.high, metric).toBeGreaterThanOrEqual(ratio.low ?? Number.NaN);
    expect(verdict).not.toBe('too-few-rounds');
  }
  expect(result.warnings.map(({ code }) => code)).not.toContain('counts-differ');
});

describe('however it ends, no process and no broken file is left', () => {
  const long = 'run --rate 100 --duration 2s --rounds 50 --out out.json'.split(' ');
  const whole = () =>
    readdirSync(bins.current.dir).includes('out.json')
      ? saved(join(bins.current.dir, 'out.json'))
      : null;
  const noScraps = () =>
    readdirSync(bins.current.dir).filter((f) => !['out.json', 'state'].includes(f));

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s once', async (signal) => {
    const run = bins.current.start(long);
    await run.says(/round 1\/50/);
    run.child.kill(signal);
    expect(await run.ended).toBe(130);
    expect(run.output.stderr).toContain('Interrupted');
    expect(run.output.stderr).not.toMatch(/\n\s+at /);
  });

  // Four trials a round, and far more rounds than there will be.
  const rounds = 'run --rate 100 --operations get --rounds 500 --out out.json'.split(' ');

  test('SIGINT after some trials keeps them', async () => {
    const run = bins.current.start([...rounds, ...brief]);
    await run.says(/round 2\/500/);
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(130);
    expect(whole()?.state).toBe('interrupted');
    expect(whole()?.trials.length).toBeGreaterThanOrEqual(4);
    expect(run.output.stdout).toContain('interrupted in round');
    expect(noScraps()).toEqual([]);
  });

  test('SIGINT twice', async () => {
    const run = bins.current.start(long);
    await run.says(/round 1\/50/);
    run.child.kill('SIGINT');
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(130);
  });

  test('SIGKILL', async () => {
    const run = bins.current.start([...rounds, ...brief]);
    await run.says(/round 2\/500/);
    run.child.kill('SIGKILL');
    expect(await run.ended).toBe('SIGKILL');
    // The servers and the generator see that we are gone; afterEach waits for them.
    expect(whole()?.state).toBe('running');
    expect(whole()?.trials.length).toBeGreaterThanOrEqual(4);
  });
});

test('a closed pipe ends it quietly', async () => {
  const one = '--targets go --measure throughput --operations get --rounds 1';
  const run = bins.current.shell(
    `$KVBENCH run ${brief.join(' ')} ${one} --json 2>err.txt | head -c 10`,
  );
  expect(await run.ended).toBe(0);
  expect(readFileSync(join(bins.current.dir, 'err.txt'), 'utf8')).not.toContain('EPIPE');
});

test('more connections than open files allow', async () => {
  const run = bins.current.shell(`ulimit -n 250 && $KVBENCH run --connections 200`);
  expect(await run.ended).toBe(2);
  expect(run.output.stderr).toContain('ulimit -n 464');
});
