import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Where kvbench keeps things, by the XDG base directory rules (on other systems too: one rule). */
export function userPaths(env: Readonly<Record<string, string | undefined>>) {
  const base = (variable: string, fallback: string) => {
    const value = env[variable];
    // The rules say to ignore a relative path.
    return join(value?.startsWith('/') ? value : join(home(), fallback), 'kvbench');
  };
  return {
    cache: base('XDG_CACHE_HOME', '.cache'),
    results: join(base('XDG_STATE_HOME', '.local/state'), 'results'),
    maskKey: join(base('XDG_STATE_HOME', '.local/state'), 'mask.key'),
  };
}

/** An empty HOME is none: then what the system knows of the user. */
function home(): string {
  const named = homedir();
  return named.startsWith('/') ? named : userInfo().homedir;
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
