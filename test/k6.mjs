// Where the tests find k6, and how it gets there: `node test/k6.mjs` compiles it once into kvbench's
// cache directory, which takes a minute or two. It is a Go module, and nothing of it is ours.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toolDir } from './tools.mjs';

const module = 'go.k6.io/k6@v1.8.1';

const dir = toolDir('k6-v1.8.1');

/** Path of a k6 that is there already: KVBENCH_K6, then PATH, then the cache; null: none. */
export function findK6() {
  const named = process.env['KVBENCH_K6'];
  if (named) return named;
  const onPath = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, 'k6'));
  return [...onPath, join(dir, 'k6')].find((path) => existsSync(path)) ?? null;
}

if (process.argv[1] === fileURLToPath(import.meta.url) && findK6() === null) {
  mkdirSync(dir, { recursive: true });
  const { status } = spawnSync('go', ['install', module], {
    stdio: 'inherit',
    env: { ...process.env, GOBIN: dir, GOFLAGS: '', CGO_ENABLED: '0' },
  });
  // The tests that need it say that they were skipped.
  if (status !== 0) process.stderr.write('k6 could not be compiled: its tests will be skipped.\n');
}
