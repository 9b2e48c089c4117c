import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);

/** Absolute path of a file that kvbench ships; the same from `src/` and from `dist/`. */
export function packagePath(relative: string): string {
  return fileURLToPath(new URL(relative, root));
}

/** kvbench's own version. */
export const packageVersion = (
  JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string }
).version;
