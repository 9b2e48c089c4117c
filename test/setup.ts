import { userPaths } from '../src/api/paths.js';
import { buildLoadEngine } from '../src/targets/load-engine.js';
import { bundledTargets } from '../src/targets/targets.js';

/** Both servers and the native engine, built once before any test needs them; the cache makes the next time cheap. */
export default async function setup(): Promise<void> {
  // Where these tests are themselves a job of GitHub Actions, what they print is none of its business.
  delete process.env['GITHUB_ACTIONS'];
  delete process.env['GITHUB_STEP_SUMMARY'];
  const signal = new AbortController().signal;
  // Together: rustc is alone with the last crate for most of its time.
  const options = (name: string) => ({
    cacheDir: userPaths(process.env).cache,
    signal,
    onStart: () => process.stderr.write(`building ${name} for the tests …\n`),
  });
  await Promise.all([
    ...bundledTargets.map((target) => target.build(options(target.name))),
    buildLoadEngine(options('the load engine')),
  ]);
}
