// Where the tests find a k6, if there is one: KVBENCH_K6, then PATH. It is under the AGPL, so nothing here
// fetches or builds it; without one the script runs in the stand-in of test/helpers/k6-runner.mjs alone.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Path of a k6 that is there already; null: none. */
export function findK6() {
  const named = process.env['KVBENCH_K6'];
  if (named) return named;
  const onPath = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, 'k6'));
  return onPath.find((path) => existsSync(path)) ?? null;
}
