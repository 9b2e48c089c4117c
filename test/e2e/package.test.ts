import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packagePath, packageVersion } from '../../src/package.js';
import { resultSchema } from '../../src/result/schema.js';

const execute = promisify(execFile);
const dir = mkdtempSync(join(tmpdir(), 'kvbench-package-'));
const installed = join(dir, 'node_modules/kvbench');
const env = { ...process.env, XDG_STATE_HOME: join(dir, 'state') };

/** A project that has installed what is published, and of the packages that it needs those it does not hold. */
beforeAll(async () => {
  await execute('npm', ['pack', '--ignore-scripts', '--pack-destination', dir], {
    cwd: packagePath('.'),
  });
  mkdirSync(installed, { recursive: true });
  const tarball = join(dir, `kvbench-${packageVersion}.tgz`);
  await execute('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  symlinkSync(packagePath('node_modules/jiti'), join(dir, 'node_modules/jiti'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const node = (...args: string[]) => execute(process.execPath, args, { cwd: dir, env });
const kvbench = (...args: string[]) => node(join(installed, 'bin/kvbench.js'), ...args);

test('it begins', async () => {
  expect((await kvbench('--version')).stdout).toBe(`${packageVersion}\n`);
  expect((await kvbench('--help')).stdout).toContain('kvbench run --quick');
  expect((await kvbench('targets')).stdout).toContain('rust+mutex');
});

test.each(['pass', 'identical'])('it judges a saved gate anew: %s', async (name) => {
  const saved = packagePath(`fixtures/gate/${name}.json`);
  const { stdout } = await kvbench('gate', '--replay', saved, '--json');
  expect(JSON.parse(stdout)).toMatchObject({ judgement: { verdict: { outcome: 'pass' } } });
});

test('it reads a config program that imports it, and measures with all its processes', async () => {
  const server = join(installed, 'fixtures/servers/json-kv.mjs');
  const program = `
    import { defineConfig } from 'kvbench';
    const port: string = '{port}';
    export default defineConfig({
      targets: {
        mine: {
          start: { command: ['node', ${JSON.stringify(server)}], env: { PORT: port } },
          ready: { http: '/healthz' },
        },
      },
      requests: { get: { path: '/healthz', expect: { json: { ok: true } } } },
    });`;
  writeFileSync(join(dir, 'kvbench.config.ts'), program);
  const small = '--engine undici --rate 200 --duration 100ms --slice 50ms --rounds 2'.split(' ');
  const { stdout } = await kvbench('run', ...small, '--json');
  const result = resultSchema.parse(JSON.parse(stdout));
  expect(result).toMatchObject({ state: 'complete', targets: [{ name: 'mine' }] });
});

test('programs import it', async () => {
  const saved = JSON.stringify(packagePath('fixtures/gate/regression.json'));
  const script = `
    import { KvbenchError, readSaved, report } from 'kvbench';
    const document = await readSaved(${saved});
    console.log(document.kind, report([document], { format: 'markdown' }).length > 500);
    console.log(await readSaved('nothing.json').catch((error) => error instanceof KvbenchError));`;
  writeFileSync(join(dir, 'script.mjs'), script);
  expect((await node(join(dir, 'script.mjs'))).stdout).toBe('gate true\ntrue\n');
});
