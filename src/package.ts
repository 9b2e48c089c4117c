import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import undici from 'undici/package.json' with { type: 'json' };

const root = directoryOfPackage(dirname(fileURLToPath(import.meta.url)));

/** Searched for, because a bundler decides in which directory of `dist/` this runs. */
function directoryOfPackage(directory: string): string {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error('kvbench lies beside no package.json of its own');
  return directoryOfPackage(parent);
}

/** Absolute path of a file that kvbench ships; the same from `src/` and from `dist/`. */
export function packagePath(relative: string): string {
  return resolve(root, relative);
}

/** Of the undici that sends requests. */
export const undiciVersion: string = undici.version;

/** kvbench's own version. */
export const packageVersion = (
  JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string }
).version;
