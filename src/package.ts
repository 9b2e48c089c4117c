import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Absolute path of a file that kvbench ships; the same from `src/` and from `dist/`. */
export function packagePath(relative: string): string {
  return resolve(root, relative);
}

/** Of the undici that is installed. */
export const undiciVersion = (
  createRequire(import.meta.url)('undici/package.json') as { version: string }
).version;

/** kvbench's own version. */
export const packageVersion = (
  JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string }
).version;
