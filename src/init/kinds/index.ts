import { go } from './go.js';
import { java } from './java.js';
import type { DirectoryFacts, ServerKind } from './kind.js';
import { node } from './node.js';
import { php } from './php.js';
import { python } from './python.js';
import { ruby } from './ruby.js';
import { rust } from './rust.js';

/** Servers that are recognised by what lies in their directory: a file here, and a line. */
const languages = { node, go, rust, python, ruby, java, php } satisfies Record<string, ServerKind>;

export type Language = keyof typeof languages;
/** How a server is started, as `kvbench init` understands it. */
export type Kind = Language | 'command' | 'url';

const names = Object.keys(languages) as Language[];
export const kinds: readonly Kind[] = [...names, 'command', 'url'];

/** All files that tell the kind of a server. */
export const markerFiles = names.flatMap((name) => languages[name].markers);

/** The language of a kind; null: it is none. */
export function languageOf(kind: Kind): ServerKind | null {
  return kind === 'command' || kind === 'url' ? null : languages[kind];
}

/** The kinds of servers that may lie in the directory. */
export function detectKinds({ markers }: DirectoryFacts): Language[] {
  return names.filter((name) => languages[name].markers.some((file) => markers[file] != null));
}
