// Where the tests find other readers of what kvbench exports, and how they get there:
// `node test/python.mjs` installs them once, from PyPI, into kvbench's cache directory.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toolDir } from './tools.mjs';

const packages = ['hdrhistogram==0.10.8', 'prometheus_client==0.26.0'];

const dir = toolDir('python-readers-1');

/** Path of a Python that has the packages; null: none. */
export function findPython() {
  const python = join(dir, 'bin', 'python');
  return existsSync(python) ? python : null;
}

if (process.argv[1] === fileURLToPath(import.meta.url) && findPython() === null) {
  mkdirSync(dirname(dir), { recursive: true });
  const run = (command, ...args) => spawnSync(command, args, { stdio: 'inherit' }).status === 0;
  const isDone =
    run('python3', '-m', 'venv', dir) &&
    run(join(dir, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', ...packages);
  if (!isDone) {
    // Half of it would be found, and fail.
    rmSync(dir, { recursive: true, force: true });
    process.stderr.write(
      'Readers in Python could not be installed: their tests will be skipped.\n',
    );
  }
}
