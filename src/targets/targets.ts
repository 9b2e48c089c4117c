import { closest, distance } from 'fastest-levenshtein';
import { KvbenchError } from '../errors.js';
import { isNullTarget } from '../plan/plan.js';

/** A server that kvbench can build: data, so that one of the user's own can join later. */
export interface Target {
  name: string;
  description: string;
  /** Directory of the sources, relative to the package's root. */
  sourceDir: string;
  /** Whether a file of `sourceDir` decides what is built; the others can change freely. */
  isSource: (file: string) => boolean;
  /** File name of the executable that the build leaves. */
  executable: string;
  /** Program that must be there, and where to get it. */
  tool: { command: string; installHint: string };
  /** Printed by the toolchain; part of the artifact's key. */
  versionCommands: string[][];
  /** Fills the download cache, so that it is not part of the build time; null: nothing to fetch. */
  fetchCommand: string[] | null;
  buildCommand: (dirs: BuildDirs) => string[];
  /** Compiler caches of their own, so that every build is a cold one. */
  buildEnv: (dirs: BuildDirs) => Record<string, string>;
  /** Where the executable is after the build. */
  builtPath: (dirs: BuildDirs) => string;
  /** What changes the artifact besides sources and toolchain; part of its key. */
  flags: string[];
}

interface BuildDirs {
  source: string;
  work: string;
}

const goFlags = ['-trimpath', '-buildvcs=false'];
const rustFlags = ['--release', '--locked'];

/** The bundled targets, in the order in which they are shown. */
export const bundledTargets: readonly Target[] = [
  {
    name: 'rust',
    description: 'actix-web on tokio, dashmap',
    sourceDir: 'rust-kv',
    isSource: (file) => /^(src\/.*\.rs|Cargo\.(toml|lock))$/.test(file),
    executable: 'rust-kv',
    tool: { command: 'cargo', installHint: 'Install Rust from https://rustup.rs' },
    versionCommands: [
      ['rustc', '--version'],
      ['cargo', '--version'],
    ],
    fetchCommand: ['cargo', 'fetch', '--locked'],
    flags: rustFlags,
    buildCommand: ({ work }) => ['cargo', 'build', ...rustFlags, '--target-dir', work],
    // Paths of this machine would otherwise be part of the executable.
    buildEnv: ({ source, work }) => ({
      CARGO_ENCODED_RUSTFLAGS: [
        `--remap-path-prefix=${source}=/rust-kv`,
        `--remap-path-prefix=${work}=/target`,
      ].join('\x1f'),
    }),
    builtPath: ({ work }) => `${work}/release/rust-kv`,
  },
  {
    name: 'go',
    description: 'net/http, sync.Map',
    sourceDir: 'go-kv',
    isSource: (file) => /\.go$|^go\.(mod|sum)$/.test(file) && !file.endsWith('_test.go'),
    executable: 'go-kv',
    tool: { command: 'go', installHint: 'Install Go from https://go.dev/dl' },
    versionCommands: [['go', 'version']],
    fetchCommand: null,
    flags: goFlags,
    buildCommand: ({ work }) => ['go', 'build', ...goFlags, '-o', `${work}/go-kv`, '.'],
    buildEnv: ({ work }) => ({ GOCACHE: `${work}/cache`, GOFLAGS: '', CGO_ENABLED: '0' }),
    builtPath: ({ work }) => `${work}/go-kv`,
  },
];

/** What runs under a name: the built target, as the store that it is or as a null target. */
export interface Variant {
  target: Target;
  /** Whether it gives a fixed answer and has no store: the instrument's own floor and ceiling. */
  isNull: boolean;
}

/** `rust`, or `null-rust` for its null target; a usage error with a suggestion if there is none. */
export function findVariant(name: string): Variant {
  const isNull = isNullTarget(name);
  const base = name.replace(/^null-/, '');
  const target = bundledTargets.find((candidate) => candidate.name === base);
  return { target: target ?? findTarget(name), isNull };
}

/** The bundled target of that name; a usage error with a suggestion if there is none. */
export function findTarget(name: string): Target {
  const target = bundledTargets.find((candidate) => candidate.name === name);
  if (target) return target;
  const names = bundledTargets.map((candidate) => candidate.name);
  const near = closest(name.toLowerCase(), names);
  const suggestion = distance(name.toLowerCase(), near) <= 2 ? `Did you mean ${near}? ` : '';
  throw new KvbenchError(
    'usage',
    `There is no target named ${JSON.stringify(name)}.`,
    `${suggestion}Targets: ${names.join(', ')}.`,
  );
}
