import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { readResult } from '../../src/api/documents.js';
import { packagePath } from '../../src/package.js';
import { jsonSchemaOf } from '../../src/report/kinds/json-schema.js';
import { runKind } from '../../src/report/kinds/run.js';
import { observe } from '../../src/run/observe.js';
import { cli, ownDirs } from '../helpers/cli.js';
import { validatorOf } from '../helpers/json-schema.js';
import { closeServer, listen } from '../helpers/kv.js';
import { directoryWith } from '../helpers/project.js';
import { aLoadOutcome } from '../helpers/run.js';

const log = vi.hoisted((): string[] => []);

/** A probe that kvbench does not have, next to the load: how many processes a server has at its end. */
vi.mock('../../src/observe/probes.js', async (original) => {
  const list = await original<{ probes: object[] }>();
  const { z } = await import('zod');
  const { probe } = await import('../../src/observe/probe.js');
  const countOfProcesses = probe({
    trial: { processCount: z.int().optional().describe('at the end of the load') },
    series: { processCounts: z.array(z.int()).optional().describe('as if they had not changed') },
    async start(servers) {
      log.push('start');
      return {
        async stop() {
          log.push('stop');
          return servers.map((server) => server.pids().length);
        },
        cancel: () => void log.push('cancel'),
      };
    },
    facts: (processCount) => ({ processCount }),
    course: (processCount, { count }) => ({ processCounts: Array(count).fill(processCount) }),
  });
  list.probes.unshift(countOfProcesses);
  return list;
});

describe('a line in the list of probes', () => {
  let dirs: Awaited<ReturnType<typeof ownDirs>>;
  let project: Awaited<ReturnType<typeof directoryWith>>;
  let saved: string;
  beforeAll(async () => {
    dirs = await ownDirs();
    const server = packagePath('fixtures/servers/json-kv.mjs');
    const config = {
      targets: { mine: { start: { command: ['node', server], env: { PORT: '{port}' } } } },
      requests: { get: { path: '/v1/keys/{key}', expect: { status: 404 } } },
      run: {
        measures: ['throughput'],
        rounds: 1,
        durationMs: 200,
        warmupMs: 0,
        keys: 10,
        engine: 'undici',
      },
    };
    project = await directoryWith({ 'kvbench.config.json': JSON.stringify(config) });
    const args = ['run', '--config', 'kvbench.config.json', '--out', 'result.json'];
    const { code, stderr } = await cli(args, { env: dirs.env, cwd: project.dir });
    expect(code, stderr).toBe(0);
    saved = join(project.dir, 'result.json');
  });
  afterAll(async () => {
    await project.remove();
    await dirs.remove();
  });

  test('is told in the trials of a run, which can be read', async () => {
    const { trials } = await readResult(saved);
    expect(trials).toHaveLength(1);
    const [trial] = trials;
    expect(trial).toHaveProperty('processCount', expect.any(Number));
    const { processCount } = trial as unknown as { processCount: number };
    expect(processCount).toBeGreaterThan(0);
    const counts = trial?.series?.loadedMs.map(() => processCount);
    expect(trial?.series).toHaveProperty('processCounts', counts);
  });

  test('is in the published schema, with its words', async () => {
    const schema = JSON.parse(jsonSchemaOf(runKind).text);
    const { properties } = schema.properties.trials.items;
    expect(properties.processCount).toMatchObject({ description: 'at the end of the load' });
    const validate = validatorOf(schema);
    const document = JSON.parse(await readFile(saved, 'utf8'));
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    document.trials[0].processCount = 'many';
    expect(validate(document)).toBe(false);
  });

  test('is exported', async () => {
    const [head] = runKind.exports.csv(await readResult(saved)).split('\n');
    expect(head?.split(',')).toContain('process_count');
  });

  test('is missed in no document from before', async () => {
    const { trials } = await readResult(packagePath('fixtures/results/run.json'));
    expect(trials[0]).not.toHaveProperty('processCount');
  });
});

describe('probes', () => {
  const http = createServer((_, response) => {
    log.push('ask');
    response.end('{}');
  });
  let adminOrigin = '';
  beforeAll(async () => {
    adminOrigin = await listen(http);
  });
  afterAll(() => closeServer(http));
  beforeEach(() => void log.splice(0));

  const observed = (end: Parameters<typeof observe>[1]) => {
    const server = {
      target: 'mine',
      origin: adminOrigin,
      adminOrigin,
      pids: () => [],
      died: new Promise<never>(() => {}),
      startedMs: null,
      stop: async () => {},
    };
    const stretch = { measure: 'throughput' as const, operation: 'get', seed: 1 };
    const about = { round: 1, stretch, startedAt: new Date(0), ratePerSecond: null };
    const load = () => {
      log.push('load');
      return end();
    };
    return observe(
      [server],
      load,
      async () => null,
      { ...about, intervalMs: 100, warmup: [] },
      {
        serverCpusOf: () => 1,
      },
    );
  };
  const spec = {
    targets: ['mine'],
    mix: [{ name: 'get', share: 1 }],
    pace: null,
    durationMs: 100,
    interleave: 'slice' as const,
    sliceMs: 100,
    intervalMs: 100,
    seed: 1,
  };

  test('ask servers about themselves before all else and after it', async () => {
    await observed(async () => [aLoadOutcome(spec)]);
    expect(log).toEqual(['ask', 'start', 'load', 'stop', 'ask']);
  });

  test('end with a load that fails, and read nothing more', async () => {
    const failure = new Error('the server is gone');
    await expect(observed(() => Promise.reject(failure))).rejects.toBe(failure);
    expect(log).toEqual(['ask', 'start', 'load', 'cancel']);
  });
});
