// Where what the tests need of others is kept: in kvbench's cache directory, for all checkouts.
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The directory of a tool; its version is part of its name. */
export function toolDir(name) {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base?.startsWith('/') ? base : join(homedir(), '.cache'), 'kvbench', 'tools', name);
}
