import { userPaths } from '../src/cli/paths.js';
import { buildTarget } from '../src/targets/build.js';
import { bundledTargets } from '../src/targets/targets.js';

/** Both servers, built once before any test needs them; the cache makes the next time cheap. */
export default async function setup(): Promise<void> {
  const signal = new AbortController().signal;
  for (const target of bundledTargets) {
    await buildTarget(target, {
      cacheDir: userPaths(process.env).cache,
      signal,
      onStart: ({ name }) => process.stderr.write(`building ${name} for the tests …\n`),
    });
  }
}
