import { describe, expect, test } from 'vitest';
import { nullValueBytes } from '../../src/api/setup.js';
import { contractRequests, nullRequests } from '../../src/config/requests.js';
import type { RunConfig } from '../../src/config/schema.js';
import { KvbenchError } from '../../src/errors.js';
import { noErrors } from '../../src/load/error-kinds.js';
import { createPlan, minAutomaticRounds } from '../../src/plan/plan.js';
import { paceFor, rateFor, roundDown } from '../../src/run/rate.js';
import { executePlan } from '../../src/run/run.js';
import { confidence } from '../../src/stats/compare.js';
import { estimateRatio } from '../../src/stats/signed-rank.js';
import { aConfig } from '../helpers/results.js';
import { aLoadOutcome, fakeWorld, smallRun } from '../helpers/run.js';

type World = ReturnType<typeof fakeWorld>;

function execute(world: World, changes: Partial<RunConfig> = {}, signal?: AbortSignal) {
  const config = aConfig({ ...smallRun, ...changes });
  const never = new AbortController().signal;
  return executePlan(createPlan(config), config, world.dependencies, signal ?? never);
}

test('everything happens in its order', async () => {
  const world = fakeWorld();
  await execute(world, { targets: ['rust'], rounds: 1 });
  expect(world.log).toEqual([
    'event rate 100',
    'event round 1',
    'start rust',
    'event preload rust',
    'fill rust',
    'event latency get',
    'load open 50 rust',
    'load open 100 rust',
    'read back rust',
    'save 1',
    'event end 1',
    'event throughput get',
    'load closed 50 rust',
    'load closed 100 rust',
    'read back rust',
    'save 2',
    'event end 1',
    'release',
    'stop rust',
  ]);
  expect([...world.alive]).toEqual([]);
});

test('every round has fresh servers, all of which share every stretch', async () => {
  const world = fakeWorld();
  await execute(world, { targets: ['rust', 'go'], rounds: 3 });
  expect(world.log.filter((line) => line.startsWith('start'))).toHaveLength(6);
  expect(world.log.filter((line) => line.startsWith('stop'))).toHaveLength(6);
  for (const { targets } of world.specs) expect([...targets].sort()).toEqual(['go', 'rust']);
  const trials = world.saved.at(-1)?.trials ?? [];
  expect(trials).toHaveLength(12);
  expect(trials.map((t) => `${t.round} ${t.measure} ${t.target}`).sort()).toEqual(
    [1, 2, 3].flatMap((round) =>
      ['latency', 'throughput'].flatMap((m) => ['go', 'rust'].map((t) => `${round} ${m} ${t}`)),
    ),
  );
  // What has been measured is saved after every stretch.
  expect(world.saved.map((measured) => measured.trials.length)).toEqual([2, 4, 6, 8, 10, 12]);
});

