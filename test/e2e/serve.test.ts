import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { packagePath } from '../../src/package.js';
import { useBin } from '../helpers/bin.js';

const bins = useBin();

test.each(['rust', 'go'])('serve %s until Ctrl-C; its curl lines work', async (target) => {
  const run = bins.current.start(['serve', target, '--workers', '2']);
  const [, origin = ''] = await run.says(/listens on (http:\S+) /);
  await run.says(/Ctrl-C stops it/);
  expect(run.output.stdout).toContain(`curl --data-raw hello=world ${origin}/`);
  expect(await (await fetch(origin, { method: 'POST', body: 'hello=world' })).text()).toBe(
    'Key inserted',
  );
  expect(await (await fetch(`${origin}/hello`)).text()).toBe('world');
  const [, admin = ''] = await run.says(/curl (http:\S+\/runtime)/);
  expect(await (await fetch(admin)).json()).toMatchObject({ keys: 1, workers: 2 });
  run.child.kill('SIGINT');
  expect(await run.ended).toBe(0);
});

test.each(['rust', 'go'])('%s on a port that is taken', async (target) => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  const run = bins.current.start(['serve', target, '--port', String(port)]);
  expect(await run.ended).toBe(3);
  expect(run.output.stderr).toContain(`127.0.0.1:${port}`);
  expect(run.output.stderr).toMatch(/in use/i);
  other.close();
});

test('check shows that both servers keep every vector', async () => {
  const run = bins.current.start(['check', '--json']);
  expect(await run.ended, run.output.stdout).toBe(0);
  const reports = JSON.parse(run.output.stdout);
  expect(reports.map(({ name }: { name: string }) => name)).toEqual(['rust', 'go']);
  for (const { outcomes } of reports) {
    expect(outcomes.length).toBeGreaterThanOrEqual(50);
    expect(outcomes.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([]);
  }
});

test('check --url shows which vectors a server breaks, and only those', async () => {
  const server = bins.current.shell(
    `KV_FAULT=contract exec ${process.execPath} ${packagePath('fixtures/servers/reference.mjs')} < <(sleep 600)`,
  );
  const [, address = ''] = await server.says(/"addr":"([^"]+)"/);
  const run = bins.current.start(['check', '--url', `http://${address}`]);
  expect(await run.ended).toBe(3);
  expect(run.output.stdout).toContain('differs');
  expect(run.output.stdout).toContain('expected  Key not found');
  expect(run.output.stdout).toContain('received  not found');
  for (const pid of bins.current.running()) process.kill(pid, 'SIGKILL');
});
