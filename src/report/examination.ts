import type { ChalkInstance } from 'chalk';
import type { Examination } from '../contract/check.js';
import { plural } from '../plural.js';
import { printable } from './format.js';
import { renderTable } from './tables.js';
import { coloured } from './tone.js';

const words = {
  contract: { good: 'keeps the contract', noun: 'vector' },
  requests: { good: 'answers as described', noun: 'request' },
} as const;

/** A line a server, and below it each question that is answered otherwise; with `verbose` all. */
export function reportExamination(
  { name, by, outcomes }: Examination,
  { chalk, verbose = false }: { chalk: ChalkInstance; verbose?: boolean },
): string {
  const { good, noun } = words[by];
  const failed = outcomes.filter((outcome) => !outcome.ok);
  const mark =
    failed.length === 0 ? coloured(good, 'good', chalk) : coloured('differs', 'bad', chalk);
  const verb = outcomes.length === 1 ? 'passes' : 'pass';
  const passed = `${outcomes.length - failed.length} of ${plural(outcomes.length, noun)} ${verb}`;
  const lines = [`${chalk.bold(name)}: ${mark}, ${passed}`];
  if (verbose) {
    const rows = outcomes.map(({ ok, name, about }) => [
      ok ? coloured('ok', 'good', chalk) : coloured('no', 'bad', chalk),
      name,
      about,
    ]);
    lines.push('', renderTable(['', noun, 'about'], rows, { chalk, left: 3 }));
  }
  for (const outcome of failed) {
    lines.push('', `${coloured(outcome.name, 'bad', chalk)}: ${printable(outcome.about)}`);
    if (outcome.place) lines.push(`  ${printable(outcome.place)}`);
    for (const { what, expected, received } of outcome.differences) {
      lines.push(`  ${printable(what)}`);
      lines.push(`    expected  ${printable(expected)}`, `    received  ${printable(received)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
