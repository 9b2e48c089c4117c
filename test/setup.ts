import { userPaths } from '../src/api/paths.js';
import { bundledTargets } from '../src/targets/targets.js';

/** Both servers, built once before any test needs them; the cache makes the next time cheap. */
export default async function setup(): Promise<void> {
  const signal = new AbortController().signal;
  for (const target of bundledTargets) {
    await target.build({
      cacheDir: userPaths(process.env).cache,
      signal,
      onStart: () => process.stderr.write(`building ${target.name} for the tests …\n`),
    });
  }
}
