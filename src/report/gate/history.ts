import { changesOf, figureHistories, heldRounds, inOrder } from '../../gate/history.js';
import type { GateResult } from '../../gate/schema.js';
import { plural } from '../../plural.js';
import { dateText } from '../charts/quantity.js';
import type { FigureTable } from '../figures.js';
import { formatPercent, oneLine, wrap } from '../format.js';
import { renderFigures } from '../tables.js';
import type { TextOptions } from '../text-options.js';
import { gateTones } from '../tone.js';
import { labelOf, ratioTexts } from './words.js';

/** Saved gates in the order of time: their verdicts, what changed, and what this runner can tell. */
export function reportHistory(all: readonly GateResult[], { chalk, width }: TextOptions): string {
  const gates = inOrder(all);
  const left = all.length - gates.length;
  const sections = [
    renderFigures(verdictTable(gates), chalk, width),
    changeLines(gates).join('\n'),
    renderFigures(figureTable(gates), chalk, width),
    left === 0 ? '' : `${plural(left, 'gate')} without a verdict left out`,
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function verdictTable(gates: readonly GateResult[]): FigureTable {
  return {
    title: 'Gates',
    detail: 'by the time at which they were measured',
    head: ['measured (UTC)', 'target', 'base', 'head', 'rounds', 'verdict'],
    left: 4,
    rows: gates.map(({ startedAt, target, base, head, rounds, judgement }) => {
      const { outcome = 'inconclusive' } = judgement.verdict ?? {};
      const cells = [dateText(Date.parse(startedAt), 16), target, shortOf(base), shortOf(head)];
      return [...cells, String(rounds.length), { text: outcome, tone: gateTones[outcome] }];
    }),
    note: null,
  };
}

function shortOf({ commit, clean }: GateResult['head']): string {
  return commit === null ? 'unknown' : `${commit.slice(0, 7)}${clean === false ? '+' : ''}`;
}

function changeLines(gates: readonly GateResult[]): string[] {
  return changesOf(gates).map(({ gate, row, level }) => {
    const { estimate, interval } = ratioTexts(row);
    const at = shortOf(gate.head);
    const since =
      level === row.ratio?.estimate ? '' : `; ${level.toFixed(2)}× what it was at first`;
    return wrap(
      oneLine(`${at}: ${gate.target} ${labelOf(row)} ${estimate} (${interval})${since}.`),
    );
  });
}

function figureTable(gates: readonly GateResult[]): FigureTable {
  const percent = (share: number | null) => (share === null ? 'n/a' : formatPercent(share));
  return {
    title: 'Gated figures',
    detail: 'σ: of ln(head / base) in a round',
    head: ['target', 'figure', 'gates', 'pass', 'regr.', 'open', 'σ', 'could hold'],
    left: 2,
    rows: figureHistories(gates).map((figure) => [
      ...[figure.target, figure.name, String(figure.gates), String(figure.passed)],
      ...[String(figure.regressions), String(figure.inconclusive)],
      ...[percent(figure.sigma), percent(figure.couldHold)],
    ]),
    note: `could hold: the allowance within which a server that has not changed is proven after ${heldRounds} rounds, 19 times in 20`,
  };
}
