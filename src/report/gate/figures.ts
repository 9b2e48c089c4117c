import type { GateResult } from '../../gate/schema.js';
import type { FigureTable } from '../figures.js';
import { gateTones } from '../tone.js';
import { allowanceText, figureText, labelOf, ratioTexts } from './words.js';

/** Every figure of a gate, a row each, with names as long as they are or may be; none without any. */
export function gateFigures(
  { judgement }: GateResult,
  { labelWidth }: { labelWidth?: number } = {},
): FigureTable[] {
  if (judgement.metrics.length === 0) return [];
  const table = {
    title: '',
    detail: '',
    head: ['', 'base', 'head', 'ratio', 'interval', 'allowed', 'verdict'],
    left: 1,
    rows: judgement.metrics.map((row) => {
      const { estimate, interval } = ratioTexts(row);
      return [
        labelOf(row, labelWidth),
        figureText(row, 'base'),
        figureText(row, 'head'),
        estimate,
        interval,
        allowanceText(row),
        { text: row.verdict, tone: gateTones[row.verdict] },
      ];
    }),
    note: null,
  };
  return [table];
}
