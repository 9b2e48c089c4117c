import type { CostsResult } from '../costs/schema.js';
import { costSentences, costTables, describeCosts } from './costs-figures.js';
import { oneLine, wrap } from './format.js';
import { fitted, renderFigures } from './tables.js';
import { provenance, warning } from './text.js';
import type { TextOptions } from './text-options.js';

/** What servers cost besides requests, for a terminal of 80 columns. */
export function reportCostsText(result: CostsResult, { chalk, width }: TextOptions): string {
  const names = result.targets.map(({ name }) => name).join(' vs ');
  const cut = result.state === 'complete' ? '' : `, ${result.state}`;
  const sections = [
    `${chalk.bold(oneLine(names))}: ${wrap(`${describeCosts(result)}${cut}`, { used: names.length + 2 })}`,
    ...costTables(result).map((table) => {
      const notes = table.note?.split('\n').map((note) => `\n${chalk.dim(wrap(oneLine(note)))}`);
      return `${renderFigures({ ...table, note: null }, chalk, width)}${notes?.join('') ?? ''}`;
    }),
    costSentences(result)
      .map((sentence) => wrap(oneLine(sentence)))
      .join('\n'),
    result.warnings.map(({ message, advice }) => warning(chalk, message, advice)).join('\n'),
    provenance({ ...result, config: result.settings, importedFrom: null }, chalk),
  ];
  return fitted(`${sections.filter((section) => section !== '').join('\n\n')}\n`, width);
}
