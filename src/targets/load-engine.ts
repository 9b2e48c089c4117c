import { KvbenchError } from '../errors.js';
import type { Artifact } from '../result/schema.js';
import { buildBundled } from './build.js';
import type { Recipe } from './bundled.js';
import type { BuildOptions } from './target.js';

const flags = ['--release', '--locked'];

/** How the native load engine is built: as a target is, though it is none. */
const recipe: Recipe = {
  name: 'load-engine',
  description: 'the native load engine',
  sourceDir: 'rust-load',
  isSource: (file) => /^(src\/.*\.rs|Cargo\.(toml|lock))$/.test(file),
  executable: 'rust-load',
  tool: { command: 'cargo', installHint: 'Install Rust from https://rustup.rs' },
  versionCommands: [
    ['rustc', '--version'],
    ['cargo', '--version'],
  ],
  fetchCommand: ['cargo', 'fetch', '--locked'],
  flags,
  buildCommand: ({ work }) => ['cargo', 'build', ...flags, '--bins', '--target-dir', work],
  // Paths of this machine would otherwise be part of the executable.
  buildEnv: ({ source, work }) => ({
    CARGO_ENCODED_RUSTFLAGS: [
      `--remap-path-prefix=${source}=/rust-load`,
      `--remap-path-prefix=${work}=/target`,
    ].join('\x1f'),
  }),
  builtPath: ({ work }) => `${work}/release/rust-load`,
};

/**
 * Builds the native load engine, or takes it from the cache. Throws a `target` error where there is
 * no cargo, or an old one, or the build fails.
 */
export async function buildLoadEngine(options: BuildOptions): Promise<Artifact> {
  try {
    return await buildBundled(recipe, options);
  } catch (error) {
    if (!(error instanceof KvbenchError) || error.kind !== 'target') throw error;
    const isThere = !error.message.includes('there is no');
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
