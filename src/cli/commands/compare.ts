import type { Command } from 'commander';
import { reportJson } from '../../report/json.js';
import { reportResultComparison } from '../../report/result-comparison.js';
import { readResult } from '../../result/read.js';
import { compareResults } from '../../stats/compare-results.js';
import type { CommandContext } from '../context.js';
import { mediumFor } from '../io.js';

interface CompareFlags {
  rankAnyway?: boolean;
  json?: boolean;
}

/** `kvbench compare`: two saved results side by side. */
export function addCompareCommand(program: Command, { io }: CommandContext): void {
  program
    .command('compare')
    .description('show two saved results side by side, and what may be said of them')
    .argument('<A.json>', 'a result that `kvbench run` has saved')
    .argument('<B.json>', 'another')
    .option('--rank-anyway', 'rank figures also if machine, setup or workload differ')
    .option('--json', 'print JSON')
    .action(async (pathA: string, pathB: string, { rankAnyway = false, json }: CompareFlags) => {
      const [a, b] = [await readResult(pathA), await readResult(pathB)];
      const comparison = compareResults(a, b, { rankAnyway });
      if (json) {
        io.stdout.write(reportJson({ a: pathA, b: pathB, ...comparison }));
        return;
      }
      const sides = [
        { path: pathA, result: a },
        { path: pathB, result: b },
      ] as const;
      io.stdout.write(reportResultComparison(comparison, sides, mediumFor(io.stdout, io.env)));
    });
}
