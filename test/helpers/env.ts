/**
 * Gives the environment what it had before, and nothing else: in the same object, because only that one is
 * the process's own.
 */
export function restoreEnv(before: Readonly<NodeJS.ProcessEnv>): void {
  for (const name of Object.keys(process.env)) {
    if (!(name in before)) delete process.env[name];
  }
  Object.assign(process.env, before);
}
