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
export function buildLoadEngine(options: BuildOptions): Promise<Artifact> {
  return buildBundled(recipe, options);
}
