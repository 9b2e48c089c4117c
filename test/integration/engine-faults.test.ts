import { expect, test } from 'vitest';
import { requestsOf } from '../../src/config/operations.js';
import { closed, errorsIn, fill, load, paced, useEngines } from '../helpers/engine.js';
import { startKv } from '../helpers/kv.js';

const { kv, engine } = useEngines();

/** A store that does so from the moment it is told to. */
async function turning(intercept: NonNullable<Parameters<typeof startKv>[0]>['intercept']) {
  let on = false;
  const store = await kv({ intercept: (...exchange) => on && intercept?.(...exchange) === true });
  return { store, turn: () => (on = true) };
}

test('wrong answers are counted, and the load goes on', async () => {
  let n = 0;
  const { store, turn } = await turning((_, response) => {
    if (++n % 3 !== 0) return false;
    response.end('nonsense');
    return true;
  });
  const on = engine();
  await fill(on, store);
  turn();
  const outcome = await load(on, closed);
  expect(outcome.errors.mismatch).toBeGreaterThan(0);
  expect(outcome.answered).toBeGreaterThan(0);
  expect(outcome.planned).toBe(outcome.answered + errorsIn(outcome));
  expect(outcome.firstError).toMatch(/^GET \/key:\d{8}: a body other than/);
});

test('one that never answers: every request of the schedule has an end', async () => {
  const { store, turn } = await turning(() => true);
  const on = engine({ timeoutMs: 500, connections: 2 });
  await fill(on, store);
  turn();
  const outcome = await load(on, paced(400, { interleave: 'none' }));
  expect(outcome).toMatchObject({ planned: 40, answered: 0 });
  expect(outcome.errors.timeout).toBeGreaterThan(0);
  expect(outcome.errors.unfinished).toBeGreaterThan(0);
  expect(errorsIn(outcome)).toBe(40);
  expect(outcome.sentInWindow).toBeLessThan(40);
});

test('one that never answers, in a closed loop', async () => {
  const { store, turn } = await turning(() => true);
  const on = engine({ timeoutMs: 500, connections: 2 });
  await fill(on, store);
  turn();
  const outcome = await load(on, closed);
  expect(outcome.answered).toBe(0);
  expect(outcome.errors.timeout).toBe(outcome.planned);
  expect(outcome.planned).toBeGreaterThanOrEqual(2);
});

test('one that hangs up now and then', async () => {
  let n = 0;
  const { store, turn } = await turning((request) => {
    if (++n % 4 !== 0) return false;
    request.socket.destroy();
    return true;
  });
  const on = engine();
  await fill(on, store);
  turn();
  for (const spec of [closed, paced(200)]) {
    const outcome = await load(on, { ...spec, mix: requestsOf('get:50,post:50') });
    expect(outcome.errors.reset).toBeGreaterThan(0);
    expect(outcome.answered).toBeGreaterThan(0);
    expect(outcome.planned).toBe(outcome.answered + errorsIn(outcome));
  }
  // Writes without an answer are uncertain, not lost.
  expect(await on.readBack('a')).toMatchObject({ lost: 0 });
});

test('one that is gone', async () => {
  const store = await startKv();
  const on = engine();
  await fill(on, store);
  await store.close();
  const outcome = await load(on, paced(100));
  expect(outcome).toMatchObject({ planned: 10, answered: 0 });
  expect(errorsIn(outcome)).toBe(10);
});
