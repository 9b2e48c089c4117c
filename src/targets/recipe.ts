/** How a bundled server is built: data. */
export interface Recipe {
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
  /** Under which name it is built, where other servers are started of the same file. */
  builtAs?: string;
  /** Variables that it is started with. */
  startEnv?: Readonly<Record<string, string>>;
  /** The file that answers requests, and a line of code, numbered, that changes nothing of what it does. */
  handler?: { file: string; line: (change: number) => string };
  /** How long it may take to end when told to; as long as the contract allows if nothing is said. */
  stopTimeoutMs?: number;
  /** How a build that is tuned by what its program does under load learns of that. */
  profile?: Profiling;
}

export interface BuildDirs {
  source: string;
  work: string;
  /** What a build with `Recipe.profile` is tuned by; without it, it is built to record that. */
  profile?: string;
}

/** How a program that was built for it is recorded: from its start to its end, under load. */
export interface Profiling {
  /** Variables with which it writes what it has done to that file as it ends. */
  startEnv: (file: string) => Record<string, string>;
  /**
   * Resolves to the command that makes a profile of such a file; null: it is one. Asked before anything
   * is built, and throws a `target` error where the tool is missing.
   */
  converter: ((recipe: Recipe, source: string) => Promise<Converter>) | null;
}

export type Converter = (recorded: string, profile: string) => string[];
