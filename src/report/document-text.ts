import type { ChalkInstance } from 'chalk';
import type { SweepResult } from '../sweep/schema.js';
import type { SavedDocument } from './documents.js';
import { oneLine, wrap } from './format.js';
import { reportGateText } from './gate/text.js';
import { sweepFigures, sweepSentences } from './sweep-figures.js';
import { renderFigures } from './tables.js';
import { reportText, warning } from './text.js';

/** A document as the command that saved it prints it. */
export function documentText(document: SavedDocument, chalk: ChalkInstance): string {
  switch (document.kind) {
    case 'run':
      return reportText(document.result, { chalk });
    case 'gate':
      return reportGateText(document.result, { chalk });
    case 'sweep':
      return sweepText(document.result, chalk);
  }
}

function sweepText(result: SweepResult, chalk: ChalkInstance): string {
  const sections = [
    sweepSentences(result)
      .map((sentence) => wrap(oneLine(sentence)))
      .join('\n'),
    ...sweepFigures(result).map((table) => renderFigures(table, chalk)),
    result.warnings.map(({ message, advice }) => warning(chalk, message, advice)).join('\n'),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}