describe('in blocks', () => {
  const six = ['a', 'b', 'c', 'd', 'e', 'f'];
  const hang = () => new Promise<never>(() => {});
  const begin = (world: World, changes: Partial<RunConfig> = {}, signal?: AbortSignal) => {
    const config = aConfig({ ...smallRun, targets: six, rounds: 3, ...changes });
    const plan = createPlan(config, 2);
    const never = new AbortController().signal;
    return { plan, done: executePlan(plan, config, world.dependencies, signal ?? never) };
  };

  test('only the servers of a block are up, and each target is in every trial of every round once', async () => {
    let most = 0;
    const world: World = fakeWorld({
      load: async (spec) => {
        // The generator is the other one that is alive.
        most = Math.max(most, world.alive.size - 1);
        expect([...world.alive].filter((name) => name !== 'generator').sort()).toEqual(
          [...spec.targets].sort(),
        );
        return spec.targets.map(() => aLoadOutcome(spec));
      },
    });
    const { plan, done } = begin(world);
    await done;
    expect(most).toBe(2);
    const trials = world.saved.at(-1)?.trials ?? [];
    expect(trials.map((t) => `${t.round} ${t.measure} ${t.target}`).sort()).toEqual(
      [1, 2, 3].flatMap((round) =>
        ['latency', 'throughput'].flatMap((m) => six.map((t) => `${round} ${m} ${t}`)),
      ),
    );
    const blocks = [1, 2, 3].flatMap((number) => plan.round(number).blocks);
    const started = world.log.filter((line) => line.startsWith('start '));
    expect(started).toEqual(blocks.flat().map((name) => `start ${name}`));
    // All are asked for the same keys in a stretch of a round.
    const seeds = world.specs.filter(({ pace }) => pace).map(({ seed }) => seed);
    expect(new Set(seeds).size).toBe(3 * 2);
    expect([...world.alive]).toEqual([]);
  });

  test('one that dies in the second block ends the run; what was measured is kept', async () => {
    const death = new KvbenchError('target', 'it ended by SIGKILL while it was needed.', '');
    let loads = 0;
    const world: World = fakeWorld({
      load: (spec) => {
        if (++loads <= 5) return Promise.resolve(spec.targets.map(() => aLoadOutcome(spec)));
        setImmediate(() => world.kill(spec.targets[0] ?? '', death));
        return hang();
      },
    });
    await expect(begin(world).done).rejects.toBe(death);
    expect([...world.alive]).toEqual([]);
    // Two measures with their warm-ups of the first block.
    expect(world.saved.at(-1)?.trials.map(({ round }) => round)).toEqual([1, 1, 1, 1]);
  });

  test('an interrupt between two blocks starts no other', async () => {
    const abort = new AbortController();
    const stop = new Error('stop');
    const world: World = fakeWorld({
      save: async ({ trials }) => {
        if (trials.length === 4) abort.abort(stop);
      },
    });
    await expect(begin(world, {}, abort.signal).done).rejects.toBe(stop);
    expect([...world.alive]).toEqual([]);
    expect(world.log.filter((line) => line.startsWith('start '))).toHaveLength(2);
    expect(world.saved.at(-1)?.trials).toHaveLength(4);
  });

  test('automatic rounds end after whole ones', async () => {
    const world: World = fakeWorld({
      isEnough: (trials) => {
        expect(trials.length % (six.length * 2)).toBe(0);
        return true;
      },
    });
    await begin(world, { rounds: 'auto' }).done;
    expect(world.saved.at(-1)?.trials).toHaveLength(minAutomaticRounds * six.length * 2);
  });

  test('a rate is shared by those that are loaded at the same time', async () => {
    const world = fakeWorld({
      load: async (spec) =>
        spec.targets.map(() => aLoadOutcome(spec, { requestsPerSecond: 10_000 })),
    });
    await begin(world, { rate: 'auto', interleave: 'request', rounds: 1 }).done;
    // A tenth of what one can do, for the two of a block.
    expect(world.saved.at(-1)?.rate?.ratePerSecond).toBe(500);
  });
});

test('a load is what the config asks for', async () => {
  const world = fakeWorld();
  await execute(world, {
    operations: ['get:75,post:25'],
    measures: ['latency'],
    arrivals: 'poisson',
    interleave: 'request',
    sliceMs: 77,
    rounds: 1,
  });
  const [warmup, load] = world.specs;
  expect(load).toMatchObject({
    mix: [
      { name: 'get', share: 0.75 },
      { name: 'post', share: 0.25 },
    ],
    pace: { ratePerSecond: 100, arrivals: 'poisson' },
    durationMs: 100,
    interleave: 'request',
    sliceMs: 77,
  });
  expect(warmup).toMatchObject({
    ...load,
    durationMs: 50,
    intervalMs: null,
    seed: expect.any(Number),
  });
  expect(warmup?.seed).not.toBe(load?.seed);
});

test('without a warm-up there is none', async () => {
  const world = fakeWorld();
  await execute(world, { warmupMs: 0, rounds: 1, measures: ['throughput'] });
  expect(world.specs).toHaveLength(1);
});

