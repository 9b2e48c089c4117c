import type { Recipe } from './recipe.js';

const flags = ['--release', '--locked'];

interface Crate extends Pick<Recipe, 'name' | 'description'> {
  handler?: Recipe['handler'];
  /** Directory of its sources and name of its executable. */
  crate: string;
  /** What is built of it, as cargo's flags say; all that it has if nothing is said. */
  only?: readonly string[];
}

/** How a crate of ours is built. */
export function cargoRecipe({ name, description, handler, crate, only = [] }: Crate): Recipe {
  return {
    name,
    description,
    sourceDir: crate,
    executable: crate,
    flags,
    ...(handler && { handler }),
    isSource: (file) => /^(src\/.*\.rs|Cargo\.(toml|lock))$/.test(file),
    tool: { command: 'cargo', installHint: 'Install Rust from https://rustup.rs' },
    versionCommands: [
      ['rustc', '--version'],
      ['cargo', '--version'],
    ],
    fetchCommand: ['cargo', 'fetch', '--locked'],
    buildCommand: ({ work }) => ['cargo', 'build', ...flags, ...only, '--target-dir', work],
    // Paths of this machine would otherwise be part of the executable.
    buildEnv: ({ source, work }) => ({
      CARGO_ENCODED_RUSTFLAGS: [
        `--remap-path-prefix=${source}=/${crate}`,
        `--remap-path-prefix=${work}=/target`,
      ].join('\x1f'),
    }),
    builtPath: ({ work }) => `${work}/release/${crate}`,
  };
}
