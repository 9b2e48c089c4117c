/** What loads a server that records itself, with the native engine. */
import { expect, test } from 'vitest';
import { userPaths } from '../../src/api/paths.js';
import { trainer } from '../../src/api/train.js';
import { trainingLoad } from '../../src/targets/profile.js';
import type { RunningServer } from '../../src/targets/target.js';
import { type Kv, startKv } from '../helpers/kv.js';

const load = { ...trainingLoad, keys: 100, connections: 4, durationMs: 200 };

async function trainOn(kv: Kv) {
  const events: string[] = [];
  const server: RunningServer = {
    target: 'go+pgo',
    origin: kv.origin,
    adminOrigin: null,
    startedMs: null,
    pids: () => [],
    died: new Promise<never>(() => {}),
    stop: async () => {},
  };
  const train = trainer({
    cacheDir: userPaths(process.env).cache,
    signal: new AbortController().signal,
    onEvent: ({ type }) => events.push(type),
  });
  try {
    return { events, outcome: await train(server, load) };
  } finally {
    await kv.close();
  }
}

test('what a profile is recorded under is what was sent', async () => {
  const kv = await startKv();
  const { events, outcome } = await trainOn(kv);
  const { gets, misses, posts, connectionsOpened } = kv.counts;
  // Every key was stored first, which does not count.
  expect(outcome).toMatchObject({ requests: gets + posts - load.keys, engine: { name: 'native' } });
  expect(Math.min(gets, posts - load.keys)).toBeGreaterThan(0);
  expect({ misses, connectionsOpened, keys: kv.values.size }).toEqual({
    misses: 0,
    connectionsOpened: load.connections,
    keys: load.keys,
  });
  expect(events).toContain('train-start');
});

test('a server that answers wrongly is not recorded', async () => {
  const kv = await startKv({
    intercept: ({ method }, response) => method === 'GET' && !!response.writeHead(500).end(),
  });
  await expect(trainOn(kv)).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('go+pgo was to be recorded under load'),
  });
});