test('a failed warm-up is no measured failure, and is told', async () => {
  const errors = { ...noErrors(), reset: 1 };
  const world = fakeWorld({
    load: async (spec) =>
      spec.targets.map(() =>
        spec.durationMs === 50
          ? aLoadOutcome(spec, { answered: 99, errors, firstError: 'GET /k: reset' })
          : aLoadOutcome(spec),
      ),
  });
  await execute(world, { rounds: 1, measures: ['throughput'] });
  const [trial] = world.saved.at(-1)?.trials ?? [];
  expect(trial).toMatchObject({ warmup: { errors: 1 }, firstError: 'GET /k: reset' });
  expect(trial?.requests.errors.reset).toBe(0);
});

test('figures belong to the server they were measured on, in whatever order they were started', async () => {
  const bytes = { rust: 1, go: 2, 'go#2': 3 } as Record<string, number>;
  const world = fakeWorld({
    load: async (spec) =>
      spec.targets.map((target) => aLoadOutcome(spec, { sentBytes: bytes[target] ?? 0 })),
  });
  await execute(world, { targets: ['rust', 'go', 'go'], rounds: 6, measures: ['throughput'] });
  const trials = world.saved.at(-1)?.trials ?? [];
  expect(trials).toHaveLength(18);
  for (const trial of trials) expect(trial.bytes?.sent).toBe(bytes[trial.target]);
});

describe('the rate', () => {
  test.each([
    [0.2, 1],
    [1, 1],
    [1.4, 1],
    [1.5, 1],
    [2, 2],
    [2.7, 2],
    [3.9, 3],
    [7, 6],
    [7.99, 6],
    [8, 8],
    [9.99, 8],
    [10, 10],
    [14.9, 10],
    [15, 15],
    [24, 20],
    [26, 25],
    [99, 80],
    [100, 100],
    [999, 800],
    [1000, 1000],
    [1499, 1000],
    [1500, 1500],
    [2600, 2500],
    [12_345, 10_000],
    [999_999, 800_000],
  ])('%d is rounded down to %d', (value, rounded) => expect(roundDown(value)).toBe(rounded));

  test('is a fifth of what the slowest target answers to its slowest operation', async () => {
    const rates = { rust: { get: 2000, post: 1000 }, go: { get: 3000, post: 1500 } } as Record<
      string,
      Record<string, number>
    >;
    const world = fakeWorld({
      load: async (spec) =>
        spec.targets.map((target) =>
          aLoadOutcome(spec, { requestsPerSecond: rates[target]?.[spec.mix[0]?.name ?? ''] ?? 0 }),
        ),
    });
    await execute(world, {
      rate: 'auto',
      operations: ['get', 'post'],
      durationMs: 800,
      rounds: 1,
    });
    const rate = world.saved.at(-1)?.rate;
    expect(rate).toMatchObject({ ratePerSecond: 200, chosenBy: 'calibration' });
    const capacities = rate?.capacities ?? [];
    expect(capacities.map((c) => [c.target, c.operation, Math.round(c.requestsPerSecond)])).toEqual(
      [
        ['rust', 'get', 2000],
        ['rust', 'post', 1000],
        ['go', 'get', 3000],
        ['go', 'post', 1500],
      ],
    );
    // Each by itself, and with a server of its own.
    const each = ['load closed 300 rust', ...new Array(3).fill('load closed 150 rust')];
    expect(world.log.slice(0, 15)).toEqual([
      'event calibrate rust',
      'start rust',
      'fill rust',
      'event started rust',
      ...[...each, ...each],
      'release',
      'stop rust',
      'event calibrate go',
    ]);
    const open = world.specs.filter(({ pace }) => pace);
    for (const spec of open) expect(spec.pace?.ratePerSecond).toBe(200);
  });

  test('is found in no more time than a trial takes', async () => {
    const world = fakeWorld();
    const only = { targets: ['go'], operations: ['get'], measures: ['latency' as const] };
    await execute(world, { rate: 'auto', ...only, durationMs: 120, rounds: 1 });
    const closed = world.specs.filter(({ pace }) => pace === null);
    expect(closed.map(({ durationMs }) => durationMs)).toEqual([80, 40, 40, 40]);
  });

  test('is by the best of a few loops: others on the machine only ever slow one down', async () => {
    const rates = [9000, 500, 4000, 3000];
    const world = fakeWorld({
      load: async (spec) => [aLoadOutcome(spec, { requestsPerSecond: rates.shift() ?? 4000 })],
    });
    const only = { targets: ['go'], operations: ['get'], measures: ['latency' as const] };
    await execute(world, { rate: 'auto', ...only, rounds: 1 });
    // Of those after the one that warms up.
    expect(world.saved.at(-1)?.rate?.capacities).toEqual([
      { target: 'go', operation: 'get', requestsPerSecond: 4000 },
    ]);
  });

  test('is not looked for where nothing is paced, or where it is given', async () => {
    const closed = fakeWorld();
    await execute(closed, { rate: 'auto', measures: ['throughput'], rounds: 1 });
    expect(closed.log.join()).not.toContain('calibrate');
    expect(closed.saved.at(-1)?.rate).toBeNull();
    const given = fakeWorld();
    await execute(given, { rounds: 1 });
    expect(given.saved.at(-1)?.rate).toEqual({
      ratePerSecond: 100,
      chosenBy: 'user',
      capacities: [],
    });
  });

  test('is not decided by null targets, but they are paced by it', async () => {
    const world = fakeWorld();
    await execute(world, { rate: 'auto', targets: ['go'], calibrate: true, rounds: 1 });
    expect(world.log.filter((line) => line.startsWith('event calibrate'))).toEqual([
      'event calibrate go',
    ]);
    const open = world.specs.filter(({ pace }) => pace);
    for (const { targets } of open) expect([...targets].sort()).toEqual(['go', 'null-go']);
  });

  test('is a number even if there are only null targets', async () => {
    const world = fakeWorld();
    await execute(world, { rate: 'auto', targets: ['null-go'], rounds: 1 });
    for (const { pace } of world.specs) {
      if (pace) expect(pace.ratePerSecond).toBeLessThanOrEqual(1_000_000);
    }
  });

  test('of a server that gives no right answer is an error that says so', async () => {
    const world = fakeWorld({
      load: async (spec) =>
        spec.targets.map(() => aLoadOutcome(spec, { answered: 0, requestsPerSecond: 0 })),
    });
    await expect(execute(world, { rate: 'auto' })).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('rust gave no right answer to any get'),
    });
    expect([...world.alive]).toEqual([]);
  });
});

