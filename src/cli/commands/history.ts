import { resolve } from 'node:path';
import type { Command } from 'commander';
import { changesOf, figureHistories, inOrder } from '../../gate/history.js';
import type { GateResult } from '../../gate/schema.js';
import { reportHistory } from '../../report/gate/history.js';
import { reportJson } from '../../report/json.js';
import { gateKind } from '../../report/kinds/gate.js';
import { readDocument } from '../../result/read.js';
import type { CommandContext } from '../context.js';
import { mediumFor } from '../io.js';

/** `kvbench history`: what saved gates say together. */
export function defineHistory(command: Command, { io }: CommandContext): void {
  command
    .argument('<results...>', 'what `kvbench gate` has saved')
    .option('--json', 'print JSON')
    .action(async (files: string[], { json }: { json?: boolean }) => {
      const gates: GateResult[] = [];
      for (const file of files) gates.push(await readDocument(resolve(io.cwd, file), gateKind));
      if (!json) {
        io.stdout.write(reportHistory(gates, mediumFor(io.stdout, io.env)));
        return;
      }
      const told = inOrder(gates);
      const gateOf = ({ target, startedAt, base, head }: GateResult) => ({
        target,
        startedAt,
        base: base.commit,
        head: head.commit,
      });
      io.stdout.write(
        reportJson({
          gates: told.map((gate) => ({ ...gateOf(gate), verdict: gate.judgement.verdict })),
          changes: changesOf(told).map(({ gate, row, level }) => ({
            ...gateOf(gate),
            figure: row.name,
            ratio: row.ratio,
            level,
          })),
          figures: figureHistories(told),
        }),
      );
    });
}
