import type { Command } from 'commander';
import { KvbenchError } from '../../errors.js';
import { reportJson } from '../../report/json.js';
import { resultKinds } from '../../report/kinds/index.js';
import { readAnyDocument, savers } from '../../result/read.js';
import type { CommandContext } from '../context.js';
import { mediumFor } from '../io.js';

interface CompareFlags {
  rankAnyway?: boolean;
  json?: boolean;
}

/** `kvbench compare`: two saved results side by side. */
export function defineCompare(command: Command, { io, kinds = resultKinds }: CommandContext): void {
  const comparable = kinds.filter(({ compare }) => compare !== undefined);
  command
    .argument('<A.json>', `a result that ${savers(comparable)} has saved`)
    .argument('<B.json>', 'another')
    .option('--rank-anyway', 'rank figures also if machine, setup or workload differ')
    .option('--json', 'print JSON')
    .action(async (pathA: string, pathB: string, { rankAnyway = false, json }: CompareFlags) => {
      const [a, b] = [
        { path: pathA, ...(await readAnyDocument(pathA, comparable)) },
        { path: pathB, ...(await readAnyDocument(pathB, comparable)) },
      ];
      if (a.kind !== b.kind || !a.kind.compare) {
        throw new KvbenchError(
          'usage',
          `${pathA} is a result of ${savers([a.kind])}, and ${pathB} one of ${savers([b.kind])}.`,
          'Give two results of one kind.',
        );
      }
      const { data, text } = a.kind.compare(a, b, { rankAnyway });
      io.stdout.write(
        json ? reportJson({ a: pathA, b: pathB, ...data }) : text(mediumFor(io.stdout, io.env)),
      );
    });
}
