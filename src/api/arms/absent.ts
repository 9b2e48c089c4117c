import { KvbenchError } from '../../errors.js';
import type { Sides } from './sources.js';

/** Whether a build of either side, or its server, is why there is no verdict: reports are to say so. */
export function isFailure(error: unknown): error is KvbenchError {
  return error instanceof KvbenchError && error.kind === 'target';
}

/** The same error; where a checkout lacks what the working tree has, its hint says so. */
export async function withAbsent(error: unknown, sides: Sides): Promise<unknown> {
  if (!isFailure(error)) return error;
  const { ignored, submodules } = await sides.absent();
  const { kind, message, hint, output, cause } = error;
  const said = (what: RegExp) => what.test(output ?? '');
  const hints = [
    hint,
    ...(said(/not a git repository/i)
      ? [
          'The checkout is no repository: give the version by a variable, in build.env, or set "git": true for the target.',
        ]
      : []),
    ...(said(/no names found|no (annotated )?tags can describe/i)
      ? ['The clone has no tag that leads to the commit: fetch the whole history (fetch-depth: 0).']
      : []),
    ...(ignored.length > 0
      ? [
          `Neither build has ${listed(ignored)}, which git ignores: \`setup\` of the target can bring that (docs/ci.md).`,
        ]
      : []),
    ...(submodules.length > 0
      ? [`Submodules are empty in both: ${listed(submodules)}; \`setup\` can fetch them.`]
      : []),
  ];
  return new KvbenchError(kind, message, hints.join(' '), { output, cause });
}

function listed(paths: readonly string[]): string {
  const shown = paths.slice(0, 4).join(', ');
  return paths.length > 4 ? `${shown} and ${paths.length - 4} more` : shown;
}
