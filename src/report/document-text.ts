import type { ChalkInstance } from 'chalk';
import type { SavedDocument } from './documents.js';
import { reportGateText } from './gate/text.js';
import { reportSweepText } from './sweep.js';
import { reportText } from './text.js';

/** A document as the command that saved it prints it. */
export function documentText(document: SavedDocument, chalk: ChalkInstance): string {
  switch (document.kind) {
    case 'run':
      return reportText(document.result, { chalk });
    case 'gate':
      return reportGateText(document.result, { chalk });
    case 'sweep':
      return reportSweepText(document.result, { chalk });
  }
}