describe('null targets', () => {
  test('are told apart when they are filled', async () => {
    const world = fakeWorld({
      requestsFor: (name) => (name === 'null-go' ? nullRequests(16) : contractRequests),
    });
    await execute(world, { targets: ['go'], calibrate: true, rounds: 1 });
    const requests = Object.fromEntries(world.endpoints.map((e) => [e.target, e.requests]));
    expect(requests).toEqual({ go: contractRequests, 'null-go': nullRequests(16) });
  });

  test.each([
    [1, 1, 1],
    [128, 128, 128],
    [1, 2, 2],
    [16, 512, 264],
  ])('values of %d to %d bytes: %d', (minBytes, maxBytes, bytes) => {
    expect(nullValueBytes({ minBytes, maxBytes })).toBe(bytes);
  });
});

describe('automatic rounds', () => {
  // Two targets and two measures are four trials a round.
  test.each([
    ['when it is enough', 40, 40],
    ['not before an interval can be had, whoever says it is enough', 0, 4 * minAutomaticRounds],
  ])('end %s', async (_, enough, trials) => {
    const world = fakeWorld({ isEnough: (measured) => measured.length >= enough });
    await execute(world, { rounds: 'auto', timeBudgetMs: 86_400_000 });
    expect(world.saved.at(-1)?.trials).toHaveLength(trials);
  });

  test('are as many as the confidence needs', () => {
    const bound = (n: number) => estimateRatio(new Array(n).fill(1), confidence).low;
    expect(bound(minAutomaticRounds)).not.toBeNull();
    expect(bound(minAutomaticRounds - 1)).toBeNull();
  });

  test('end when the next one would not fit the budget', async () => {
    const world = fakeWorld();
    await execute(world, { rounds: 'auto', timeBudgetMs: 0 });
    expect(world.saved.at(-1)?.trials).toHaveLength(4);
  });

  test('end at their limit at last', async () => {
    const world = fakeWorld();
    const plan = createPlan(aConfig({ rounds: 'auto' }));
    await execute(world, {
      rounds: 'auto',
      timeBudgetMs: 86_400_000,
      targets: ['go'],
      measures: ['throughput'],
      warmupMs: 0,
    });
    expect(world.saved.at(-1)?.trials).toHaveLength(plan.maxRounds);
  });

  test('a number of rounds that was given heeds no budget, but is asked whether it is enough', async () => {
    const all = fakeWorld();
    await execute(all, { rounds: 3, timeBudgetMs: 1000 });
    expect(all.saved.at(-1)?.trials).toHaveLength(12);
    const one = fakeWorld({ isEnough: () => true });
    await execute(one, { rounds: 3 });
    expect(one.saved.at(-1)?.trials).toHaveLength(4);
  });
});

