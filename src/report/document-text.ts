import { reportCostsText } from './costs.js';
import type { SavedDocument } from './documents.js';
import { reportGateText } from './gate/text.js';
import { reportSweepText } from './sweep.js';
import { reportText } from './text.js';
import type { TextOptions } from './text-options.js';

/** A document as the command that saved it prints it. */
export function documentText(document: SavedDocument, options: TextOptions): string {
  switch (document.kind) {
    case 'run':
      return reportText(document.result, options);
    case 'gate':
      return reportGateText(document.result, options);
    case 'sweep':
      return reportSweepText(document.result, options);
    case 'costs':
      return reportCostsText(document.result, options);
  }
}
