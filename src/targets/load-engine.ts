import { codeOf, KvbenchError } from '../errors.js';
import type { Artifact } from '../result/schema.js';
import { buildBundled } from './build.js';
import { cargoRecipe } from './cargo.js';
import type { BuildOptions } from './target.js';

/** How the native load engine is built: as a target is, though it is none. */
const recipe = cargoRecipe({
  name: 'load-engine',
  description: 'the native load engine',
  crate: 'rust-load',
  only: ['--bins'],
});

/**
 * Builds the native load engine, or takes it from the cache. Throws a `target` error where there is
 * no cargo, or an old one, or the build fails.
 */
export async function buildLoadEngine(options: BuildOptions): Promise<Artifact> {
  try {
    return await buildBundled(recipe, options);
  } catch (error) {
    if (!(error instanceof KvbenchError) || error.kind !== 'target') throw error;
    const isThere = codeOf(error.cause) !== 'ENOENT';
    throw new KvbenchError(
      'target',
      isThere
        ? 'The native load engine did not build: an older cargo, perhaps, or a download that failed.'
        : 'The native load engine needs cargo to be built, and there is none on the PATH.',
      isThere
        ? 'Bring Rust up to date with `rustup update`, or give --engine undici.'
        : `${recipe.tool.installHint}, or give --engine undici.`,
      { cause: error, output: error.output },
    );
  }
}
