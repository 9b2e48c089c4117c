import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packagePath } from '../../src/package.js';
import { isAlive } from '../helpers/processes.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvbench-left-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A kvbench of its own that runs a script with this part of it; its first line of output too. */
async function elsewhere(part: 'endWithUs' | 'runTool', script: string) {
  const given = `import { ${part} } from ${JSON.stringify(packagePath('dist/internals.js'))};`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', `${given}${script}`], {
    env: { ...process.env, TMPDIR: dir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return { child, said: String(line).trim() };
}

/** What stands for a build that leaves temporary files, and says so when it has. */
const tool = `
  const fs = require('node:fs'), path = require('node:path'), os = require('node:os');
  fs.mkdirSync(path.join(os.tmpdir(), 'go-build1'));
  fs.writeFileSync(process.argv[1], os.tmpdir());
  setInterval(() => {}, 1e6);`;

test('a child that is stopped is killed all the same when kvbench is', async () => {
  const { child, said } = await elsewhere(
    'endWithUs',
    `import { spawn } from 'node:child_process';
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
    endWithUs(child);
    child.kill('SIGSTOP');
    console.log(child.pid);
    setInterval(() => {}, 1e6);`,
  );
  const pid = Number(said);
  expect(isAlive(pid)).toBe(true);
  child.kill('SIGKILL');
  await expect.poll(() => isAlive(pid), { timeout: 30_000 }).toBe(false);
});

test('nobody waits for the watcher, and it ends with kvbench', async () => {
  const { child, said } = await elsewhere(
    'endWithUs',
    `import { spawn } from 'node:child_process';
    const child = spawn(process.execPath, ['-e', '']);
    endWithUs(child);
    child.on('exit', () => console.log('over'));`,
  );
  expect(said).toBe('over');
  if (child.exitCode === null) await once(child, 'exit');
  expect(child.exitCode).toBe(0);
});

test.each(['abort', 'SIGKILL'] as const)(
  'a build that is ended by %s leaves no temporary files, nor its work directory',
  async (how) => {
    const work = join(dir, 'work');
    const told = join(dir, 'told');
    await mkdir(work);
    const { child } = await elsewhere(
      'runTool',
      `import { existsSync } from 'node:fs';
      const abort = new AbortController();
      const command = [process.execPath, '-e', ${JSON.stringify(tool)}, ${JSON.stringify(told)}];
      const options = { cwd: ${JSON.stringify(dir)}, env: {}, workDir: ${JSON.stringify(work)} };
      const running = runTool(command, { ...options, signal: abort.signal });
      while (!existsSync(${JSON.stringify(told)})) await new Promise((r) => setTimeout(r, 20));
      process.on('SIGTERM', () => abort.abort(new Error('stop')));
      console.log('building');
      const timer = setInterval(() => {}, 1e6);
      await running.catch(() => {});
      clearInterval(timer);`,
    );
    expect(await readdir(dir)).toHaveLength(3);
    child.kill(how === 'abort' ? 'SIGTERM' : 'SIGKILL');
    // A work directory of one that lives is its own to remove.
    const left = how === 'abort' ? ['told', 'work'] : ['told'];
    await expect.poll(() => readdir(dir), { timeout: 30_000 }).toEqual(left);
  },
);