describe('however it ends, nothing goes on', () => {
  const stop = new KvbenchError('interrupted', 'Stop.', '');
  const hang = () => new Promise<never>(() => {});

  test.each([
    ['while a server starts', 'start go'],
    ['while it is filled', 'fill go'],
    ['under load', 'load open 100'],
    ['while it is read back', 'read back'],
    ['while it is saved', 'save 4'],
    ['between rounds', 'event round 2'],
  ])('an interrupt %s', async (_, moment) => {
    const abort = new AbortController();
    const world = fakeWorld();
    const push = world.log.push.bind(world.log);
    world.log.push = (...lines) => {
      if (lines.some((line) => line.startsWith(moment))) abort.abort(stop);
      return push(...lines);
    };
    await expect(execute(world, {}, abort.signal)).rejects.toBe(stop);
    expect([...world.alive]).toEqual([]);
    expect(world.log.filter((line) => line.startsWith('event round 3'))).toEqual([]);
  });

  test('an interrupt ends the call under way', async () => {
    const abort = new AbortController();
    const world = fakeWorld({
      load: () => {
        setImmediate(() => abort.abort(stop));
        return hang();
      },
    });
    await expect(execute(world, {}, abort.signal)).rejects.toBe(stop);
    expect([...world.alive]).toEqual([]);
    expect(world.saved).toEqual([]);
  });

  test('an interrupt before it begins', async () => {
    const world = fakeWorld();
    await expect(execute(world, {}, AbortSignal.abort(stop))).rejects.toBe(stop);
    expect(world.log.filter((line) => line.startsWith('start'))).toEqual([]);
    expect([...world.alive]).toEqual([]);
  });

  test('a server that dies under load', async () => {
    const death = new KvbenchError('target', 'go ended by SIGKILL while it was needed.', '');
    const world: World = fakeWorld({
      load: (spec) => {
        if (world.saved.length < 2)
          return Promise.resolve(spec.targets.map(() => aLoadOutcome(spec)));
        setImmediate(() => world.kill('go', death));
        return hang();
      },
    });
    await expect(execute(world)).rejects.toBe(death);
    expect([...world.alive]).toEqual([]);
    expect(world.saved.at(-1)?.trials).toHaveLength(4);
  });

  test('a server that dies while it is filled', async () => {
    const death = new KvbenchError('target', 'rust is gone.', '');
    const world: World = fakeWorld({
      preload: ({ target }) => {
        if (target !== 'rust') return Promise.resolve({});
        setImmediate(() => world.kill('rust', death));
        return hang();
      },
    });
    await expect(execute(world)).rejects.toBe(death);
    expect([...world.alive]).toEqual([]);
  });

  test('a server that does not start: those that did are stopped', async () => {
    const failure = new KvbenchError('target', 'it exited with code 1.', '');
    let started = 0;
    const world = fakeWorld({
      startServer: () => (++started === 2 ? Promise.reject(failure) : Promise.resolve()),
    });
    await expect(execute(world)).rejects.toBe(failure);
    expect([...world.alive]).toEqual([]);
    expect(world.log.filter((line) => line.startsWith('stop'))).toHaveLength(1);
  });

  test('a server that does not take every key', async () => {
    const world = fakeWorld({
      preload: async () => ({ answered: 3, firstError: 'POST /: status 500 instead of 200' }),
    });
    await expect(execute(world, { targets: ['go', 'go'] })).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/go(#2)? did not take all of the 5 keys: POST \/: status 500/),
      hint: expect.stringContaining('`kvbench serve go`'),
    });
    expect([...world.alive]).toEqual([]);
  });

  test('a server that gives no right answer: what was measured is kept', async () => {
    const world = fakeWorld({
      load: async (spec) =>
        spec.targets.map((target) =>
          target === 'go' && !spec.pace
            ? aLoadOutcome(spec, { answered: 0, firstError: 'GET /k: no answer within 5 ms' })
            : aLoadOutcome(spec),
        ),
    });
    await expect(execute(world)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('go gave no right answer to any get of round 1'),
    });
    expect(world.saved.at(-1)?.trials).toHaveLength(4);
    expect([...world.alive]).toEqual([]);
  });

  test('a generator that breaks says in which round', async () => {
    const world = fakeWorld({ load: () => Promise.reject(new Error('out of memory')) });
    await expect(execute(world)).rejects.toThrow('round 1, get: out of memory');
    expect([...world.alive]).toEqual([]);
  });

  test('a result that can not be saved', async () => {
    const full = new KvbenchError('usage', 'The disk is full.', '');
    const world = fakeWorld({ save: () => Promise.reject(full) });
    await expect(execute(world)).rejects.toBe(full);
    expect([...world.alive]).toEqual([]);
  });
});

