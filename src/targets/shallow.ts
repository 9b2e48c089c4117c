/** How a commit comes into a shallow clone: commands that can be pasted, and what to name it then. */
export interface ShallowAdvice {
  commands: string[];
  ref: string;
}

/** `HEAD`, or a branch that is there, and generations back from it. */
const ancestor = /^(?:HEAD|@|[\w./-]+)((?:[~^]\d*)+)$/;

/**
 * What brings a commit that a shallow clone lacks: more history for one that is counted back from another,
 * else the branch, tag or commit by its own name, of the remote that the name says.
 */
export function shallowAdvice(ref: string, remotes: readonly string[]): ShallowAdvice {
  const [, steps] = ancestor.exec(ref) ?? [];
  if (steps !== undefined) return { commands: [`git fetch --deepen=${generations(steps)}`], ref };
  const remote = remotes.find((name) => ref.startsWith(`${name}/`));
  const name = remote === undefined ? ref : ref.slice(remote.length + 1);
  const from = remote ?? remotes[0] ?? 'origin';
  return { commands: [`git fetch --depth=1 ${from} ${name}`], ref: 'FETCH_HEAD' };
}

/** How many generations back that is: of `^2` the second parent of one. */
function generations(steps: string): number {
  return [...steps.matchAll(/([~^])(\d*)/g)].reduce(
    (sum, [, sign, count]) => sum + (sign === '~' && count !== '' ? Number(count) : 1),
    0,
  );
}
