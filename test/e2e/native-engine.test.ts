/** The tests of what an engine does, run against the native one. */
import { userPaths } from '../../src/api/paths.js';
import { buildLoadEngine } from '../../src/targets/load-engine.js';
import { underTest } from '../helpers/engine.js';

const { path } = await buildLoadEngine({
  cacheDir: userPaths(process.env).cache,
  signal: new AbortController().signal,
});
underTest.engine = { name: 'native', executable: path };
for (const name of [
  'engine',
  'engine-faults',
  'engine-http',
  'engine-requests',
  'engine-timeline',
  'generator',
]) {
  await import(`../integration/${name}.test.ts`);
}
