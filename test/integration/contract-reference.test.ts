import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { checkContract } from '../../src/contract/check.js';
import { loadVectors } from '../../src/contract/vectors.js';

const reference = fileURLToPath(new URL('../../fixtures/servers/reference.mjs', import.meta.url));

let child: ChildProcess | undefined;
afterEach(() => void child?.kill('SIGKILL'));

interface Listening {
  addr: string;
  adminAddr: string;
  [name: string]: unknown;
}

function start(env: Record<string, string> = {}, args: string[] = []) {
  const process_ = spawn(process.execPath, [reference, ...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child = process_;
  return { process: process_, exit: once(process_, 'close').then(([code]) => code as number) };
}

async function listen(...args: Parameters<typeof start>) {
  const started = start(...args);
  const [line] = await once(createInterface({ input: started.process.stdout }), 'line');
  return { ...started, line: JSON.parse(line as string) as Listening };
}

async function check({ addr }: Listening, only: string[] = []) {
  const vectors = loadVectors().filter(({ name }) => only.length === 0 || only.includes(name));
  const port = Number(addr.split(':').at(-1));
  const outcomes = await checkContract({ host: '127.0.0.1', port, vectors, timeoutMs: 20_000 });
  return outcomes.filter(({ ok }) => !ok);
}

test('the reference server passes all vectors, twice', async () => {
  const { line } = await listen();
  expect(await check(line)).toEqual([]);
  expect(await check(line)).toEqual([]);
}, 60_000);

describe('the process part', () => {
  test('the first line says where it listens', async () => {
    const {
      line,
      process: { pid },
    } = await listen({}, ['--workers', '3', '--addr', '127.0.0.1:0']);
    expect(line).toMatchObject({ event: 'listening', name: 'reference', pid, workers: 3 });
    expect(line.addr).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test('the admin port tells health and runtime', async () => {
    const { line } = await listen();
    await check(line, ['post-insert']);
    const get = (path: string) => fetch(`http://${line.adminAddr}${path}`);
    expect(await (await get('/health')).text()).toBe('ok');
    expect(await (await get('/runtime')).json()).toMatchObject({ name: 'reference', keys: 1 });
    expect((await get('/elsewhere')).status).toBe(404);
  });

  test.each(['SIGTERM', 'SIGINT', 'the end of standard input'])('%s ends it', async (way) => {
    const { process: server, exit } = await listen();
    if (way.startsWith('SIG')) server.kill(way as NodeJS.Signals);
    else server.stdin.end();
    expect(await exit).toBe(0);
  });

  test.each([['--nonsense'], ['--addr', 'nowhere'], ['--workers', '0']])(
    '%s %s is refused',
    async (...args) => {
      const { exit } = start({}, args);
      expect(await exit).toBe(2);
    },
  );

  test('a taken port is a failure', async () => {
    const { line } = await listen();
    const first = child;
    const { exit } = start({}, ['--addr', line.addr]);
    expect(await exit).toBe(1);
    first?.kill('SIGKILL');
  });
});

describe('faults', () => {
  test.each<[fault: string, after: string, vector: string, what: string]>([
    ['contract', '', 'get-miss', 'body'],
    ['wrong-body', '2', 'pipeline-sixteen', 'answer 2 body'],
    ['wrong-status', '3', 'pipeline-sixteen', 'answer 3 status'],
    ['lose-writes', '1', 'post-insert', 'answer 2 status'],
    ['reset', '5', 'pipeline-sixteen', 'answer 4 status'],
    ['die', '5', 'pipeline-sixteen', 'answer 5 status'],
  ])('%s shows', async (KV_FAULT, KV_FAULT_AFTER, vector, what) => {
    const { line } = await listen({ KV_FAULT, ...(KV_FAULT_AFTER && { KV_FAULT_AFTER }) });
    const [outcome] = await check(line, [vector]);
    expect(outcome).toMatchObject({ name: vector, differences: expect.anything() });
    const found = outcome?.ok === false ? outcome.differences.map((d) => d.what) : [];
    expect(found).toContain(what);
  });

  test('exit ends with a line on standard error', async () => {
    const { process: server, exit } = start({ KV_FAULT: 'exit' });
    const [line] = await once(createInterface({ input: server.stderr }), 'line');
    expect(line).toContain('reference:');
    expect(await exit).toBe(3);
  });

  test('garbage begins with something else', async () => {
    const { process: server } = start({ KV_FAULT: 'garbage' });
    const [line] = await once(createInterface({ input: server.stdout }), 'line');
    expect(() => JSON.parse(line as string)).toThrow();
  });

  test('silent still ends with its parent', async () => {
    const { process: server, exit } = start({ KV_FAULT: 'silent' });
    server.stdin.end();
    expect(await exit).toBe(0);
  });

  test('slow is right', async () => {
    const { line } = await listen({ KV_FAULT: 'slow' });
    expect(await check(line, ['get-hit', 'pipeline-errors-inside'])).toEqual([]);
  });

  test('ignore-term must be killed', async () => {
    const { process: server, line } = await listen({ KV_FAULT: 'ignore-term' });
    server.kill('SIGTERM');
    server.stdin.end();
    expect(await check(line, ['get-miss'])).toEqual([]);
    expect(server.exitCode).toBeNull();
  });
});
