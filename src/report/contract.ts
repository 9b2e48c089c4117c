import type { ChalkInstance } from 'chalk';
import type { VectorOutcome } from '../contract/check.js';
import { printable } from './format.js';
import { renderTable } from './tables.js';
import { plural } from './text.js';

/** What one server answered to the vectors: a summary, and what differs. */
export interface ContractReport {
  name: string;
  outcomes: readonly VectorOutcome[];
}

/** A line a server, and below it each vector that differs; with `verbose` every vector. */
export function reportContract(
  { name, outcomes }: ContractReport,
  { chalk, verbose = false }: { chalk: ChalkInstance; verbose?: boolean },
): string {
  const failed = outcomes.filter((outcome) => !outcome.ok);
  const mark = failed.length === 0 ? chalk.green('keeps the contract') : chalk.red('differs');
  const passed = `${outcomes.length - failed.length} of ${plural(outcomes.length, 'vector')} pass`;
  const lines = [`${chalk.bold(name)}: ${mark}, ${passed}`];
  if (verbose) {
    const rows = outcomes.map((o) => [o.ok ? chalk.green('ok') : chalk.red('no'), o.name, o.about]);
    lines.push('', renderTable(['', 'vector', 'about'], rows, { chalk, left: 3 }));
  }
  for (const outcome of failed) {
    lines.push('', `${chalk.red(outcome.name)}: ${outcome.about}`);
    for (const { what, expected, received } of outcome.differences) {
      lines.push(`  ${printable(what)}`);
      lines.push(`    expected  ${printable(expected)}`, `    received  ${printable(received)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
