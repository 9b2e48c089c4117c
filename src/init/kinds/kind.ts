import { isReservedName } from '../../config/names.js';

/** What lies in a directory, as far as it tells what the server is. */
export interface DirectoryFacts {
  /** The directory's own name. */
  name: string;
  /** Texts of the files that tell the kind of a server, by their names; null: not there. */
  markers: Readonly<Record<string, string | null>>;
  /** Paths of files, relative, two levels deep. */
  files: readonly string[];
}

/** A server as it will stand in the config. */
export interface ServerDraft {
  name: string;
  /** What brings a fresh checkout what git does not have. */
  setup?: { command: string[]; inputs: string[]; keep?: string[] };
  build?: { command: string[]; inputs: string[]; artifact?: string };
  command: string[];
  /** Variables besides the one with the port. */
  env?: Record<string, string>;
  /** What it reads as it runs, where that is not told by its build. */
  reads?: string[];
}

/** A language, or what stands for it: how a server of that kind is recognised, built and started. */
export interface ServerKind {
  /** Files of which any tells that this is one. */
  markers: readonly string[];
  draft(facts: DirectoryFacts): ServerDraft;
  /** Steps of a GitHub workflow that bring its toolchain; `inDir` is a path from the repository's top. */
  toolchainSteps(facts: DirectoryFacts, inDir: (file: string) => string): string;
}

/** Everything that a server may read, but for documents; written so that nothing is forgotten. */
export const allButDocuments = ['**', '!**/*.md'];

/** The first of these files that is there, or else the first. */
export function likeliest(files: readonly string[], usual: readonly [string, ...string[]]): string {
  return usual.find((file) => files.includes(file)) ?? usual[0];
}

/** A name that a target can have, made of any text. */
export function toTargetName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 25);
  if (name === '') return 'server';
  return isReservedName(name) ? `my-${name}` : name;
}