test('a stretch in which nothing came due is not the fault of the server', async () => {
  const world = fakeWorld({
    load: async (spec) =>
      spec.targets.map(() =>
        aLoadOutcome(spec, spec.pace ? { planned: 0, answered: 0, requestsPerSecond: 0 } : {}),
      ),
  });
  await execute(world, { arrivals: 'poisson', rate: 1, rounds: 1 });
  expect(world.saved.at(-1)?.trials).toHaveLength(4);
});

test.each([
  // One at a time: a fifth of what it can do.
  ['slice', 1000, 2, 40_000, 8000],
  ['request', 1000, 1, 40_000, 8000],
  // At once: a tenth together.
  ['request', 1000, 2, 40_000, 2000],
  ['request', 1000, 4, 40_000, 1000],
  // As many as tell P99, where that is no more than a fifth of what one can do.
  ['request', 1000, 2, 10_000, 1000],
  ['request', 700, 2, 10_000, 1429],
  ['request', 1000, 2, 5000, 1000],
  ['request', 1000, 2, 4000, 200],
  ['request', 1000, 2, 3, 1],
] as const)(
  'by %s, %d ms, %d servers that answer %d/s are asked for %d/s',
  (interleave, durationMs, targets, capacity, rate) => {
    expect(rateFor(capacity, { interleave, durationMs }, targets)).toBeCloseTo(rate, 6);
  },
);

test.each([
  // The tail takes 1,000 requests, P90 100: by a higher rate, and then by a longer trial.
  ['a fast one', 50_000, 2500, 1000],
  ['as many as tell the tail', 10_000, 1000, 1000],
  ['in a trial of up to twice the length', 4000, 800, 1250],
  ['in one of twice the length', 2500, 500, 2000],
  ['P90 alone', 2400, 100, 1000],
  ['P90 alone, by a few more requests', 600, 100, 1000],
  ['P90 alone, in a longer trial', 300, 60, 1667],
  ['P50 alone', 240, 20, 1000],
  ['nothing', 40, 2, 1000],
])('a gate of two: %s (%i/s)', (_, capacity, ratePerSecond, durationMs) => {
  const needs = [20, 100, 1000];
  const config = { interleave: 'request', durationMs: 1000 } as const;
  const pace = paceFor(capacity, config, { targets: 2, needs, longestMs: 2000 });
  expect(pace).toEqual({ ratePerSecond, durationMs });
});
