import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where kvbench keeps things, by the XDG base directory rules (on other systems too: one rule). */
export function userPaths(env: Readonly<Record<string, string | undefined>>) {
  const base = (variable: string, fallback: string) => {
    const value = env[variable];
    // The rules say to ignore a relative path.
    return join(value?.startsWith('/') ? value : join(homedir(), fallback), 'kvbench');
  };
  return {
    cache: base('XDG_CACHE_HOME', '.cache'),
    results: join(base('XDG_STATE_HOME', '.local/state'), 'results'),
    maskKey: join(base('XDG_STATE_HOME', '.local/state'), 'mask.key'),
  };
}

/** A file of its own for a result, where they are kept: the kind and the time say what it is. */
export function resultPath(
  env: Readonly<Record<string, string | undefined>>,
  kind: string,
  at: Date,
): string {
  const stamp = at
    .toISOString()
    .replaceAll(':', '-')
    .replace(/\.\d+Z$/, 'Z');
  return join(userPaths(env).results, `${kind}-${stamp}-${process.pid}.json`);
}
