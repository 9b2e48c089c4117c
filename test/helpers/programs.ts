import { execFileSync } from 'node:child_process';

/** Those of the programs that are not on the path. */
export function missingOf(programs: readonly string[]): string[] {
  return programs.filter((program) => {
    try {
      execFileSync('sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
}
