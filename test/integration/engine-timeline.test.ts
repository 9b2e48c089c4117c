import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { contractRequests } from '../../src/config/requests.js';
import { IntervalHistogram } from '../../src/interval-histogram.js';
import type { LoadOutcome, LoadSpec } from '../../src/load/protocol.js';
import { closed, errorsIn, fill, paced, useEngines } from '../helpers/engine.js';
import { closeServer, listen, startKv } from '../helpers/kv.js';

const { keep, engine } = useEngines();

const intervals = ({ timeline }: LoadOutcome) => timeline?.intervals ?? [];
const total = (outcome: LoadOutcome, key: 'answered' | 'errors' | 'loadedMs') =>
  intervals(outcome).reduce((sum, interval) => sum + interval[key], 0);

test.each<[string, LoadSpec]>([
  ['closed, in slices', { ...closed, targets: ['a', 'b'], intervalMs: 30 }],
  ['open, in slices', paced(500, { targets: ['a', 'b'], intervalMs: 30 })],
  ['open, by request', paced(500, { targets: ['a', 'b'], intervalMs: 30, interleave: 'request' })],
])('%s: the intervals add up to the whole', async (_, spec) => {
  const on = engine();
  for (const target of ['a', 'b']) await fill(on, keep(await startKv()), target);
  for (const outcome of await on.load(spec)) {
    expect(outcome.answered).toBeGreaterThan(0);
    expect(total(outcome, 'answered')).toBe(outcome.answered);
    expect(total(outcome, 'errors')).toBe(0);
    const loadedMs = total(outcome, 'loadedMs');
    // A closed loop goes on until the cycles that count have ended.
    if (spec.pace) expect(loadedMs).toBeCloseTo(outcome.windowMs, 3);
    else expect(loadedMs).toBeGreaterThanOrEqual(outcome.windowMs - 0.001);
    const parts = intervals(outcome).map(({ latency }) => latency);
    expect(IntervalHistogram.from(...parts).total).toBe(outcome.answered);
  }
});

test('errors are in the intervals, too', async () => {
  const server = createServer((_, response) => response.writeHead(500).end());
  const origin = await listen(server);
  keep({ close: () => closeServer(server) });
  const on = engine();
  await on.preload({ target: 'a', origin, requests: { ...contractRequests, preload: null } });
  const [outcome] = await on.load({ ...closed, intervalMs: 20 });
  expect(outcome && errorsIn(outcome)).toBeGreaterThan(0);
  expect(outcome && total(outcome, 'errors')).toBe(outcome && errorsIn(outcome));
});

test('without intervals there is no timeline', async () => {
  const on = engine();
  await fill(on, keep(await startKv()));
  expect((await on.load(closed))[0]?.timeline).toBeNull();
});
