import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KvbenchEvent } from '../../src/api/events.js';
import { setUpExamined } from '../../src/api/examined.js';
import { contractRequests } from '../../src/config/requests.js';
import type { RunConfig } from '../../src/config/schema.js';
import { KvbenchError } from '../../src/errors.js';
import { createPlan } from '../../src/plan/plan.js';
import type { Target } from '../../src/targets/target.js';
import { type Kv, startKv } from '../helpers/kv.js';
import { aConfig } from '../helpers/results.js';

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'kvbench-examined-'));
});
afterEach(() => rm(cacheDir, { recursive: true, force: true }));

interface Habits {
  /** Waited for before it is up. */
  start?: () => Promise<void>;
  /** Waited for before it answers. */
  answer?: () => Promise<unknown>;
  isWrong?: boolean;
}

/** Stores in this process under these names; `log` has when which was started and ended. */
function aWorld(names: readonly string[], habitsOf: (name: string) => Habits = () => ({})) {
  const log: string[] = [];
  const events: KvbenchEvent[] = [];
  const targets = names.map((name): Target => {
    const { start = async () => {}, answer = async () => {}, isWrong = false } = habitsOf(name);
    return {
      name,
      description: '',
      source: 'command',
      url: null,
      contract: false,
      requests: contractRequests,
      requestPlace: null,
      builder: null,
      fixedPort: null,
      takesWorkers: async () => true,
      build: async () => null,
      start: async () => {
        log.push(`start ${name}`);
        await start();
        const kv: Kv = await startKv({
          pause: answer,
          intercept: (_, response) => isWrong && Boolean(response.end('otherwise')),
        });
        return {
          target: name,
          origin: kv.origin,
          adminOrigin: null,
          startedMs: null,
          pids: () => [],
          died: new Promise<never>(() => {}),
          stop: async () => {
            await kv.close();
            log.push(`stop ${name}`);
          },
        };
      },
    };
  });
  const examine = (changes: Partial<RunConfig> = {}, mostAtOnce = names.length) => {
    const config = aConfig({ targets: [...names], engine: 'undici', ...changes });
    return setUpExamined(createPlan(config, mostAtOnce), config, {
      targets,
      cacheDir,
      signal: new AbortController().signal,
      onEvent: (event) => events.push(event),
      examine: true,
    });
  };
  return { examine, log, events };
}

/** A promise that is kept when so many have asked for it. */
function meetingOf(count: number) {
  let come = 0;
  let open = () => {};
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    if (++come >= count) open();
    return all;
  };
}

describe('servers are examined side by side', () => {
  test('all are up before any has answered', async () => {
    const meet = meetingOf(2);
    const { examine, log, events } = aWorld(['a', 'b'], () => {
      let isMet: Promise<void> | null = null;
      // Neither would answer without the other.
      return { answer: () => (isMet ??= meet()) };
    });
    await examine();
    expect(log.slice(0, 2)).toEqual(['start a', 'start b']);
    expect(log.slice(2).toSorted()).toEqual(['stop a', 'stop b']);
    const checked = events.flatMap((event) =>
      event.type === 'check-end' ? [event.examination] : [],
    );
    expect(checked.map(({ name }) => name).toSorted()).toEqual(['a', 'b']);
    for (const { outcomes } of checked) expect(outcomes.every(({ ok }) => ok)).toBe(true);
  });

  test('each once, however often it is measured', async () => {
    const { examine, log } = aWorld(['a', 'b']);
    await examine({ targets: ['a', 'b', 'a'] }, 3);
    expect(log.toSorted()).toEqual(['start a', 'start b', 'stop a', 'stop b']);
  });

  test('but never more than the plan has up at the same time', async () => {
    const { examine, log } = aWorld(['a', 'b', 'c']);
    await examine({}, 1);
    expect(log).toEqual(['start a', 'stop a', 'start b', 'stop b', 'start c', 'stop c']);
  });

  test('of several that differ the first of the plan is told', async () => {
    const { examine, log } = aWorld(['a', 'b'], () => ({ isWrong: true }));
    const error = await examine().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(KvbenchError);
    expect((error as KvbenchError).message).toMatch(/^a does not answer as described/);
    expect(log.filter((line) => line.startsWith('stop'))).toHaveLength(2);
  });

  test('all have ended when one does not start', async () => {
    const meet = meetingOf(2);
    const { examine, log } = aWorld(['a', 'b'], (name) => ({
      start: async () => {
        await meet();
        if (name === 'b') throw new KvbenchError('target', 'b did not start.', 'Look at it.');
      },
    }));
    await expect(examine()).rejects.toThrow('b did not start.');
    expect(log).toEqual(['start a', 'start b', 'stop a']);
  });
});
